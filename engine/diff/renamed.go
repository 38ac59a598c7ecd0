package diff

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/renames"
	"github.com/backstay/backstay/engine/retention"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// An object that was moved or renamed at its source is a vanished one and a new
// one. Which is which shows only when all of the source was seen, so that a
// comparison that finds both is made twice: the first time it gives what may pair,
// the second time it is given the pairs. A copy that changes its owner stays where
// it is and keeps its term; its old path is not told to be gone.

// Renames are the pairs of a first comparison, in the order of source and path.
type Renames struct {
	To, From iter.Seq2[renames.Pair, error]
}

// pairStream is one of the two, one pair ahead.
type pairStream struct {
	next func() (renames.Pair, error, bool)
	stop func()
	path func(*renames.Pair) string
	one  renames.Pair
	more bool
}

func (s *pairStream) start(of iter.Seq2[renames.Pair, error], path func(*renames.Pair) string) error {
	s.stop = func() {}
	if of == nil {
		return nil
	}
	s.path = path
	s.next, s.stop = iter.Pull2(of)
	return s.step()
}

func (s *pairStream) step() (err error) {
	if s.one, err, s.more = s.next(); err != nil {
		s.more = false
		return fmt.Errorf("pairing what moved at its source: %w", err)
	}
	return nil
}

// at gives the pair of a path, or nil. Pairs before it are passed over.
func (s *pairStream) at(source, path string) (*renames.Pair, error) {
	for s.more {
		switch p := s.path(&s.one); {
		case s.one.Source > source || s.one.Source == source && p > path:
			return nil, nil
		case s.one.Source == source && p == path:
			return &s.one, nil
		}
		if err := s.step(); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// offerNew gives a new object to whoever pairs. Hard links are left alone: which
// of their names an object had is nothing that a pair could tell.
func (g *group) offerNew(w *want) error {
	if g.s.d.r.Unpaired == nil || g.entry.Kind != storage.File || g.entry.Nlink > 1 {
		return nil
	}
	e := g.entry
	o := renames.Object{Source: g.s.name, Path: e.Path, Size: e.Size, MTime: e.MTime, Inode: e.Inode, ID: e.ID}
	for i := range w.dests {
		o.Places = append(o.Places, renames.Place{Destination: w.dests[i].dest.name, Claims: w.dests[i].names})
	}
	return g.s.d.r.Unpaired(&o)
}

// offerGone gives a vanished object, with those of its copies that may change
// their owner: whole ones whose term runs, of which the plan has nothing to say but
// that their object is gone, and that nobody holds or locks under their old name.
// What no backup plan claims any more is left to the retire block that may name it.
func (g *group) offerGone() error {
	if g.s.d.r.Unpaired == nil {
		return nil
	}
	o := renames.Object{Source: g.s.name, Gone: true}
	for i := range g.items {
		it := &g.items[i]
		if r := it.row; g.free(it) {
			o.Path, o.Size, o.MTime, o.Inode, o.ID = r.Path, r.Size, r.MTime, r.Inode, r.SourceID
			o.Places = append(o.Places, renames.Place{Destination: r.Destination, Claims: slices.Clone(it.own.names)})
		}
	}
	return g.s.d.r.Unpaired(&o)
}

func (g *group) free(it *item) bool {
	r := it.row
	if !it.current || !it.dest.configured || it.status != r.Status || len(it.own.claims) == 0 || it.gave != "" || it.leaves || !yields(r, g.s.d.r.Now) {
		return false
	}
	return !slices.ContainsFunc(g.changes, func(p placed) bool {
		return p.item == it && (p.change.Action != plan.Tag || p.change.Reason != plan.SourceGone)
	})
}

// yields tells whether a copy, as it is on record, may become another object's.
func yields(r *record.Copy, now time.Time) bool {
	return r.Kind == string(plan.File) && r.Status == record.Verified && r.Current() && r.Nlink <= 1 &&
		len(r.Holds) == 0 && r.LockMode == "" && !r.RetainUntil.Passed(now)
}

// takeOver has an object that moved take over its copy at a destination. It tells
// false where there is none to take.
func (g *group) takeOver(w *wanted) (bool, error) {
	if g.pair == nil || !slices.Contains(g.pair.Destinations, w.dest.name) || g.s.d.r.Whole == nil {
		return false, nil
	}
	rows, err := g.s.d.r.Whole(g.s.d.ctx, g.s.name, g.pair.From)
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(rows, func(r record.Copy) bool {
		return r.Destination == w.dest.name && yields(&r, g.s.d.r.Now) && r.Digest != "" && r.Size == g.entry.Size && r.SourceID == g.entry.ID
	})
	if i < 0 {
		return false, nil
	}
	row := &rows[i]
	after := facts(row)
	after.Seq, after.Claims, after.GoneAt = 1, w.names, time.Time{}
	after.Held = g.s.d.plans.held(nil, g.s.subject(w.dest, w.names), &g.object)
	v := retention.Version{
		Created: g.entry.MTime, CopiedAt: row.CopiedAt, Stored: row.RetainUntil, StoredReason: row.TermReason, Claims: terms(w.claims, &g.object),
	}
	after.RetainUntil, after.TermReason = retention.Term(&v)
	c := g.named(w.first, w.dest)
	c.Action, c.Reason, c.From, c.Before, c.After = plan.Adopt, plan.SourceMoved, g.pair.From, facts(row), after
	g.changes = append(g.changes, placed{w.dest.name, c, nil})
	return true, nil
}

// handOver leaves out of a vanished object what another takes over, and counts it.
// The object is recorded, and it is not lost.
func (g *group) handOver(p *renames.Pair) {
	recorded := false
	for i := len(g.rows) - 1; i >= 0; i-- {
		r := &g.rows[i]
		if !slices.Contains(p.Destinations, r.Destination) || !yields(r, g.s.d.r.Now) {
			continue
		}
		g.s.d.plans.destination(r.Destination).totals.Copies.Add(r.Size)
		if r.GoneAt == 0 && !recorded {
			recorded = true
			g.s.totals.Recorded.Add(r.Size)
		}
		g.drop(i)
	}
}

// drop takes a row out of the group. What was found of it went with its whole copy.
func (g *group) drop(i int) {
	g.rows = slices.Delete(g.rows, i, i+1)
	g.bad = slices.DeleteFunc(g.bad, func(f finding) bool { return f.row == i })
	for n := range g.bad {
		if g.bad[n].row > i {
			g.bad[n].row--
		}
	}
}
