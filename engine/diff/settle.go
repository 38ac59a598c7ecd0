package diff

import (
	"cmp"
	"slices"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/retention"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// settle compares one object in full: what is asked for, copy by copy; then
// what may go; then it counts and hands the changes on.
func (g *group) settle(w *want) error {
	g.want = w
	g.items, g.changes = g.items[:0], g.changes[:0]
	g.gather()
	for from := 0; from < len(g.items); {
		to := from + 1
		for to < len(g.items) && g.items[to].dest == g.items[from].dest {
			to++
		}
		if g.items[from].dest.configured {
			g.place(g.items[from:to])
		}
		from = to
	}
	for i := range w.dests {
		d := &w.dests[i]
		if g.has(d.dest) || slices.Contains(g.skip, d.dest) || g.rest {
			continue
		}
		taken, err := g.takeOver(d)
		if err != nil {
			return err
		}
		if !taken {
			g.anew(d, nil, nil, plan.NewObject, "")
		}
	}
	again, err := g.removals()
	if err != nil {
		return err
	}
	if again {
		return g.settle(w)
	}
	if err := g.remakes(); err != nil {
		return err
	}
	if err := g.complete(); err != nil {
		return err
	}
	g.count()
	g.moving = slices.ContainsFunc(g.changes, func(p placed) bool { return makes(p.change) || p.change.Action == plan.Adopt })
	return g.hand()
}

// gather makes an item of every row that is to be compared now.
func (g *group) gather() {
	for i := range g.rows {
		row := &g.rows[i]
		d := g.s.d.plans.destination(row.Destination)
		if slices.Contains(g.skip, d) || g.part && g.want.at(row.Destination) == nil {
			continue
		}
		it := item{row: row, status: row.Status, dest: d, own: g.s.owners(row)}
		for _, f := range g.bad {
			if f.row == i && row.Status != record.Entry {
				it.status, it.detail = f.status, f.detail
			}
		}
		if g.entry != nil && !g.rest {
			it.wanted = g.want.at(row.Destination)
			it.same = row.Kind == g.object.Kind && row.SourceID == g.entry.ID && row.MTime == g.entry.MTime &&
				(g.entry.Kind == storage.Directory || row.Size == g.entry.Size)
		}
		if it.wanted == nil {
			it.gave = g.s.givenUp(row, &g.object)
		}
		g.items = append(g.items, it)
	}
}

func (g *group) has(d *destination) bool {
	return slices.ContainsFunc(g.items, func(it item) bool { return it.dest == d })
}

// place compares the versions at one destination, by rising number.
func (g *group) place(items []item) {
	cur := -1
	for i := range items {
		if r := items[i].row; r.SupersededAt == 0 && r.Status != record.Retired && r.Status != record.Expired {
			cur = i
		}
	}
	for i := range items {
		items[i].current = i == cur
		g.weigh(&items[i], items, cur)
	}
	if cur >= 0 {
		g.main(&items[cur], items)
	} else if w := items[0].wanted; w != nil {
		g.anew(w, items, nil, plan.NewObject, "")
	}
	for i := range items {
		g.holds(&items[i])
	}
	g.judge(items)
	for i := range items {
		g.lesser(&items[i])
		g.tier(&items[i])
	}
}

// weigh makes of a row what retention looks at.
func (g *group) weigh(it *item, items []item, cur int) {
	r := it.row
	sub := g.s.subject(it.dest, append(slices.Clone(r.Claims), it.own.names...))
	claims := it.own.claims
	if it.current && it.wanted != nil {
		claims = it.wanted.claims
		sub.claims = append(sub.claims, it.wanted.names...)
	}
	it.held = g.s.d.plans.held(r.Holds, sub, &g.object)
	it.version = retention.Version{
		Seq: r.Seq, Created: r.MTime, CopiedAt: r.CopiedAt, SupersededAt: r.SupersededAt, GoneAt: r.GoneAt,
		RetiredAt: r.RetiredAt, Current: it.current && it.wanted != nil,
		Verified: proved(it.status) || it.status == record.Retired && proved(r.RetiredFrom),
		GivenUp:  it.gave != "", Stored: r.RetainUntil, StoredReason: r.TermReason,
		LockedUntil: r.LockedUntil, Held: union(r.Holds, it.held), Claims: terms(claims, &g.object),
	}
	if r.SupersededAt == 0 && cur > 0 && r.Seq < items[cur].row.Seq && r.Status != record.Retired {
		it.version.SupersededAt = items[cur].row.CopiedAt // never said, and yet another took its place
	}
	if it.bad() {
		it.version.SupersededAt = 0 // nothing in it is worth keeping longer
	}
	if it.current && it.wanted != nil {
		it.version.GoneAt = 0
	}
	if it.current && g.entry != nil && g.entry.Kind != storage.File {
		it.version.Created = g.entry.MTime // the record of a folder or link changes in place
	}
}

// bad tells whether a copy is known to be of no use, in quarantine too.
func (it *item) bad() bool {
	s := it.status
	if s == record.Retired {
		s = it.row.RetiredFrom
	}
	return s == record.Damaged || s == record.Missing
}

// proved tells whether bytes, or the facts of a folder or link, are known good.
func proved(s record.Status) bool { return s == record.Verified || s == record.Entry }

func union(a, b []string) []string {
	u := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(u, s) {
			u = append(u, s)
		}
	}
	slices.Sort(u)
	return u
}

// judge asks retention, and marks who wants to leave.
func (g *group) judge(items []item) {
	versions := make([]retention.Version, len(items))
	order := byAge(items)
	live := false
	for i, n := range order {
		versions[i] = items[n].version
		live = live || items[n].wanted != nil
	}
	for i, v := range retention.Judge(versions, live, g.s.d.r.Now) {
		it := &items[order[i]]
		it.verdict = v
		it.leaves = v.Over && !it.main &&
			(it.row.Status != record.Retired || retention.QuarantineEnd(&it.version).Passed(g.s.d.r.Now))
	}
}

// byAge is the order in which versions came about: that of their numbers, but
// for one that was made again later under a new number.
func byAge(items []item) []int {
	order := make([]int, len(items))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(items[a].row.CopiedAt, items[b].row.CopiedAt) })
	return order
}

// lesser is what remains to be said of a copy: it is to be read, beside a
// change that only records something; or else its term rises.
func (g *group) lesser(it *item) {
	if it.leaves || it.gave != "" || len(it.own.claims) == 0 && (it.wanted == nil || !it.current) {
		return
	}
	after := it.after()
	for _, p := range g.changes {
		switch {
		case p.item != it:
		case p.change.Action == plan.Recheck || p.change.Action == plan.Recopy:
			return // it is read, or known to be bad
		case p.change.Superseded != nil:
			*after = *p.change.Superseded
		default:
			*after = *p.change.After // what was said before stands
		}
	}
	switch {
	case it.row.Status != record.Retired && it.status != it.row.Status:
		g.add(it, g.change(it, plan.Verify, plan.CopyMissing, it.detail), after)
	case it.row.Status == record.Written:
		g.add(it, g.change(it, plan.Verify, plan.NotVerified, ""), after)
	case it.row.Status == record.Verified && it.row.VerifiedAt <= it.scrub() && !g.s.d.asleep(it.row): // what is archived is not read
		g.add(it, g.change(it, plan.Verify, plan.ScrubDue, "verified last on "+day(it.row.VerifiedAt)), after)
	case !it.main && g.lowered(it, after):
		g.add(it, g.change(it, plan.Tag, plan.TermLowered, after.RetainUntil.String()+": "+after.TermReason), after)
	case !it.main && raised(&it.version):
		g.add(it, g.change(it, plan.Tag, plan.TermRaised, after.RetainUntil.String()+": "+after.TermReason), after)
	}
}

// lowered tells whether a shorten block lets a copy's term come down, and puts the
// earlier end into what its record becomes. A retired copy's term is over.
func (g *group) lowered(it *item, after *plan.CopyFacts) bool {
	if len(g.s.d.plans.shortens) == 0 || it.row.Status == record.Retired {
		return false
	}
	sub := g.s.subject(it.dest, append(slices.Clone(it.row.Claims), it.own.names...))
	if !g.s.d.plans.shortened(sub) {
		return false
	}
	v := it.version
	v.Shortened = true
	end, why := retention.Term(&v)
	if end >= it.row.RetainUntil {
		return false
	}
	after.RetainUntil, after.TermReason = end, why
	return true
}

func (it *item) scrub() int64 {
	if it.current && it.wanted != nil {
		return it.wanted.expired
	}
	return it.own.expired
}

func day(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.DateOnly) }

// noticeable is how much later than stored the end of a superseded or vanished
// copy must be to be worth a change of its own. It is judged by the later end in
// any case; the stored one is made by a clock that runs between plan and apply.
const noticeable = 7 * 24 * time.Hour

// raised tells whether the record of a term is to be changed: the configuration
// asks for a later end, or the event that an open one waits for was reported.
func raised(v *retention.Version) bool {
	if !retention.Fits(v.Claims, v.Created, v.Stored) {
		return true
	}
	moved := *v
	moved.CopiedAt = 0 // 30 days from the copy cannot be configured away
	end, _ := retention.Term(&moved)
	if at, ok := end.Time(); ok {
		stored, timed := v.Stored.Time()
		return timed && at.Sub(stored) > noticeable
	}
	return end != v.Stored
}

// removals lets go what may go. Where a copy that justifies a removal turns out
// to be missing, the object is to be compared again.
func (g *group) removals() (again bool, err error) {
	if !slices.ContainsFunc(g.items, func(it item) bool { return it.leaves }) {
		return false, nil
	}
	if again, err := g.probe(); again || err != nil {
		return again, err
	}
	standing := make([]retention.Standing, len(g.items))
	for i := range g.items {
		it := &g.items[i]
		standing[i] = retention.Standing{
			Verified: proved(it.status), Present: it.same || g.unwanted(), Until: it.verdict.Until,
			Leaving: it.leaves, GivenUp: it.gave != "",
		}
	}
	for i, may := range retention.Guard(standing, g.entry != nil, g.s.d.r.Now) {
		if g.items[i].leaves = may; may {
			g.remove(&g.items[i])
		}
	}
	return false, nil
}

// unwanted tells that the object is at its source and in nobody's scope: its
// last verified copy stays, of whatever version it is.
func (g *group) unwanted() bool { return len(g.want.dests) == 0 }

// probe looks once at the copies that stay, before others go.
func (g *group) probe() (again bool, err error) {
	if g.probed || g.s.d.r.Probe == nil {
		return false, nil
	}
	g.probed = true
	for i := range g.items {
		it := &g.items[i]
		if it.leaves || it.status != record.Verified {
			continue
		}
		there, err := g.s.d.r.Probe(g.s.d.ctx, it.row)
		if err != nil {
			return false, err
		}
		if !there {
			at := slices.IndexFunc(g.rows, func(r record.Copy) bool { return r.Destination == it.row.Destination && r.Seq == it.row.Seq })
			g.bad = append(g.bad, finding{at, record.Missing, "not there, or not in its recorded size"})
			again = true
		}
	}
	return again, nil
}

// complete fills key, digest and reason into what the changes say of copies that
// go, are made again or change their owner: the plan is where a reader, and a
// policy, looks for them.
func (g *group) complete() error {
	if g.s.d.r.Whole == nil {
		return nil
	}
	var whole []record.Copy
	for _, p := range g.changes {
		c := p.change
		if c.Before == nil || c.Before.Key != "" || p.item.row.Status == record.Entry ||
			(c.Action != plan.Retire && c.Action != plan.Expire && c.Action != plan.Recopy && c.Action != plan.Adopt) {
			continue
		}
		if whole == nil {
			var err error
			if whole, err = g.s.d.r.Whole(g.s.d.ctx, g.s.name, g.object.Path); err != nil {
				return err
			}
		}
		i := slices.IndexFunc(whole, func(r record.Copy) bool {
			return r.Destination == p.item.row.Destination && r.Seq == p.item.row.Seq
		})
		if i < 0 {
			continue
		}
		for _, f := range []*plan.CopyFacts{c.Before, c.After} {
			if f != nil && f.Seq == whole[i].Seq {
				f.Key, f.Digest = whole[i].Key, whole[i].Digest
				if f == c.Before {
					f.TermReason = whole[i].TermReason
				}
			}
		}
	}
	return nil
}
