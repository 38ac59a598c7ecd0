// Package verify reads copies again and compares them with what is recorded of
// them.
//
// In goes a stream of recorded copies for each destination; out go batches of
// what was found: copies that are whole, and events about those that are
// damaged, missing, whole again, or the same bytes in another object, as on a
// new disk. Contents stream, a bounded number at a
// time. The package never writes to a destination, never mends, and decides
// nothing about what damage means.
package verify

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/internal/digest"
	"github.com/backstay/backstay/engine/internal/guard"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// Request is one verification.
type Request struct {
	Run          string
	Destinations []Target
	// Want chooses among the copies; nil takes all. Where it leaves out a copy that
	// could be read, the evidence of its destination is partial.
	Want  func(*record.Copy) bool
	Sink  Sink
	Clock clock.Clock
	// Observe is told of progress and problems, one at a time. May be nil.
	Observe     func(Event)
	Parallelism int // copies read at once per destination; 0 takes 4
	Expect      plan.Count
}

// Target is one destination with its recorded copies.
type Target struct {
	Name   string
	Driver storage.Destination
	Copies iter.Seq2[record.Copy, error]
}

// Sink takes what was found, from one goroutine. *apply.Recorder is one.
type Sink interface {
	// Found takes up to 1,000 events about copies of one destination. clean says
	// that all of them only confirm what is recorded: they change no decision,
	// and a state's serial does not rise by them. ctx is never cancelled: what was
	// found is recorded even when the run was interrupted.
	Found(ctx context.Context, destination string, events []record.Event, clean bool) error
	// Evidence closes a destination of which at least one copy was read, unless
	// the run ended early.
	Evidence(ctx context.Context, e record.Evidence) error
}

// Result is what was found. Failed copies could not be read to the end: nothing
// is known of them.
type Result struct {
	Verified, Damaged, Missing, Failed plan.Count
	// Archived copies lie where they cannot be read. They were not, and what is
	// known of them is as old as it was.
	Archived plan.Count
	Problems []Problem // the first; the counts are whole
}

// Problem names one copy that is not as recorded. What is "damaged", "missing"
// or "unreadable".
type Problem struct {
	Destination, Source, Path, Key string
	What, Detail                   string
}

// Event is progress, or a problem where that is set.
type Event struct {
	At             time.Time
	Problem        *Problem
	Objects, Bytes int64
	Expect         plan.Count
	Failed         int64
}

const (
	maxBatch    = 1000
	maxProblems = 100
	defaultWork = 4
	reportEvery = time.Second
)

// Run reads the copies of all destinations, one destination after another.
// Damage is a result, not an error; the error is a record that cannot be read,
// a sink that refuses, a destination that cannot be reached at all, or ctx.
func Run(ctx context.Context, req Request) (Result, error) {
	v := &verifier{Request: req}
	if v.Parallelism <= 0 {
		v.Parallelism = defaultWork
	}
	stop := v.report()
	defer stop()
	for _, t := range req.Destinations {
		if err := v.destination(ctx, t); err != nil {
			return v.sum(), fmt.Errorf("verify %s: %w", t.Name, err)
		}
	}
	return v.sum(), nil
}

type verifier struct {
	Request
	mu      sync.Mutex // guards result and serialises Observe
	result  Result
	objects int64
	bytes   int64
}

// finding is what reading one copy gave.
type finding struct {
	row  record.Copy
	what string // "" is whole, archived was not read
	tier storage.Tier
	id   string // of the object that was read
	err  error
}

func (v *verifier) destination(ctx context.Context, t Target) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	rows, found := make(chan record.Copy), make(chan finding)
	tiers, _ := storage.Ability[storage.Tiered](t.Driver)
	var readers sync.WaitGroup
	narrowed := false
	readers.Go(func() {
		defer guard.Recover()
		defer close(rows)
		var err error
		if narrowed, err = v.feed(ctx, t, &sieve{tiers: tiers, rows: rows, found: found}); err != nil {
			cancel(err)
		}
	})
	for range v.Parallelism {
		readers.Go(func() {
			defer guard.Recover()
			for row := range rows {
				f := read(ctx, t.Driver, row)
				if errors.Is(f.err, storage.ErrUnreachable) {
					cancel(f.err)
				}
				if ctx.Err() != nil {
					continue // half a reading is no finding
				}
				found <- f
			}
		})
	}
	go func() {
		defer guard.Recover()
		readers.Wait()
		close(found)
	}()
	c := &collector{v: v, t: t, method: method(t.Driver)}
	keep := context.WithoutCancel(ctx) // what was told is recorded
	for f := range found {
		if err := c.take(keep, f); err != nil {
			cancel(err)
		}
	}
	if err := context.Cause(ctx); err != nil {
		return errors.Join(err, c.flush(keep))
	}
	return c.close(keep, narrowed)
}

// feed sends the copies that are to be read, and tells whether Want left out some.
func (v *verifier) feed(ctx context.Context, t Target, to *sieve) (narrowed bool, err error) {
	for row, err := range t.Copies {
		if err != nil {
			return narrowed, err
		}
		if !readable(&row) {
			continue
		}
		if v.Want != nil && !v.Want(&row) {
			narrowed = true
			continue
		}
		if err := to.put(ctx, row); err != nil {
			return narrowed, err
		}
	}
	return narrowed, to.flush(ctx)
}

// readable tells whether a copy is worth reading: it has bytes, and if it is
// known to be bad, nothing has taken its place yet.
func readable(row *record.Copy) bool {
	bad := row.Status == record.Damaged || row.Status == record.Missing
	return row.Key != "" && row.Digest != "" && row.Status != record.Expired && !(bad && row.SupersededAt != 0)
}

// read compares one copy with its record.
func read(ctx context.Context, d storage.Destination, row record.Copy) finding {
	f := finding{row: row}
	r, o, err := d.Open(ctx, row.Key)
	if errors.Is(err, storage.ErrNotExist) {
		f.what, f.err = "missing", err
		return f
	}
	if errors.Is(err, storage.ErrCold) { // it was live a moment ago
		f.what, f.err = archived, err
		return f
	}
	if err != nil {
		f.what, f.err = "unreadable", err
		return f
	}
	defer r.Close()
	f.id = o.ID
	got, n, err := digest.Of(digest.Algorithm(row.Digest), digest.Until(ctx, r))
	switch {
	case err != nil:
		f.what, f.err = "unreadable", err
	case n != row.Size || got != row.Digest:
		f.what = "damaged"
		f.err = fmt.Errorf("%d bytes with %s were read, recorded are %d with %s", n, got, row.Size, row.Digest)
	}
	return f
}

func method(d storage.Destination) string {
	if d.Abilities().UncachedRead {
		return "read-back"
	}
	return "read-back-cached"
}
