// Package cost says what copies cost: what is stored a month, before and after
// a plan, what a plan costs once, and what leaving a storage class early would
// cost until which day.
//
// In go a configuration, the dated price book of this package with the
// configuration's own prices over it, an instant, recorded copies and changes,
// one by one; out come exact amounts, by destination, storage class and backup
// plan, and the names of the prices that are missing. Memory is that of the
// sums: it does not grow with copies or changes. The package is pure: it opens
// nothing, reads no clock, never rounds before it shows, and never takes a
// price that is missing for zero.
package cost

import (
	"slices"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// Forecast adds up. Recorded is called for every copy on record, Change for
// every change of a plan, in any order; the other methods may be called at any
// time. It is used by one goroutine.
type Forecast struct {
	now     time.Time
	book    *book
	byAddr  map[string]*place // sources and destinations
	byName  map[string]*place // destinations by instance name
	sources map[string]*place // by instance name
	tiers   map[string]string // claim -> tier that its copy block names
	cells   map[cellKey]*cell
	free    bool // nothing that is configured costs anything
	buf     [3]usage
}

type cellKey struct {
	lane   *lane
	backup string
}

// New makes an empty forecast of a configuration at an instant.
func New(cfg *schema.Configuration, now time.Time) *Forecast {
	f := &Forecast{
		now: now, book: newBook(cfg.Prices), byAddr: map[string]*place{}, byName: map[string]*place{},
		sources: map[string]*place{}, tiers: map[string]string{}, cells: map[cellKey]*cell{}, free: true,
	}
	for _, s := range cfg.Sources {
		p := f.place(s.Addr.String(), s.Addr.Type, s.Place, s.Options)
		f.byAddr[p.address], f.sources[s.Addr.Instance()] = p, p
	}
	for _, d := range cfg.Destinations {
		p := f.place(d.Addr.String(), d.Addr.Type, d.Place, d.Options)
		if d.Tier != "" && !p.moves() {
			p.home = d.Tier
		}
		f.byAddr[p.address], f.byName[d.Addr.Instance()] = p, p
	}
	for _, b := range cfg.Backups {
		for _, c := range b.Copies {
			if c.Tier != "" {
				f.tiers[plan.Claim(b.Addr.String(), c.Name)] = c.Tier
			}
		}
	}
	return f
}

// Free tells whether nothing that is configured costs anything, whatever is
// done: local disks without a price of their own.
func (f *Forecast) Free() bool { return f.free }

// Recorded adds a copy as it is on record. Entries, and copies that are missing
// or removed, take no room.
func (f *Forecast) Recorded(r *record.Copy) {
	p := f.byName[r.Destination]
	if p != nil && p.free || !takesRoom(r.Status, r.RetiredFrom) {
		return
	}
	if p == nil {
		p = f.stranger(r.Destination)
	}
	l := p.lane(f.classOf(p, first(r.Claims), r.Tier))
	c := f.cell(l, backupOf(r.Claims, ""))
	c.copies.Add(r.Size)
	since := r.CopiedAt
	if r.Tier != "" && r.TieredAt != 0 {
		since = r.TieredAt
	}
	if end, ok := l.stayEnds(time.UnixMilli(since)); ok && end > dayOf(f.now) {
		l.staysNow[end] += r.Size
	}
}

// takesRoom tells whether the bytes of a copy lie at its destination.
func takesRoom(s, from record.Status) bool {
	switch s {
	case record.Written, record.Verified, record.Damaged:
		return true
	case record.Retired:
		return from != record.Missing
	}
	return false
}

func first(claims []string) string {
	if len(claims) == 0 {
		return ""
	}
	return claims[0]
}

// backupOf is the backup plan that a copy is counted for: that of its first
// claim, as a shared copy costs once.
func backupOf(claims []string, otherwise string) string {
	if len(claims) == 0 {
		return otherwise
	}
	backup, _ := plan.SplitClaim(claims[0])
	return backup
}

func (f *Forecast) cell(l *lane, backup string) *cell {
	key := cellKey{l, backup}
	c := f.cells[key]
	if c == nil {
		c = &cell{lane: l, backup: backup}
		f.cells[key] = c
	}
	return c
}

// sorted are the cells in the order of destination, class and backup plan.
func (f *Forecast) sorted() []*cell {
	all := make([]*cell, 0, len(f.cells))
	for _, c := range f.cells {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *cell) int { return strings.Compare(a.name(), b.name()) })
	return all
}
