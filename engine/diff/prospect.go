package diff

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/retention"
	"github.com/backstay/backstay/engine/scope"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// ProspectRequest asks what a configuration means for the copies that exist.
type ProspectRequest struct {
	Config  *schema.Configuration
	Now     time.Time
	Sources []string // of the record, in the order of the answer
	// Recorded streams the copies of a source as for Request.
	Recorded func(source string) iter.Seq2[*record.Copy, error]
	Holds    []record.Hold
}

// Prospect is what a configuration means for one recorded copy if its source
// stays as it was recorded. It is valid until the next step.
type Prospect struct {
	Copy    *record.Copy
	Live    bool         // the object was at its source when it was last seen
	Wanted  []string     // claims that want a copy of the object there, sorted
	Claimed []string     // recorded claims that still exist, sorted
	Held    []string     // holds on it
	GivenUp string       // the retire block that gives it up
	Until   schema.Until // until when nothing can take it away; open: no date
	Reason  string
	Leaves  bool // a plan made now would let it go
	Reached bool // its destination is configured; one that is not is left alone
}

// Prospects judges every recorded regular object as a plan would, without a
// look at any source or destination: an object lives if a current copy of it is
// recorded and was not found gone. Copies come in the order of the record.
func Prospects(ctx context.Context, r ProspectRequest) iter.Seq2[Prospect, error] {
	return func(yield func(Prospect, error) bool) {
		d, err := prepare(ctx, &Request{Config: r.Config, Now: r.Now, RecordedSources: r.Sources, Holds: r.Holds}, discard)
		if err != nil {
			yield(Prospect{}, err)
			return
		}
		d.r.Recorded = r.Recorded
		for _, name := range r.Sources {
			if !d.source(name).foresee(yield) {
				return
			}
		}
	}
}

func discard(*plan.Change) error { return nil }

// foresee walks the rows of one source; it tells false when nobody listens.
func (s *source) foresee(yield func(Prospect, error) bool) bool {
	s.rows.start(s.d.r.Recorded(s.name), s.name)
	defer s.rows.stop()
	for n := 0; s.rows.row != nil; n++ {
		if n%4096 == 0 && s.d.ctx.Err() != nil {
			return yield(Prospect{}, s.d.ctx.Err())
		}
		g := &s.g
		g.reset(s, nil)
		if err := s.take(g, s.rows.row.Path); err != nil {
			return yield(Prospect{}, err)
		}
		if g.rows[0].Kind != string(plan.File) {
			continue
		}
		if more, err := s.weighProspect(g, yield); err != nil {
			return yield(Prospect{}, err)
		} else if !more {
			return false
		}
	}
	if s.rows.err != nil {
		return yield(Prospect{}, s.rows.err)
	}
	return true
}

// weighProspect compares an object with the entry that its record implies, and
// tells what that means for each copy. Nearly every object has one version at
// each destination that wants it; that way allocates nothing.
func (s *source) weighProspect(g *group, yield func(Prospect, error) bool) (more bool, err error) {
	var m mask
	if implied(g.rows, &s.present) {
		g.entry = &s.present
		e := g.entry
		g.object = scope.ObjectOf(e)
		g.object.Recorded = e.ID != ""
		s.match(g, &m)
	} else {
		g.object = objectOf(&g.rows[len(g.rows)-1])
	}
	w := s.wants(&m)
	if g.entry != nil && len(g.rows) == len(w.dests) && g.unchanged(w) {
		for i := range g.rows {
			d := &w.dests[i]
			if !yield(Prospect{
				Copy: &g.rows[i], Live: true, Wanted: d.names, Claimed: d.names, Until: schema.UntilOpen, Reason: "current version of a live object", Reached: true,
			}, nil) {
				return false, nil
			}
		}
		return true, nil
	}
	if err := g.settle(w); err != nil {
		return false, err
	}
	for i := range g.items {
		if !yield(g.prospect(&g.items[i]), nil) {
			return false, nil
		}
	}
	return true, nil
}

// implied makes the entry that a source had when its newest copy was made; it
// tells false if the object was found gone since.
func implied(rows []record.Copy, e *storage.Entry) bool {
	var newest *record.Copy
	for i := range rows {
		if r := &rows[i]; r.Current() && (newest == nil || r.CopiedAt > newest.CopiedAt) {
			newest = r
		}
	}
	if newest == nil || newest.GoneAt != 0 {
		return false
	}
	*e = storage.Entry{
		Path: newest.Path, Kind: storage.File, Mode: newest.Mode, Nlink: newest.Nlink, UID: newest.UID, GID: newest.GID,
		Size: newest.Size, MTime: newest.MTime, CTime: newest.CTime, Inode: newest.Inode, ID: newest.SourceID,
	}
	return true
}

func (g *group) prospect(it *item) Prospect {
	p := Prospect{
		Copy: it.row, Live: g.entry != nil, Claimed: slices.Clone(it.own.names), Held: it.held, GivenUp: it.gave,
		Until: schema.UntilOpen, Reason: "its destination is not configured", Reached: it.dest.configured,
	}
	if it.current && it.wanted != nil {
		p.Wanted = it.wanted.names
	}
	if !p.Reached {
		return p
	}
	p.Leaves, p.Reason = it.leaves, it.verdict.Reason
	p.Until = retention.Lasts(&it.version, &it.verdict, g.s.d.r.Now)
	if it.verdict.Over && !it.leaves && it.row.Status != record.Retired {
		p.Until, p.Reason = schema.UntilOpen, "the last verified copy" // Guard keeps it
	}
	return p
}
