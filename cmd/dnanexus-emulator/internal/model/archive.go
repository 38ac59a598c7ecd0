package model

import (
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/bill"
)

// Archive asks for a copy to be archived: it waits until every copy under the
// same bill-to was asked for. A time of change is not given: whoever looks for
// files that nobody touched would be misled.
func (w *World) Archive(c *Copy, now int64) {
	w.shift(c, archival.Archival)
	c.Since, c.Until = now, 0
	if w.Settings.ArchiveDelay > 0 {
		c.Until = now + w.Settings.ArchiveDelay
		w.schedule(c.Until, c.Object.ID, c.In)
		w.recharge(c.Object, now)
		return
	}
	w.settle(c.Object, now)
	w.recharge(c.Object, now)
}

// Unarchive cancels the archiving of a copy that still waits, or brings one
// back: it is unarchiving until the cloud's delay is over, and the other copies
// under the same bill-to, whose bytes come back with it, go to archival. The
// fees in thousandths of a dollar were booked when it returns.
func (w *World) Unarchive(c *Copy, rate string, now int64) (mills float64) {
	if c.Archival == archival.Archival {
		w.cancel(c, now)
		return 0
	}
	mills = w.Retrieve(c, rate, now, true)
	w.shift(c, archival.Unarchiving)
	c.Until = now + w.Settings.RestoreDelay[archival.Cloud(c.Object.Region)+" "+rate]
	w.schedule(c.Until, c.Object.ID, c.In)
	for _, other := range c.Object.Copies {
		if other != c && other.Archival == archival.Archived && other.Project.BillTo == c.Project.BillTo {
			w.shift(other, archival.Archival)
		}
	}
	w.recharge(c.Object, now)
	return mills
}

// cancel ends a copy's waiting. If its bytes are still on their way back for
// another copy under the same bill-to, it comes back with that one.
func (w *World) cancel(c *Copy, now int64) {
	to, until := archival.Live, int64(0)
	for _, other := range c.Object.Copies {
		if other.Archival == archival.Unarchiving && other.Project.BillTo == c.Project.BillTo {
			to, until = archival.Unarchiving, other.Until
			w.schedule(until, c.Object.ID, c.In)
			break
		}
	}
	w.shift(c, to)
	c.Since, c.Until = 0, until
	w.recharge(c.Object, now)
}

// Retrieve is what bringing a copy back costs at an instant, in thousandths of
// a dollar; book puts it on the bill.
func (w *World) Retrieve(c *Copy, rate string, now int64, book bool) float64 {
	if c.Archival != archival.Archived {
		return 0
	}
	region, size := c.Object.Region, c.Object.Size
	prices := w.Settings.PricesOf(region)
	fetch := bill.Retrieval(prices, rate, size)
	early := bill.EarlyRetrieval(prices, archival.MinimumDays(region), size, now-c.Since)
	if book {
		w.fee(c.Project.BillTo, region, "retrieval", size, fetch)
		if early > 0 {
			w.fee(c.Project.BillTo, region, "earlyRetrieval", size, early)
		}
	}
	return fetch + early
}

// ripe ends what a copy was waiting for.
func (w *World) ripe(c *Copy, at int64) {
	c.Until = 0
	w.TouchObject(c.Object)
	if c.Archival == archival.Unarchiving {
		w.shift(c, archival.Live)
		c.Since = 0
	}
	w.settle(c.Object, at)
	w.recharge(c.Object, at)
}

// settle archives the copies under each bill-to whose every copy waits for it.
func (w *World) settle(o *Object, at int64) {
	if o.Class != "file" {
		return
	}
	holds := map[string]bool{} // bill-tos with a copy that keeps the bytes where they are
	for _, c := range o.Copies {
		waits := c.Archival == archival.Archival && (c.Until == 0 || c.Until <= at)
		if !waits && c.Archival != archival.Archived {
			holds[c.Project.BillTo] = true
		}
	}
	for _, c := range o.Copies {
		if c.Archival == archival.Archival && !holds[c.Project.BillTo] {
			w.shift(c, archival.Archived)
			c.Since, c.Until = at, 0
		}
	}
}

func (w *World) shift(c *Copy, to archival.State) {
	w.weigh(c, -1)
	c.Archival = to
	w.weigh(c, 1)
	w.TouchObject(c.Object)
}

// Settling tells whether a copy is on its way from archival to archived.
func (c *Copy) Settling() bool { return c.Archival == archival.Archival && c.Until > 0 }
