// Package report says what is protected today: object by object, and summed up
// as coverage of each backup plan.
//
// In go a configuration, for each source its inventory and the recorded copies
// as sorted streams, and an instant; out come objects one by one, each as one
// backup plan sees it, and copies one by one, then coverage and totals. Memory
// is one object with its copies. The package judges nothing, reads no clock and
// changes nothing.
package report

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/scope"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// Request is what a report needs.
type Request struct {
	Config *schema.Configuration
	Now    time.Time
	// Inventories streams what a source holds now, in path order; a nil stream
	// means that it was not listed, and then the record stands in for it.
	Inventories func(source string) iter.Seq2[storage.Entry, error]
	// Recorded streams all copies of a source in the order of (path,
	// destination, version).
	Recorded func(source string) iter.Seq2[record.Copy, error]
	// Sources names every source that has rows or is configured, sorted.
	Sources []string
	// Object is told of each regular object in a backup plan's scope, or that
	// once was; Copy of each recorded copy with bytes. Either may be nil.
	Object func(*Object) error
	Copy   func(*Copy) error
}

// Object is one object as one backup plan sees it.
type Object struct {
	Backup *schema.Backup
	Source string
	Path   string
	Class  string
	Size   int64
	MTime  int64 // ns, of the present version
	Live   bool
	// Wanted are the instance names of the plan's destinations; Verified and
	// Written those that have a verified, or a never verified, copy of the
	// present version.
	Wanted, Verified, Written []string
	Newest                    int64 // ms: when its newest copy was made; 0 none
	Held                      []string
}

// Copy is one recorded copy with what only its neighbours tell.
type Copy struct {
	record.Copy
	Live     bool // its object is at the source, as far as is known
	Present  bool // of the object's present version
	Replaced bool // damaged or missing, and a verified one is at the same destination
	// MetadataEqual compares mode and owner as recorded with those at the source,
	// for an object that did not change since (ctime); nil where that was not done.
	MetadataEqual *bool
}

// Coverage is what one backup plan protects today.
type Coverage struct {
	Backup                                        *schema.Backup
	Listed                                        bool // the source was listed for this report
	Objects, Protected, Partly, Unprotected, Gone plan.Count
	ByClass                                       map[string]plan.Count // with a verified copy everywhere
	OldestCopy, NewestCopy, OldestVerify          int64                 // ms; 0 none
	OldestWaiting                                 int64                 // ns: modification of the oldest object that lacks a copy; 0 none
	Destinations                                  []DestinationCoverage
}

// DestinationCoverage is one destination's share of a Coverage.
type DestinationCoverage struct {
	Destination                        string // instance name
	Copies, Verified, Damaged, Retired plan.Count
}

// Result is the sum of a report.
type Result struct {
	Coverage []Coverage // in order of the configuration
	Sources  []plan.SourceTotals
}

// Run makes a report.
func Run(ctx context.Context, r Request) (*Result, error) {
	res := &Result{}
	byBackup := map[*schema.Backup]*coverage{}
	for _, b := range r.Config.Backups {
		c, err := newCoverage(b, r.Now)
		if err != nil {
			return nil, err
		}
		byBackup[b] = c
	}
	for _, name := range r.Sources {
		w := &walk{r: &r, name: name, totals: plan.SourceTotals{Source: name}}
		for _, b := range r.Config.Backups {
			if b.Source.Instance() == name {
				w.backups = append(w.backups, byBackup[b])
			}
		}
		if err := w.run(ctx); err != nil {
			return nil, fmt.Errorf("report on source %s: %w", name, err)
		}
		res.Sources = append(res.Sources, w.totals)
	}
	for _, b := range r.Config.Backups {
		res.Coverage = append(res.Coverage, byBackup[b].Coverage)
	}
	return res, nil
}

// coverage is a Coverage under way.
type coverage struct {
	Coverage
	match  *scope.Matcher
	wanted []string
	places map[string]int // instance name -> index in Destinations
}

func newCoverage(b *schema.Backup, now time.Time) (*coverage, error) {
	m, err := scope.Compile(b, now)
	if err != nil {
		return nil, err
	}
	c := &coverage{Coverage: Coverage{Backup: b, ByClass: map[string]plan.Count{}}, match: m, places: map[string]int{}}
	for _, k := range b.Copies {
		name := k.To.Instance()
		c.places[name] = len(c.Destinations)
		c.wanted = append(c.wanted, name)
		c.Destinations = append(c.Destinations, DestinationCoverage{Destination: name})
	}
	return c, nil
}
