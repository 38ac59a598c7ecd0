package cost

import (
	"strings"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// usage is what one change asks of one class at one place.
type usage struct {
	lane              *lane
	copies, stored    int64 // more than before, or fewer
	egress, retrieved int64 // bytes
	writes, reads     int64 // requests
	early             int64 // byte-days that are left of a minimum stay
	staysUntil, stays int64 // a day, and the bytes more or fewer that stay until then
	had               int64 // bytes that are there without being on record
	doubt             string
}

// uploadPart is how much of an object one request sends: what is larger goes in
// parts, which are begun and ended by a request each.
const uploadPart = 16 << 20

func uploads(size int64) int64 {
	if size <= uploadPart {
		return 1
	}
	return (size+uploadPart-1)/uploadPart + 2
}

// Change adds a change, and tells what it costs by itself: nil where nothing is
// paid for it. The amounts of all changes add up to those of the forecast.
func (f *Forecast) Change(c *plan.Change) *plan.Cost {
	uses := f.usages(c)
	if len(uses) == 0 {
		return nil
	}
	var s sum
	for i := range uses {
		u := &uses[i]
		f.cell(u.lane, backupOf(claimsOf(c), c.Backup)).add(u)
		s.usage(u, dayOf(f.now))
	}
	return s.cost(f.book.currency, ChangePlaces)
}

func claimsOf(c *plan.Change) []string {
	switch {
	case c.Before != nil && len(c.Before.Claims) > 0:
		return c.Before.Claims
	case c.After != nil:
		return c.After.Claims
	}
	return nil
}

// usages is what a change asks for, in a buffer that the next change uses
// again. What happens at places that cost nothing is left out.
func (f *Forecast) usages(c *plan.Change) []usage {
	out := f.buf[:0]
	if f.free || c.Bytes() == 0 && c.Object.Kind != plan.File {
		return out
	}
	switch c.Action {
	case plan.Copy, plan.Recopy:
		out = f.copied(out, c)
	case plan.Adopt:
		if c.Before == nil && c.After != nil {
			out = f.put(out, c, usage{})
		}
		if c.From != "" && c.Object.ID == "" { // its digest decides
			from := f.source(c.Object.Source)
			out = append(out, reading(from.lane(from.home), c.Object.Size))
		}
	case plan.Recheck:
		from := f.source(c.Object.Source)
		out = append(out, reading(from.lane(from.home), c.Object.Size))
	case plan.Verify:
		out = f.verified(out, c)
	case plan.Lock:
		out = append(out, usage{lane: f.laneOf(c, c.Before), writes: 1})
	case plan.Archive, plan.Unarchive:
		out = f.moved(out, c)
	case plan.Expire:
		if c.Before != nil && c.Before.Status != string(record.Missing) {
			out = f.leaves(out, f.destination(c.Destination), c.Before, c.Before.Size)
		}
	}
	paid := out[:0]
	for _, u := range out {
		if !u.lane.place.free {
			paid = append(paid, u)
		}
	}
	return paid
}

// copied: the object is read at its source, or at the destination that still has
// it, leaves it, and lies at the destination.
func (f *Forecast) copied(out []usage, c *plan.Change) []usage {
	if c.After == nil {
		return out
	}
	from := f.source(c.Object.Source)
	if donor, ok := strings.CutPrefix(c.Detail, plan.MadeAgainFrom); ok && c.Action == plan.Recopy {
		from = f.destination(donor)
	}
	out = append(out, reading(from.lane(from.home), c.After.Size))
	return f.put(out, c, usage{writes: uploads(c.After.Size)})
}

// reading: an object is read, and its bytes leave the place: they go through the
// machine that runs the program, and nobody knows whether that is inside.
func reading(l *lane, size int64) usage {
	return usage{lane: l, reads: 1, retrieved: size, egress: size}
}

// laneOf is the class in which a copy lies at its destination.
func (f *Forecast) laneOf(c *plan.Change, facts *plan.CopyFacts) *lane {
	d, tier := f.destination(c.Destination), ""
	if facts != nil {
		tier = facts.Tier
	}
	return d.lane(f.classOf(d, first(claimsOf(c)), tier))
}

// verified: a copy is read again.
func (f *Forecast) verified(out []usage, c *plan.Change) []usage {
	size := c.Object.Size
	if c.Before != nil {
		size = c.Before.Size
	}
	return append(out, reading(f.laneOf(c, c.Before), size))
}

// put: a copy comes to its destination; u holds what this costs beside the room.
func (f *Forecast) put(out []usage, c *plan.Change, u usage) []usage {
	u.lane, u.copies, u.stored = f.laneOf(c, c.After), 1, c.After.Size
	u.stay(f.now, u.stored)
	return append(out, u)
}

// stay begins a minimum stay.
func (u *usage) stay(since time.Time, size int64) {
	if end, ok := u.lane.stayEnds(since); ok {
		u.staysUntil, u.stays = end, size
	}
}

// moved: bytes go from one class to another, at a destination or, for an
// archive block, at the source itself.
func (f *Forecast) moved(out []usage, c *plan.Change) []usage {
	p := f.source(c.Object.Source)
	if c.Destination != "" {
		p = f.destination(c.Destination)
	}
	claim, tier := first(claimsOf(c)), ""
	if c.Before != nil {
		tier = c.Before.Tier
	} else if c.Action == plan.Unarchive {
		tier = string(storage.TierArchived)
	}
	from := p.lane(f.classOf(p, claim, tier))
	to := p.lane(f.classOf(p, claim, ""))
	if c.Action == plan.Archive {
		to = p.lane(p.cold(to.class))
	}
	if from == to { // taken back before it was archived, or archived from the start
		return out
	}
	size := c.Object.Size
	if c.Before != nil {
		size = c.Before.Size
	}
	leaving := usage{lane: from, copies: -1, stored: -size}
	if c.Destination == "" {
		leaving.had = size // what a source holds is not on record
	}
	if c.Action == plan.Unarchive {
		leaving.retrieved = size
	}
	leaving.end(f.now, sinceOf(c.Before), size)
	arriving := usage{lane: to, copies: 1, stored: size, writes: 1}
	arriving.stay(f.now, size)
	return append(out, leaving, arriving)
}

// leaves: a copy is removed.
func (f *Forecast) leaves(out []usage, p *place, facts *plan.CopyFacts, size int64) []usage {
	u := usage{lane: p.lane(f.classOf(p, first(facts.Claims), facts.Tier)), copies: -1, stored: -size}
	u.end(f.now, sinceOf(facts), size)
	return append(out, u)
}

// sinceOf is when a copy came into its class; zero where nobody knows.
func sinceOf(facts *plan.CopyFacts) time.Time {
	switch {
	case facts == nil:
		return time.Time{}
	case facts.Tier != "" && !facts.TieredAt.IsZero():
		return facts.TieredAt
	}
	return facts.CopiedAt
}

// end ends a stay, and counts what is left of the minimum.
func (u *usage) end(now, since time.Time, size int64) {
	l := u.lane
	if l.stay != nil && *l.stay == 0 || l.place.free {
		return
	}
	switch {
	case since.IsZero():
		u.doubt = l.name("date since which it lies there")
	case l.stay == nil:
		u.doubt = l.name(minStay)
	default:
		if end, _ := l.stayEnds(since); end > dayOf(now) {
			u.early = (end - dayOf(now)) * size
			u.staysUntil, u.stays = end, -size
		}
	}
}
