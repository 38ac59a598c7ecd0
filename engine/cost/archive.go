package cost

import (
	"math/big"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// Archiving is what archiving would mean for money at one place.
type Archiving struct {
	Currency string `json:"currency"`
	Now      Amount `json:"now"`   // storage a month of all that is to be archived
	Then     Amount `json:"then"`  // storage a month once what can be archived is
	Saved    Amount `json:"saved"` // a month
	// Kept is what a month costs more because copies elsewhere keep files from
	// being archived: they are asked into the archive, and stay in standard
	// storage.
	Kept     Amount `json:"kept"`
	Requests Amount `json:"requests"`
	// Exposure is what bringing everything back at once would cost for the rest
	// of the minimum stay; it falls day by day, and is nothing from Until on.
	Exposure Amount   `json:"exposure"`
	Until    string   `json:"until,omitempty"`
	Missing  []string `json:"missing"` // names of prices: then the amounts are not claims
}

// Archiving prices what a readiness report found: what is to be archived at a
// source or destination, and how many bytes of it stay live because other copies
// do. It adds nothing to the forecast.
func (f *Forecast) Archiving(address string, all plan.Count, kept int64) Archiving {
	p := f.destination(address)
	live, cold := p.lane(p.home), p.lane(p.cold(p.home))
	goes := all.Bytes - min(kept, all.Bytes)
	stays := all.Bytes - goes
	var s sum
	out := Archiving{
		Currency: f.Currency(),
		Now:      s.of(live, Storage, big.NewInt(all.Bytes), gib),
		Requests: s.of(cold, Writes, big.NewInt(all.Objects), 1000),
		Kept:     s.of(live, Storage, big.NewInt(stays), gib).Minus(s.of(cold, Storage, big.NewInt(stays), gib)),
		Then:     s.of(live, Storage, big.NewInt(stays), gib).Plus(s.of(cold, Storage, big.NewInt(goes), gib)),
	}
	out.Saved = out.Now.Minus(out.Then)
	switch end, ok := cold.stayEnds(f.now); {
	case ok && goes > 0:
		s.stay(cold, map[int64]int64{end: goes}, dayOf(f.now))
		out.Exposure, out.Until = s.stays, dateOf(end)
	case cold.stay == nil && goes > 0:
		s.lacks(cold.name(minStay))
	}
	out.Missing = append([]string{}, s.missing...)
	return out
}

// BringBack adds what it costs to bring a recorded copy back from the archive:
// retrieval, the rest of its minimum stay, and standard storage afterwards. A
// copy that is not archived costs nothing. For a restore, which shows the sum
// before it begins.
func (f *Forecast) BringBack(r *record.Copy) {
	if r.Tier != string(storage.TierArchived) {
		return // live, or waiting, or on its way and paid
	}
	p := f.byName[r.Destination]
	if p == nil {
		p = f.stranger(r.Destination)
	}
	before := &plan.CopyFacts{Status: string(r.Status), Size: r.Size, Claims: r.Claims, CopiedAt: time.UnixMilli(r.CopiedAt), Tier: r.Tier}
	if r.TieredAt != 0 {
		before.TieredAt = time.UnixMilli(r.TieredAt)
	}
	f.Change(&plan.Change{
		Action: plan.Unarchive, Destination: p.address, Before: before,
		Object: plan.Object{Source: r.Source, Path: r.Path, Kind: plan.File, Size: r.Size},
	})
}
