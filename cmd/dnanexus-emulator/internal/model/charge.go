package model

import (
	"slices"
	"strings"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/bill"
)

// Ledger is what everybody owes: volumes that run on, and fees that were due
// once. Keys are payer, region and what it is for, parted by spaces.
type Ledger struct {
	Meters map[string]*bill.Meter `json:"meters"`
	Fees   map[string]*Fee        `json:"fees"`
}

// Fee sums up one-time charges.
type Fee struct {
	Count int64   `json:"count"`
	Bytes int64   `json:"bytes"`
	Mills float64 `json:"mills"`
}

// charge is what one object adds to a meter.
type charge struct {
	key   string
	bytes int64
}

func newLedger() *Ledger {
	return &Ledger{Meters: map[string]*bill.Meter{}, Fees: map[string]*Fee{}}
}

// Line is one row of a bill.
type Line struct {
	Payer    string  `json:"billTo"`
	Region   string  `json:"region"`
	For      string  `json:"for"` // live, archival, archived, retrieval, earlyRetrieval, egress
	GB       float64 `json:"GB"`  // now stored, or moved so far
	GBMonths float64 `json:"GBMonths,omitempty"`
	Count    int64   `json:"count,omitempty"`
	Dollars  float64 `json:"dollars"`
}

// Bill is everything that was used until an instant, in the order of payer,
// region and purpose.
func (w *World) Bill(now int64) []Line {
	var lines []Line
	for _, key := range Sorted(w.Ledger.Meters) {
		meter := w.Ledger.Meters[key]
		line := newLine(key)
		prices := w.Settings.PricesOf(line.Region)
		line.GB = float64(meter.Bytes) / bill.GB
		line.GBMonths = meter.GBMonths(now, prices.DaysPerMonth)
		line.Dollars = bill.Storage(prices, bill.Tier(line.For), line.GBMonths) / 1000
		lines = append(lines, line)
	}
	for _, key := range Sorted(w.Ledger.Fees) {
		fee := w.Ledger.Fees[key]
		line := newLine(key)
		line.GB, line.Count, line.Dollars = float64(fee.Bytes)/bill.GB, fee.Count, fee.Mills/1000
		lines = append(lines, line)
	}
	slices.SortStableFunc(lines, func(a, b Line) int {
		return slices.Compare([]string{a.Payer, a.Region, a.For}, []string{b.Payer, b.Region, b.For})
	})
	return lines
}

func newLine(key string) Line {
	fields := strings.Fields(key)
	return Line{Payer: fields[0], Region: fields[1], For: fields[2]}
}

// Egress books bytes that left the cloud.
func (w *World) Egress(p *Project, bytes, now int64) {
	payer := p.BillTo
	if p.Sponsored(now) && p.Sponsor != "" {
		payer = p.Sponsor
		p.EgressBytes += bytes
		w.TouchProject(p)
	}
	w.fee(payer, p.Region, "egress", bytes, bill.Egress(w.Settings.PricesOf(p.Region), bytes))
}

func (w *World) fee(payer, region, purpose string, bytes int64, mills float64) {
	key := payer + " " + region + " " + purpose
	fee := w.Ledger.Fees[key]
	if fee == nil {
		fee = &Fee{}
		w.Ledger.Fees[key] = fee
	}
	fee.Count++
	fee.Bytes += bytes
	fee.Mills += mills
	w.touch("ledger", "", w.Ledger)
}

// recharge books an object anew after its copies, their states, its size or
// whoever pays have changed.
func (w *World) recharge(o *Object, at int64) {
	due := w.due(o, at)
	if slices.Equal(due, o.charges) {
		return
	}
	for _, c := range o.charges {
		w.meter(c.key).Add(at, -c.bytes)
	}
	for _, c := range due {
		w.meter(c.key).Add(at, c.bytes)
	}
	o.charges = due
	w.touch("ledger", "", w.Ledger)
}

func (w *World) meter(key string) *bill.Meter {
	m := w.Ledger.Meters[key]
	if m == nil {
		m = &bill.Meter{}
		w.Ledger.Meters[key] = m
	}
	return m
}

// due is an object's volume for each payer: copies under one payer count once,
// by the dearest of their states.
func (w *World) due(o *Object, at int64) []charge {
	if o.Size == 0 {
		return nil
	}
	rank := map[bill.Tier]int{bill.Archived: 1, bill.AwaitingArchive: 2, bill.Live: 3}
	tiers := map[string]bill.Tier{}
	for _, c := range o.Copies {
		payer := c.Project.BillTo
		if c.Project.Sponsored(at) && c.Project.Sponsor != "" {
			payer = c.Project.Sponsor
		}
		if tier := tierOf(c.Archival); rank[tier] > rank[tiers[payer]] {
			tiers[payer] = tier
		}
	}
	var due []charge
	for _, payer := range Sorted(tiers) {
		due = append(due, charge{payer + " " + o.Region + " " + string(tiers[payer]), o.Size})
	}
	return due
}

// tierOf is the tier of a state; bytes that are on their way back lie in cold
// storage until they have come.
func tierOf(s archival.State) bill.Tier {
	switch s {
	case archival.Archival:
		return bill.AwaitingArchive
	case archival.Archived, archival.Unarchiving:
		return bill.Archived
	}
	return bill.Live
}
