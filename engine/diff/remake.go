package diff

import (
	"slices"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/retention"
	"github.com/backstay/backstay/plan"
)

// A version that its source does not have any more, or has overwritten, lives in
// its copies alone. One of them that is lost is made again from another that is
// verified and has the same digest, for as long as its term runs. It keeps the
// moment at which the version was copied first: it is no newer than it was.

// remakes adds what is to be made again from other copies.
func (g *group) remakes() error {
	var whole []record.Copy
	for i := range g.items {
		it := &g.items[i]
		if !it.remakable() {
			continue
		}
		if whole == nil {
			var err error
			if whole, err = g.whole(); err != nil {
				return err
			}
		}
		if donor := g.donor(it, whole); donor != nil {
			g.remake(it, donor)
		}
	}
	return nil
}

// remakable tells whether a copy is recorded as bad, of a version that the source
// cannot give again, and still owed to somebody.
func (it *item) remakable() bool {
	r := it.row
	if r.Kind != string(plan.File) || r.Status != record.Missing && r.Status != record.Damaged {
		return false
	}
	return it.dest.configured && (!it.current || it.wanted == nil) && len(it.own.claims) > 0 && it.gave == "" && !it.leaves
}

// whole gives the object's rows with their digests, in the order of the items'
// rows where the record has them all.
func (g *group) whole() ([]record.Copy, error) {
	if g.s.d.r.Whole == nil {
		return g.rows, nil
	}
	return g.s.d.r.Whole(g.s.d.ctx, g.s.name, g.object.Path)
}

// donor gives the copy at another destination that a bad one is to be made of;
// nil if there is none, or if its own destination has the bytes in another
// version, or will have them by way of a later bad one.
func (g *group) donor(it *item, whole []record.Copy) *item {
	digest := digestOf(it.row, whole)
	if digest == "" {
		return nil
	}
	var best *item
	for i := range g.items {
		o := &g.items[i]
		if o == it || digestOf(o.row, whole) != digest || o.row.Size != it.row.Size {
			continue
		}
		good := o.status == record.Verified
		switch {
		case o.dest == it.dest && (good || o.status == record.Written || o.row.Seq > it.row.Seq && o.bad()):
			return nil
		case o.dest != it.dest && o.dest.configured && good && !o.row.Cold() && best == nil:
			best = o
		}
	}
	return best
}

func digestOf(row *record.Copy, whole []record.Copy) string {
	i := slices.IndexFunc(whole, func(r record.Copy) bool { return r.Destination == row.Destination && r.Seq == row.Seq })
	if i < 0 {
		return ""
	}
	return whole[i].Digest
}

// remake has a bad copy made again from a whole one, unless the term that it
// would have as a whole copy is over.
func (g *group) remake(it, donor *item) {
	v := it.version
	v.SupersededAt, v.Current = it.row.SupersededAt, false
	until, why := retention.Term(&v)
	if until.Passed(g.s.d.r.Now) {
		return
	}
	seq := 1
	for i := range g.items {
		if g.items[i].dest == it.dest {
			seq = max(seq, g.items[i].row.Seq+1)
		}
	}
	for _, p := range g.changes {
		if p.dest == it.dest.name && p.change.After != nil {
			seq = max(seq, p.change.After.Seq+1)
		}
	}
	after := it.after()
	after.Seq, after.Key, after.Digest = seq, "", ""
	after.Status, after.VerifiedAt = string(record.Verified), g.s.d.r.Now
	after.RetainUntil, after.TermReason = until, why
	after.Tier, after.TieredAt = "", time.Time{}
	if after.GoneAt.IsZero() && it.current {
		after.GoneAt = g.s.d.r.Now
	}
	reason := plan.CopyMissing
	if it.status == record.Damaged {
		reason = plan.CopyDamaged
	}
	c := g.change(it, plan.Recopy, reason, plan.MadeAgainFrom+donor.dest.addr)
	c.Object.Live = false // it is not what the source has now
	c.Before, c.After = facts(it.row), after
	if it.row.SupersededAt == 0 {
		c.Superseded = it.superseded(g.s.d)
	}
	g.changes = append(g.changes, placed{it.dest.name, c, it})
}
