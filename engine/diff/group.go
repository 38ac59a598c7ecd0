package diff

import (
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/renames"
	"github.com/backstay/backstay/engine/retention"
	"github.com/backstay/backstay/engine/scope"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// group is one object: what the source has of it, and all its recorded copies.
type group struct {
	s      *source
	entry  *storage.Entry // nil: not at the source
	object scope.Object
	class  string
	rows   []record.Copy
	bad    []finding      // what a deep refresh or a probe found
	skip   []*destination // a folder was compared for these already
	part   bool           // a folder is compared at the wanted destinations alone,
	rest   bool           // and, when it is left, at those that nobody wanted

	pair    *renames.Pair // the object was at another path before
	want    *want
	items   []item
	changes []placed
	moving  bool // some copy of the object is still to be made or read
	bare    bool // a regular object that nobody claims, and no exclude with a reason names
	probed  bool
}

// finding is a row that is not as recorded.
type finding struct {
	row    int
	status record.Status
	detail string
}

// item is one recorded copy on its way through a comparison.
type item struct {
	row     *record.Copy
	status  record.Status // as found
	detail  string        // of what was found
	dest    *destination
	wanted  *wanted // what is asked for at its destination, nil nothing
	own     *owners
	gave    string // the retire block that gives it up
	current bool   // the present version at its destination
	same    bool   // its content is the live object's
	held    []string
	version retention.Version
	verdict retention.Verdict
	main    bool // it has a change already
	leaves  bool
}

// placed is a change with the destination that orders it.
type placed struct {
	dest   string
	change *plan.Change
	item   *item // the copy it is about, nil for a first one
}

func (g *group) reset(s *source, e *storage.Entry) {
	g.s, g.entry, g.class, g.pair = s, e, "", nil
	g.rows, g.bad, g.skip = g.rows[:0], g.bad[:0], nil
	g.part, g.rest, g.probed, g.bare = false, false, false, false
}

func (g *group) note(d *Deviation) {
	for i := range g.rows {
		if g.rows[i].Destination == d.Destination && g.rows[i].Seq == d.Seq {
			if d.Tier != "" {
				g.rows[i].Tier = string(d.Tier)
			}
			if d.Status != "" {
				g.bad = append(g.bad, finding{i, d.Status, d.Detail})
			}
		}
	}
}

// objectOf makes what selectors look at of a recorded copy.
func objectOf(row *record.Copy) scope.Object {
	return scope.Object{Path: row.Path, Kind: row.Kind, Size: row.Size, MTime: row.MTime, ID: row.SourceID, Recorded: row.SourceID != ""}
}

// unchanged is the way of nearly every object: exactly the wanted copies, each
// as it should be, and before them versions whose term runs. It counts the
// object and tells true, or leaves everything to settle. It allocates nothing.
func (g *group) unchanged(w *want) bool {
	if g.s.d.r.thorough || len(g.rows) < len(w.dests) || len(g.bad) > 0 || len(g.skip) > 0 || len(w.dests) == 0 || len(g.s.d.plans.holds)+len(g.s.d.plans.shortens) > 0 {
		return false
	}
	d := 0
	for i := range g.rows {
		if d == len(w.dests) {
			return false
		}
		r := &g.rows[i]
		if i+1 < len(g.rows) && g.rows[i+1].Destination == r.Destination {
			if !g.resting(r, &w.dests[d]) {
				return false
			}
			continue
		}
		if !g.asWanted(r, &w.dests[d]) {
			return false
		}
		d++
	}
	if d < len(w.dests) {
		return false
	}
	if g.entry.Kind == storage.File {
		g.s.totals.Recorded.Add(g.entry.Size)
		g.s.d.total.Unchanged.Add(g.entry.Size)
	}
	if g.entry.Kind != storage.Directory {
		g.countCopies(w) // a link may have been a file
	}
	return true
}

func (g *group) countCopies(w *want) {
	d := 0
	for i := range g.rows {
		for w.dests[d].dest.name != g.rows[i].Destination {
			d++
		}
		if g.rows[i].Kind == string(plan.File) {
			w.dests[d].dest.totals.Copies.Add(g.rows[i].Size)
		}
	}
}

// resting tells quickly that a superseded version needs nothing: its term runs,
// and nobody asks for a longer one. When in doubt it says no.
func (g *group) resting(r *record.Copy, d *wanted) bool {
	if r.Destination != d.dest.name || r.SupersededAt == 0 || r.GoneAt != 0 || len(r.Holds) > 0 || d.anchored ||
		len(g.s.d.plans.retires) > 0 || r.RetainUntil.Passed(g.s.d.r.Now) || !equal(r.Claims, d.names) ||
		r.Status != record.Entry && (r.Status != record.Verified || r.VerifiedAt <= d.expired && !g.s.d.asleep(r)) ||
		r.Kind == string(plan.File) && !cold(r.Tier) && d.moves(r) {
		return false
	}
	v := retention.Version{
		Created: r.MTime, CopiedAt: r.CopiedAt, SupersededAt: r.SupersededAt,
		Stored: r.RetainUntil, StoredReason: "-", Claims: d.terms,
	}
	return !raised(&v)
}

func (g *group) asWanted(r *record.Copy, d *wanted) bool {
	e := g.entry
	if r.Destination != d.dest.name || r.MTime != e.MTime || r.CTime != e.CTime ||
		r.SupersededAt != 0 || r.GoneAt != 0 || len(r.Holds) > 0 || d.anchored {
		return false
	}
	if e.Kind == storage.Directory {
		if r.Status != record.Entry {
			return false
		}
	} else if r.Size != e.Size || r.Inode != e.Inode || r.Kind != g.object.Kind || r.SourceID != e.ID {
		return false
	}
	if e.Kind == storage.File && (r.Status != record.Verified || r.VerifiedAt <= d.expired && !g.s.d.asleep(r) || d.moves(r) || g.s.d.r.Checksum) ||
		e.Kind == storage.Symlink && r.Status != record.Entry {
		return false
	}
	return r.Class == g.class && equal(r.Claims, d.names) && retention.Fits(d.terms, r.MTime, r.RetainUntil)
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
