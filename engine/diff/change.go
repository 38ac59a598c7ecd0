package diff

import (
	"fmt"
	"slices"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/retention"
	"github.com/backstay/backstay/engine/scope"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// main says what the present version at a destination needs most. One change
// does it all: what it records covers claims, term and life as well.
func (g *group) main(it *item, items []item) {
	switch {
	case g.entry == nil || it.wanted == nil:
		g.gone(it)
	case g.entry.Kind != storage.Directory && (!it.same || g.entry.Kind == storage.Symlink && it.row.Inode != g.entry.Inode):
		g.anew(it.wanted, items, it, plan.ContentChanged, g.difference(it.row))
	case it.status == record.Missing:
		g.anew(it.wanted, items, it, plan.CopyMissing, it.detail)
	case it.status == record.Damaged:
		g.anew(it.wanted, items, it, plan.CopyDamaged, it.detail)
	default:
		g.keep(it)
	}
}

// keep compares a copy whose content is believed to be the object's.
func (g *group) keep(it *item) {
	r, e := it.row, g.entry
	// Of an object that has facts of its own the identity is its id: what moved
	// beside it is metadata.
	file := e.Kind == storage.File && e.Facts == nil
	doubt := r.CTime != e.CTime || r.MTime != e.MTime || r.Inode != e.Inode && e.Kind != storage.Directory
	lacks, moved := g.lacking(it)
	var action plan.Action
	var reason plan.Reason
	detail := ""
	switch {
	case file && doubt:
		action, reason = plan.Recheck, plan.InodeChanged
	case e.Kind == storage.File && g.s.d.r.Checksum:
		action, reason = plan.Recheck, plan.DigestAsked
	case !file && doubt:
		action, reason = plan.Tag, plan.MetadataChanged
	case lacks && moved:
		action, reason = plan.Adopt, plan.LabelMoved
	case r.GoneAt != 0:
		action, reason = plan.Tag, plan.SourceBack
	case lacks:
		action, reason = plan.Tag, plan.Claimed
	case r.Class != g.class:
		action, reason, detail = plan.Tag, plan.MetadataChanged, fmt.Sprintf("class %q, was %q", g.class, r.Class)
	default:
		return
	}
	g.add(it, g.change(it, action, reason, detail), it.after())
}

// lacking tells whether a claim is not recorded on the copy, and whether all
// that lack are there under the old name of a moved block.
func (g *group) lacking(it *item) (lacks, moved bool) {
	moved = true
	for _, name := range it.wanted.names {
		if !slices.Contains(it.row.Claims, name) {
			lacks = true
			moved = moved && slices.Contains(it.own.names, name)
		}
	}
	return lacks, lacks && moved
}

// gone records, once, that an object is no longer there or in no scope.
func (g *group) gone(it *item) {
	if it.row.GoneAt != 0 || len(it.own.claims) == 0 || it.gave != "" {
		return
	}
	reason := plan.SourceGone
	if g.entry != nil {
		reason = plan.OutOfScope
	}
	it.version.GoneAt = g.s.d.now
	after := it.after()
	after.GoneAt = g.s.d.r.Now
	g.add(it, g.change(it, plan.Tag, reason, ""), after)
}

// anew makes a new version at a destination, over the one that is there. A
// folder has no content: its record changes in place, and only its first is new.
func (g *group) anew(w *wanted, items []item, old *item, reason plan.Reason, detail string) {
	action, status := plan.Copy, record.Verified
	switch {
	case g.entry.Kind != storage.File:
		action, status = plan.Tag, record.Entry
	case reason == plan.CopyMissing || reason == plan.CopyDamaged:
		action = plan.Recopy
	}
	now := g.s.d.r.Now
	seq := 1
	for i := range items {
		seq = max(seq, items[i].row.Seq+1)
	}
	if g.entry.Kind != storage.File && reason == plan.NewObject {
		reason = plan.NewEntry
	}
	sub := g.s.subject(w.dest, w.names)
	after := &plan.CopyFacts{
		Seq: seq, Status: string(status), Size: g.entry.Size, CopiedAt: now, Claims: w.names,
		Held: g.s.d.plans.held(nil, sub, &g.object),
	}
	if status == record.Verified {
		after.VerifiedAt = now
	}
	v := retention.Version{Created: g.entry.MTime, CopiedAt: g.s.d.now, Claims: terms(w.claims, &g.object)}
	after.RetainUntil, after.TermReason = retention.Term(&v)
	c := g.named(w.first, w.dest)
	c.Action, c.Reason, c.Detail, c.After = action, reason, detail, after
	if old != nil {
		c.Before = facts(old.row)
		c.Superseded = old.superseded(g.s.d)
		old.main = true
	}
	g.changes = append(g.changes, placed{w.dest.name, c, old})
	for _, k := range w.claims {
		if action != plan.Tag {
			k.backup.oldest = min(k.backup.oldest, g.entry.MTime)
		}
	}
}

// superseded is the record of a version that loses its place.
func (it *item) superseded(d *run) *plan.CopyFacts {
	f := facts(it.row)
	f.Status, f.SupersededAt = string(it.status), d.r.Now
	v := it.version
	v.Created = it.row.MTime
	if !it.bad() {
		v.SupersededAt = d.now
	}
	v.GoneAt = it.row.GoneAt
	v.Claims = terms(it.own.claims, &scope.Object{Path: it.row.Path, Kind: it.row.Kind, Size: it.row.Size, MTime: it.row.MTime})
	f.RetainUntil, f.TermReason = retention.Term(&v)
	return f
}

// difference says in what an object differs from its recorded copy.
func (g *group) difference(r *record.Copy) string {
	switch {
	case r.Kind != g.object.Kind:
		return "a " + g.object.Kind + ", was a " + r.Kind
	case g.entry.Kind != storage.File:
		return ""
	case r.Size != g.entry.Size:
		return fmt.Sprintf("size %d, was %d", g.entry.Size, r.Size)
	case r.MTime != g.entry.MTime:
		return "modified " + fileTime(g.entry.MTime) + ", was " + fileTime(r.MTime)
	}
	return ""
}

func fileTime(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339Nano) }

// holds adds what holds and releases say of a copy of bytes.
func (g *group) holds(it *item) {
	if it.row.Status == record.Entry || it.row.Status == record.Expired || equal(it.held, it.row.Holds) {
		return
	}
	both := union(it.row.Holds, it.held)
	if len(both) > len(it.row.Holds) {
		g.hold(it, plan.Hold, plan.HoldSet, both)
	}
	if len(both) > len(it.held) {
		g.hold(it, plan.Release, plan.HoldReleased, it.held)
	}
}

func (g *group) hold(it *item, a plan.Action, r plan.Reason, held []string) {
	c := g.change(it, a, r, "")
	c.Before, c.After = facts(it.row), g.said(it) // what another change makes of the record stands
	c.After.Held = held
	g.changes = append(g.changes, placed{it.dest.name, c, it})
}

// remove retires a copy whose term is over, or expires a retired one.
func (g *group) remove(it *item) {
	reason, detail := plan.TermOver, it.verdict.Reason
	if it.gave != "" {
		reason, detail = plan.GivenUp, "given up by "+it.gave
	}
	if it.row.Status == record.Retired {
		if it.gave == "" {
			reason = plan.QuarantineOver
		}
		g.add(it, g.change(it, plan.Expire, reason, "retired on "+day(it.row.RetiredAt)+"; "+detail), nil)
		return
	}
	after := it.after()
	after.Status, after.RetiredAt, after.Held = string(record.Retired), g.s.d.r.Now, it.row.Holds
	if it.gave != "" {
		after.RetainUntil, after.TermReason = it.row.RetainUntil, detail
	}
	g.add(it, g.change(it, plan.Retire, reason, detail), after)
}

// add gives an item its change. Each has one, holds and verifications aside.
func (g *group) add(it *item, c *plan.Change, after *plan.CopyFacts) {
	it.main = true
	c.Before, c.After = facts(it.row), after
	g.changes = append(g.changes, placed{it.dest.name, c, it})
}

// after is what the record of a copy becomes when all that was found is in it.
func (it *item) after() *plan.CopyFacts {
	f := facts(it.row)
	if it.current && it.wanted != nil {
		f.Claims, f.GoneAt = it.wanted.names, time.Time{}
	}
	f.Held = union(it.row.Holds, it.held)
	f.RetainUntil, f.TermReason = retention.Term(&it.version)
	return f
}

// change begins a change about a copy, under the name of its first owner.
func (g *group) change(it *item, a plan.Action, r plan.Reason, detail string) *plan.Change {
	var first *claim
	switch {
	case it.wanted != nil:
		first = it.wanted.first
	case len(it.own.claims) > 0:
		first = it.own.claims[0]
	}
	c := g.named(first, it.dest)
	c.Action, c.Reason, c.Detail = a, r, detail
	if g.entry == nil || !it.current {
		c.Object = plan.Object{
			Source: g.s.name, Path: it.row.Path, Kind: plan.Kind(it.row.Kind), Size: it.row.Size, MTime: it.row.MTime,
			CTime: it.row.CTime, Inode: it.row.Inode, Mode: it.row.Mode, UID: it.row.UID, GID: it.row.GID,
			Nlink: it.row.Nlink, ID: it.row.SourceID, Class: it.row.Class, Live: g.entry != nil,
		}
	}
	return c
}

// named begins a change about the live object.
func (g *group) named(first *claim, d *destination) *plan.Change {
	c := &plan.Change{Destination: d.addr}
	if first != nil {
		c.Backup, c.Copy = first.backup.addr, first.label
		c.Address = plan.Address(c.Backup, c.Copy, g.object.Path)
	} else {
		c.Address = plan.OrphanAddress(d.addr, g.object.Path)
	}
	if e := g.entry; e != nil {
		c.Object = plan.Object{
			Source: g.s.name, Path: e.Path, Kind: plan.Kind(g.object.Kind), Size: e.Size, MTime: e.MTime, CTime: e.CTime,
			Inode: e.Inode, Dev: e.Dev, Mode: e.Mode, UID: e.UID, GID: e.GID, Nlink: e.Nlink, ID: e.ID, Class: g.class, Live: true,
		}
	}
	return c
}

// facts is a recorded copy as a plan shows it.
func facts(r *record.Copy) *plan.CopyFacts {
	return &plan.CopyFacts{
		Key: r.Key, Seq: r.Seq, Status: string(r.Status), Size: r.Size, Digest: r.Digest,
		CopiedAt: moment(r.CopiedAt), VerifiedAt: moment(r.VerifiedAt), SupersededAt: moment(r.SupersededAt),
		GoneAt: moment(r.GoneAt), RetiredAt: moment(r.RetiredAt), RetainUntil: r.RetainUntil, TermReason: r.TermReason,
		Claims: r.Claims, Held: r.Holds, LockedUntil: r.LockedUntil, Tier: r.Tier, TieredAt: moment(r.TieredAt),
	}
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
