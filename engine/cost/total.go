package cost

import (
	"math/big"
	"slices"
	"time"

	"github.com/backstay/backstay/plan"
)

// Sum is everything that was added, as a plan's summary shows it.
func (f *Forecast) Sum() plan.Cost {
	var s sum
	for _, c := range f.sorted() {
		s.cell(c)
	}
	today := dayOf(f.now)
	for _, l := range f.lanes() {
		s.stay(l, l.stays(true), today)
	}
	cost := s.cost(f.book.currency, Places)
	cost.ListedOn = f.listedOn()
	return *cost
}

// Stored is what the storage of one backup plan costs a month as recorded, by
// its address; names of missing prices are sorted. A copy that others claim too
// counts for the first of them.
func (f *Forecast) Stored(backup string) (month Amount, missing []string) {
	var s sum
	for _, c := range f.sorted() {
		if c.backup == backup {
			s.before = s.before.Plus(s.of(c.lane, Storage, big.NewInt(c.copies.Bytes), gib))
		}
	}
	return s.before, s.missing
}

// lanes are those in which something lies or happens, in order.
func (f *Forecast) lanes() (all []*lane) {
	for _, c := range f.sorted() {
		if !slices.Contains(all, c.lane) {
			all = append(all, c.lane)
		}
	}
	return all
}

// stays are the bytes that have a minimum stay, by its last day: as recorded,
// or once the plan is done.
func (l *lane) stays(after bool) map[int64]int64 {
	if !after {
		return l.staysNow
	}
	all := map[int64]int64{}
	for _, m := range []map[int64]int64{l.staysNow, l.staysMore} {
		for day, bytes := range m {
			all[day] += bytes
		}
	}
	return all
}

// Row is what one backup plan keeps in one class at one place.
type Row struct {
	Place   string     `json:"place"` // address; a name alone where it is not configured
	Tier    string     `json:"tier"`
	Backup  string     `json:"backup"` // address; "" for orphans
	Copies  plan.Count `json:"copies"` // as recorded
	After   plan.Count `json:"copies_after"`
	Month   Amount     `json:"month"` // storage of what is recorded
	Then    Amount     `json:"month_after"`
	Once    Amount     `json:"once"` // egress, requests, retrieval and early deletion of the plan
	Missing []string   `json:"missing"`
}

// Rows are the parts of the sum, in the order of place, class and backup plan.
func (f *Forecast) Rows() (rows []Row) {
	for _, c := range f.sorted() {
		var s sum
		s.cell(c)
		rows = append(rows, Row{
			Place: c.lane.place.address, Tier: c.lane.class, Backup: c.backup, Copies: c.copies,
			After: plan.Count{Objects: c.copies.Objects + c.more.Objects, Bytes: c.copies.Bytes + c.more.Bytes},
			Month: s.before, Then: s.after, Once: s.egress.Plus(s.requests).Plus(s.retrieval).Plus(s.early), Missing: append([]string{}, s.missing...),
		})
	}
	return rows
}

// Exposure is what it would cost if everything left a class on a day.
type Exposure struct {
	Place   string   `json:"place"`
	Tier    string   `json:"tier"`
	Now     Amount   `json:"now"`   // of what is recorded
	After   Amount   `json:"after"` // once the plan is done
	Until   string   `json:"until"` // the day from which it costs nothing
	ByDate  []OnDate `json:"by_date"`
	Missing []string `json:"missing"`
}

// OnDate is an amount on a day.
type OnDate struct {
	Date   string `json:"date"`
	Amount Amount `json:"amount"`
}

// Exposures are those of all classes with a minimum stay that is not over, with
// what is left of them on the first of each month to come.
func (f *Forecast) Exposures() (all []Exposure) {
	today := dayOf(f.now)
	for _, l := range f.lanes() {
		var before, after sum
		before.stay(l, l.stays(false), today)
		after.stay(l, l.stays(true), today)
		until := max(before.staysUntil, after.staysUntil)
		if until == 0 {
			continue
		}
		e := Exposure{
			Place: l.place.address, Tier: l.class, Now: before.stays, After: after.stays, Until: dateOf(until),
			ByDate: []OnDate{}, Missing: append([]string{}, after.missing...),
		}
		for day := nextMonth(today); day < until; day = nextMonth(day) {
			var then sum
			then.stay(l, l.stays(true), day)
			e.ByDate = append(e.ByDate, OnDate{dateOf(day), then.stays})
		}
		all = append(all, e)
	}
	return all
}

// nextMonth is the first day of the month after a day.
func nextMonth(day int64) int64 {
	t := time.UnixMilli(day * dayMillis).UTC()
	return dayOf(time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC))
}

// Used is a price that a forecast rests on.
type Used struct {
	Place  string `json:"place"`
	Tier   string `json:"tier"`
	Kind   string `json:"kind"`
	Price  Amount `json:"price"`
	Unit   string `json:"unit"`
	List   bool   `json:"list"`             // a public price, not the customer's own
	Source string `json:"source,omitempty"` // of a list price
	Date   string `json:"date,omitempty"`   // when it was read there
}

var units = [kinds]string{"GiB and month", "GiB", "GiB", "1,000 requests", "1,000 requests"}

// Used are the prices of all classes in which something lies or happens, in the
// order of place, class and kind.
func (f *Forecast) Used() (all []Used) {
	for _, l := range f.lanes() {
		for k, p := range l.prices {
			if p != nil {
				all = append(all, Used{
					Place: l.place.address, Tier: l.class, Kind: Kind(k).String(), Price: p.Amount, Unit: units[k],
					List: p.List, Source: p.Source, Date: p.Date,
				})
			}
		}
	}
	return all
}

// listedOn is the date of the oldest list price that something rests on.
func (f *Forecast) listedOn() (date string) {
	for _, u := range f.Used() {
		if u.Date != "" && (date == "" || u.Date < date) {
			date = u.Date
		}
	}
	return date
}

// Currency is that of every amount.
func (f *Forecast) Currency() string { return f.book.currency }
