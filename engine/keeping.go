package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// What a listing saw is kept beside the state, so that the next plan asks only
// for what changed. It is kept in files and not in the state itself: a plan
// writes nothing there, needs no lease, and two may be made at once; and what a
// source showed is no record of what was done. Every file can be removed: then
// everything is listed again.

const (
	// wholeEvery is the age from which everything is listed again, where the
	// configuration does not say; wholeAtLeast bounds what it may say.
	wholeEvery   = 12 * time.Hour
	wholeAtLeast = 30 * 24 * time.Hour
)

// keepListing tells a source that can list what changed where to keep what it
// sees. whole asks for everything: the listing is kept all the same.
func (e *Engine) keepListing(cfg *schema.Configuration, st *state.State, name string, s storage.Source, whole bool) {
	incremental, ok := s.(storage.Incremental)
	block := sourceNamed(cfg, name)
	if !ok || block == nil {
		return
	}
	folder := filepath.Join(stateFolder(statePath(cfg)), "inventory")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		e.notice("What source %s showed cannot be kept, so that the next plan lists everything again: %v.", name, err)
		return
	}
	settings, err := json.Marshal([]any{st.Identity().Lineage, block.Addr.String(), block.Options})
	if err != nil {
		return // nothing is kept of what cannot be told apart
	}
	file, bound := sha256.Sum256([]byte(name)), sha256.Sum256(settings)
	age := wholeAge(cfg, block)
	incremental.Keep(storage.Keeping{
		Path: filepath.Join(folder, hex.EncodeToString(file[:12])+".listing"), Bound: hex.EncodeToString(bound[:]),
		Serial: st.Identity().Serial, Age: age, Now: e.clock.Now(), Whole: whole || age == 0,
	})
}

// wholeAge is how old the last whole listing may be: as the source says, or else
// so that what backup plans promise can be told twice within its time. An
// archive block asks where each file lies, which no change of it tells.
func wholeAge(cfg *schema.Configuration, s *schema.Source) time.Duration {
	for _, a := range cfg.Archives {
		if a.Source.Instance() == s.Addr.Instance() {
			return 0
		}
	}
	if term, err := schema.ParseTerm(option(s.Options, "reconcile")); err == nil {
		return min(length(term, wholeAtLeast), wholeAtLeast)
	}
	age := wholeEvery
	for _, b := range cfg.Backups {
		if b.Source.Instance() == s.Addr.Instance() && b.Objective.RPO != nil {
			age = min(age, length(*b.Objective.RPO, wholeEvery)/2)
		}
	}
	return age
}

// length is how long a term is; longest for one that never ends.
func length(t schema.Term, longest time.Duration) time.Duration {
	start := time.Unix(0, 0).UTC()
	end, ok := t.From(start).Time()
	if !ok {
		return longest
	}
	return end.Sub(start)
}

// errWhole ends a plan that would conclude from an incremental listing that
// something is gone: it is made again from a whole one.
var errWhole = errors.New("a source has to be listed whole")

// leaning marks the source of a change that ends or shortens protection, if it
// was listed incrementally: what was not asked for is not gone.
func (p *planning) leaning(c *plan.Change) error {
	ends := c.Action.Removes() || c.After != nil && !c.After.GoneAt.IsZero() && (c.Before == nil || c.Before.GoneAt.IsZero())
	if !ends || p.incremental(c.Object.Source) == nil {
		return nil
	}
	p.whole[c.Object.Source] = true
	return errWhole
}

// incremental tells how a source was listed; nil: whole.
func (p *planning) incremental(name string) *plan.Incremental {
	s, ok := p.sources[name].(storage.Incremental)
	if !ok {
		return nil
	}
	l := s.Listed()
	if !l.Incremental {
		return nil
	}
	return &plan.Incremental{Whole: l.Whole.UTC(), Since: l.Since.UTC()}
}

// reach notes in the totals how far each inventory reaches.
func (p *planning) reach(sum *plan.Summary) error {
	for i := range sum.Sources {
		t := &sum.Sources[i]
		if t.Incremental = p.incremental(t.Source); t.Incremental != nil && t.Lost.Objects > 0 {
			p.whole[t.Source] = true
			return errWhole
		}
	}
	return nil
}
