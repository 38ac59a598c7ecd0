// Package diff compares what backup plans ask for with what exists, and lists
// the changes that would make them agree.
//
// In go a configuration, for each source its inventory and the recorded copies
// as sorted streams, and an instant; out come changes one by one in address
// order, then totals and brakes. It is one merge per source: memory is one
// object with its copies and the folders above it, and the unchanged object
// costs a comparison and no allocation. The package reads no clock, opens
// nothing, writes nothing, and never lets a copy go that retention keeps.
//
// Folders and links are compared like files, with the action tag. A folder that
// no scope matches is recorded once the first object in scope below it is met.
// A file that was moved or renamed at its source takes over the copies of its old
// path, if the caller pairs what vanished with what is new (see Unpaired).
package diff

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/renames"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// Request is what a comparison needs. Functions that may be nil say so.
type Request struct {
	Config *schema.Configuration
	Now    time.Time // the plan's as-of

	// Inventories streams what a source holds now, in address order, by the
	// source's instance name. A nil stream means that the source was not listed:
	// an error where a backup plan reads it, else its copies are orphans.
	Inventories func(source string) iter.Seq2[storage.Entry, error]
	// Recorded streams the copies of a source in the order of (path,
	// destination, seq). The row may be used again for the next step, what its
	// strings and lists hold may not. Key, Digest and TermReason may be empty.
	Recorded func(source string) iter.Seq2[*record.Copy, error]
	// RecordedSources names every source that has rows, in any order.
	RecordedSources []string
	// Whole gives the whole rows of one object, for changes whose Before must
	// name key and digest. Nil leaves out what Recorded left out.
	Whole func(ctx context.Context, source, path string) ([]record.Copy, error)

	// Deviations streams what a deep refresh found to be otherwise than
	// recorded, in the order of (path, destination, seq). Nil without one.
	Deviations func(source string) iter.Seq2[Deviation, error]
	// Passed is told of objects that an archive block matches and leaves where they
	// are. Nil: nobody asks.
	Passed func(Passed)
	// Rights are what others have at destinations that are locked down, in order
	// of address and name.
	Rights []Right
	// Unpaired is told of objects that are new and of those that vanished. Where some
	// of them pair, the comparison is to be made again, with Renamed. Nil: nobody
	// pairs. An object that Unpaired is given is valid until it returns.
	Unpaired func(*renames.Object) error
	// Renamed are the pairs that an earlier comparison of the same state led to.
	Renamed Renames
	// Probe tells whether a copy is there in its recorded size. It is asked for
	// copies that justify a removal. Nil trusts the record.
	Probe func(ctx context.Context, row *record.Copy) (bool, error)

	Holds    []record.Hold // as recorded, released ones too
	Checksum bool          // every object that is there is digested again
	Targets  []string      // globs on addresses or paths; empty: all
	Excludes []string

	thorough bool // tests hold the quick way for unchanged objects against the long one
}

// Deviation is a recorded copy that a listing lacks, or shows otherwise.
type Deviation struct {
	Path        string
	Destination string
	Seq         int
	Status      record.Status // Missing or Damaged; "" if only its tier is another one
	Detail      string        // "size 3, recorded as 4"
	Tier        storage.Tier  // where it lies, if that is not what is recorded
}

// Brake is a limit that the plan would pass. The caller decides: -allow lets
// one pass, else the plan is refused.
type Brake struct {
	Name    string // "retire", "source_loss" or "source_change"
	Address string // of the destination or source
	Message string // one sentence with the figures
	Limit   string // what is configured, "25%", "1000 objects"
	Count   plan.Count
	Of      plan.Count
}

// The brakes that diff knows; -allow takes these names.
const (
	RetireBrake       = "retire"
	SourceLossBrake   = "source_loss"
	SourceChangeBrake = "source_change"
)

// Run compares. emit takes each change as it is found and must not keep it
// longer than it needs; its error ends the run. Errors of streams come back as
// they are, wrapped; a stream out of order is one.
func Run(ctx context.Context, r Request, emit func(*plan.Change) error) (*plan.Summary, []Brake, error) {
	d, err := prepare(ctx, &r, emit)
	if err != nil {
		return nil, nil, err
	}
	if err := d.revokes(); err != nil {
		return nil, nil, err
	}
	if err := d.compare(); err != nil {
		return nil, nil, err
	}
	return d.summary(), d.brakes(), nil
}

func (d *run) compare() error {
	err := errors.Join(
		d.to.start(d.r.Renamed.To, func(p *renames.Pair) string { return p.To }),
		d.from.start(d.r.Renamed.From, func(p *renames.Pair) string { return p.From }),
	)
	defer d.to.stop()
	defer d.from.stop()
	if err != nil {
		return err
	}
	for _, s := range d.sources {
		if err := s.run(); err != nil {
			return err
		}
	}
	return nil
}
