package diff

import (
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/plan"
)

// count adds the object to the totals. Only regular objects count.
func (g *group) count() {
	s, changed := g.s, false
	for _, p := range g.changes {
		changed = changed || p.change.Reason == plan.ContentChanged
	}
	var recorded, gone *record.Copy
	for i := range g.items {
		it := &g.items[i]
		if it.row.Kind != string(plan.File) {
			continue
		}
		it.dest.totals.Copies.Add(it.row.Size)
		claimed := len(it.own.claims) > 0 || it.current && it.wanted != nil
		switch {
		case !claimed && it.row.Status != record.Retired:
			it.dest.totals.Orphans.Add(it.row.Size)
			s.d.total.Orphans.Add(it.row.Size)
		case it.current && it.row.GoneAt == 0:
			recorded = it.row
		}
		if claimed && it.row.Status != record.Retired {
			gone = it.row
		}
	}
	if recorded != nil {
		s.totals.Recorded.Add(recorded.Size)
		switch {
		case g.entry == nil:
			s.totals.Lost.Add(recorded.Size)
		case g.bare:
			s.totals.LeftScope.Add(recorded.Size)
		case changed:
			s.totals.Changed.Add(recorded.Size)
		}
	}
	switch {
	case g.entry == nil && gone != nil:
		s.d.total.Gone.Add(gone.Size)
	case g.entry != nil && g.object.Kind == string(plan.File) && len(g.want.dests) > 0 && len(g.changes) == 0:
		s.d.total.Unchanged.Add(g.object.Size)
	}
}

// hand gives the changes on, in order of destinations, those that -target and
// -exclude leave. What a change leaves behind is counted over these.
func (g *group) hand() error {
	g.changes = slices.DeleteFunc(g.changes, func(p placed) bool { return !g.s.d.filter.takes(g.s.addr, p.change) })
	slices.SortStableFunc(g.changes, func(a, b placed) int { return strings.Compare(a.dest, b.dest) })
	before, after := g.copies()
	for _, p := range g.changes {
		c := p.change
		c.CopiesBefore, c.CopiesAfter, c.Remaining = before, after, g.remaining(p)
		if c.Action == plan.Archive || c.Action == plan.Unarchive {
			c.CopiesAfter = min(before, after) // what another change brings is not of this one's making
		}
		g.s.d.tally(c)
		if c.Object.Kind == plan.File {
			switch c.Action {
			case plan.Retire:
				g.s.d.plans.destination(p.dest).totals.Retire.Add(c.Bytes())
			case plan.Expire:
				g.s.d.plans.destination(p.dest).totals.Expire.Add(c.Bytes())
			}
		}
		if err := g.s.d.emit(c); err != nil {
			return err
		}
	}
	return nil
}

func (d *run) tally(c *plan.Change) {
	n := d.total.Actions[c.Action]
	n.Add(c.Bytes())
	d.total.Actions[c.Action] = n
}

// copies counts the copies of the present version, the original included if it
// lives: those that are, and those that will be once the plan is done.
func (g *group) copies() (before, after int) {
	if g.entry != nil {
		before = 1
	}
	has := map[string]bool{}
	for i := range g.items {
		if it := &g.items[i]; g.counts(it) {
			has[it.dest.name] = true
			before++
		}
	}
	after = before
	for _, p := range g.changes {
		switch a := p.change.Action; {
		case makes(p.change) && !has[p.dest]:
			after++
		case a == plan.Retire && p.item != nil && g.counts(p.item):
			after--
		}
	}
	return before, after
}

// counts tells whether a recorded copy is a proved one of the present version.
func (g *group) counts(it *item) bool {
	return it.current && proved(it.status) && (it.same || g.entry == nil || g.entry.Path[len(g.entry.Path)-1] == '/')
}

// makes tells whether a change ends with a proved copy of the present version.
func makes(c *plan.Change) bool {
	switch c.Action {
	case plan.Copy, plan.Recopy, plan.Recheck, plan.Verify:
		return c.Before == nil || c.Before.SupersededAt.IsZero()
	case plan.Tag:
		return c.Reason == plan.NewEntry
	case plan.Adopt:
		return c.Reason == plan.SourceMoved
	}
	return false
}

// remaining counts the proved copies of a change's version, or of a later one,
// that are left at all destinations.
func (g *group) remaining(p placed) int {
	n := 0
	own := makes(p.change)
	for i := range g.items {
		it := &g.items[i]
		if !proved(it.status) || it.leaves {
			continue
		}
		if p.item == it {
			n, own = n+1, false
			if p.change.Superseded != nil { // its place is taken; the new one counts
				n, own = n-1, true
			}
			continue
		}
		if p.item == nil || p.change.Superseded != nil {
			if it.current && it.same {
				n++
			}
			continue
		}
		r, o := p.item.row, it.row
		if r.Size == o.Size && r.MTime == o.MTime || it.current && it.same || o.CopiedAt > r.CopiedAt {
			n++
		}
	}
	if own {
		n++
	}
	return n
}
