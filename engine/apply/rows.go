package apply

import (
	"slices"
	"strconv"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/retention"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// versions are the rows of one object at one destination, in order of Seq. The
// methods change rows as the journal will have them and give the events that
// say so.
type versions []record.Copy

// next is the number of the version that comes.
func (v versions) next() int {
	n := 1
	for i := range v {
		n = max(n, v[i].Seq+1)
	}
	return n
}

// find gives the row that a change is about: by number where the plan has one,
// else the row that is current.
func (v versions) find(facts *plan.CopyFacts) *record.Copy {
	for i := range v {
		row := &v[i]
		switch {
		case facts == nil || facts.Seq == 0:
			if row.Current() {
				return row
			}
		case row.Seq == facts.Seq && (facts.Key == "" || facts.Key == row.Key):
			return row
		}
	}
	return nil
}

// put adds a row or replaces the one with its number, in order.
func (v versions) put(row record.Copy) versions {
	i, found := slices.BinarySearchFunc(v, row.Seq, func(r record.Copy, seq int) int { return r.Seq - seq })
	if found {
		v[i] = row
		return v
	}
	return slices.Insert(v, i, row)
}

// event makes an event of a row as it is now; later changes do not reach it.
func event(op record.Op, row *record.Copy, at time.Time, run string) record.Event {
	row.Run = run
	c := *row
	return record.Event{Op: op, At: at, Run: run, Copy: &c}
}

// describe fills in what the plan's inventory and the source's details say of
// the object.
func describe(row *record.Copy, o *plan.Object, d storage.Details) {
	row.Source, row.Path, row.Kind = o.Source, o.Path, string(o.Kind)
	row.MTime, row.CTime, row.Inode, row.SourceID = o.MTime, o.CTime, o.Inode, o.ID
	row.Mode, row.UID, row.GID, row.Nlink = o.Mode, o.UID, o.GID, o.Nlink
	row.Class, row.Target, row.Xattrs = o.Class, d.Target, d.Xattrs
	row.HardLink = ""
	if o.Kind == plan.File && o.Nlink > 1 {
		row.HardLink = strconv.FormatUint(o.Dev, 16) + ":" + strconv.FormatUint(o.Inode, 16)
	}
}

// entry is the object as its source listed it.
func entry(o *plan.Object) storage.Entry {
	kind := storage.File
	switch o.Kind {
	case plan.Directory:
		kind = storage.Directory
	case plan.Symlink:
		kind = storage.Symlink
	}
	return storage.Entry{
		Path: o.Path, Kind: kind, Mode: o.Mode, Nlink: o.Nlink, UID: o.UID, GID: o.GID,
		Size: o.Size, MTime: o.MTime, CTime: o.CTime, Inode: o.Inode, Dev: o.Dev, ID: o.ID,
	}
}

// raise lifts a term; terms never fall.
func raise(row *record.Copy, until schema.Until, reason string) {
	if until > row.RetainUntil {
		row.RetainUntil, row.TermReason = until, reason
	}
}

// retain lifts a row's term to what the backup plans say of it now.
func (t *Terms) retain(row *record.Copy, all versions) {
	if t.Retain != nil {
		until, reason := t.Retain(row, all)
		raise(row, until, reason)
	}
}

// promise sets a row's claims and holds and lifts its term, as the plan has it.
func (t *Terms) promise(row *record.Copy, c *plan.Change, all versions) {
	if c.After != nil {
		row.Claims, row.Holds = c.After.Claims, c.After.Held
		if closes(row, c) || lowers(c) {
			row.RetainUntil, row.TermReason = c.After.RetainUntil, c.After.TermReason
		}
		raise(row, c.After.RetainUntil, c.After.TermReason)
	}
	if t.Claims != nil {
		row.Claims = t.Claims(c)
	}
	t.retain(row, all)
}

// closes tells whether a change ends an open term because the event that it
// waited for is attested now: the one way in which a term comes down from open.
func closes(row *record.Copy, c *plan.Change) bool {
	_, dated := c.After.RetainUntil.Time()
	return row.RetainUntil == schema.UntilOpen && dated && c.After.RetainUntil != schema.UntilNone &&
		c.Action == plan.Tag && c.Reason == plan.TermRaised
}

// lowers tells whether a change lets a term come down, because of a shorten block.
// Policies judged it by the term on record; the backup plans' own answer is the
// least in any case.
func lowers(c *plan.Change) bool { return c.Action == plan.Tag && c.Reason == plan.TermLowered }

// quarantine is the end of a retired copy's quarantine.
func (t *Terms) quarantine(row *record.Copy) schema.Until {
	retired := time.UnixMilli(row.RetiredAt)
	end := schema.UntilAt(retired.Add(retention.MinimumQuarantine))
	if t.Quarantine != nil {
		end = max(end, t.Quarantine(row).From(retired))
	}
	return end
}

func (t *Terms) algorithm(c *plan.Change) string {
	if t.Algorithm == nil {
		return ""
	}
	return t.Algorithm(c)
}

// supersede marks the versions before row as replaced by it. facts is what the
// plan says of the one that loses its place. A damaged or missing one keeps its
// term: there is nothing in it to keep longer.
func (t *Terms) supersede(all versions, row *record.Copy, facts *plan.CopyFacts, at time.Time, run string) []record.Event {
	if row.SupersededAt != 0 {
		return nil // an old version that was made again takes nobody's place
	}
	var events []record.Event
	for i := range all {
		old := &all[i]
		if old.Seq >= row.Seq || !old.Current() {
			continue
		}
		old.SupersededAt = at.UnixMilli()
		if facts != nil && facts.Seq == old.Seq {
			if lost := record.Status(facts.Status); lost == record.Damaged || lost == record.Missing {
				old.Status = lost // the plan looked, and the record did not know yet
			}
			raise(old, facts.RetainUntil, facts.TermReason)
		}
		if old.Status != record.Damaged && old.Status != record.Missing {
			t.retain(old, all)
		}
		events = append(events, event(record.OpSupersede, old, at, run))
	}
	return events
}

// bySeq gives the row with a number, or nil.
func (v versions) bySeq(seq int) *record.Copy {
	i, found := slices.BinarySearchFunc(v, seq, func(r record.Copy, n int) int { return r.Seq - n })
	if !found {
		return nil
	}
	return &v[i]
}

// current is the newest version that none took the place of, or nil.
func (v versions) current() *record.Copy {
	for i := len(v) - 1; i >= 0; i-- {
		if v[i].Current() {
			return &v[i]
		}
	}
	return nil
}
