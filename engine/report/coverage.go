package report

import (
	"slices"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// claimed tells whether the backup plan claims any of the rows.
func (c *coverage) claimed(rows []record.Copy) bool {
	return slices.ContainsFunc(rows, func(r record.Copy) bool { return c.claims(&r) })
}

func (c *coverage) claims(r *record.Copy) bool {
	return slices.ContainsFunc(r.Claims, func(claim string) bool {
		backup, _ := plan.SplitClaim(claim)
		return backup == c.Backup.Addr.String()
	})
}

// object makes what the backup plan sees of an object.
func (c *coverage) object(source string, entry *storage.Entry, live bool, class string, rows []record.Copy) *Object {
	o := &Object{Backup: c.Backup, Source: source, Class: class, Live: live, Wanted: c.wanted}
	if entry != nil {
		o.Path, o.Size, o.MTime = entry.Path, entry.Size, entry.MTime
	} else {
		last := &rows[len(rows)-1]
		o.Path, o.Size, o.MTime, o.Class = last.Path, last.Size, last.MTime, last.Class
	}
	for i := range rows {
		r := &rows[i]
		o.Held = append(o.Held, r.Holds...)
		if r.Status != record.Retired {
			o.Newest = max(o.Newest, r.CopiedAt)
		}
		if _, wanted := c.places[r.Destination]; !wanted || entry != nil && !present(r, entry) || entry == nil && !r.Current() {
			continue
		}
		switch r.Status {
		case record.Verified:
			o.Verified = append(o.Verified, r.Destination)
		case record.Written:
			o.Written = append(o.Written, r.Destination)
		}
	}
	slices.Sort(o.Held)
	o.Held, o.Verified, o.Written = slices.Compact(o.Held), slices.Compact(o.Verified), slices.Compact(o.Written)
	return o
}

// add counts an object and its copies.
func (c *coverage) add(o *Object, rows []record.Copy) {
	if o.Live {
		c.Objects.Add(o.Size)
	} else {
		c.Gone.Add(o.Size)
	}
	for i := range rows {
		c.addCopy(&rows[i])
	}
	if !o.Live {
		return
	}
	switch {
	case len(o.Verified) == len(c.wanted):
		c.Protected.Add(o.Size)
		sum := c.ByClass[o.Class]
		sum.Add(o.Size)
		c.ByClass[o.Class] = sum
		return
	case len(o.Verified) > 0:
		c.Partly.Add(o.Size)
	default:
		c.Unprotected.Add(o.Size)
	}
	if c.OldestWaiting == 0 || o.MTime < c.OldestWaiting {
		c.OldestWaiting = o.MTime
	}
}

func (c *coverage) addCopy(r *record.Copy) {
	i, ok := c.places[r.Destination]
	if !ok || !c.claims(r) {
		return
	}
	d := &c.Destinations[i]
	d.Copies.Add(r.Size)
	switch r.Status {
	case record.Verified:
		d.Verified.Add(r.Size)
		c.OldestVerify = earliest(c.OldestVerify, r.VerifiedAt)
	case record.Damaged, record.Missing:
		d.Damaged.Add(r.Size)
	case record.Retired:
		d.Retired.Add(r.Size)
	}
	c.OldestCopy = earliest(c.OldestCopy, r.CopiedAt)
	c.NewestCopy = max(c.NewestCopy, r.CopiedAt)
}

// earliest is the smaller of two instants, of which zero means none.
func earliest(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
