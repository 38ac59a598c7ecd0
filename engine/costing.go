package engine

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/cost"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// CostRequest asks what copies cost, today and once a plan is done.
type CostRequest struct {
	File string // a plan that was written; "" makes one now
}

// CostResult is a forecast.
type CostResult struct {
	AsOf      time.Time
	Changes   int64 // of the plan
	Refused   bool  // the plan, so that apply would not carry it out
	Total     plan.Cost
	Rows      []cost.Row
	Exposures []cost.Exposure
	Prices    []cost.Used
	Outcome   Outcome
}

// Cost says what is stored a month by destination, storage class and backup
// plan, what a plan would make of that and cost once, and what leaving a class
// early would cost until when. It changes nothing.
func (e *Engine) Cost(ctx context.Context, r CostRequest) (*CostResult, diag.List) {
	res := &CostResult{Outcome: Failed}
	p, ds := e.planOf(ctx, r)
	if p == nil || p.Outcome == Failed || ds.HasErrors() {
		return res, ds
	}
	defer e.closing("plan", p.Close)
	l, more := e.loadWhole(ctx)
	if more.HasErrors() {
		return res, append(ds, more...)
	}
	st, more := e.openPlanState(ctx, l.cfg)
	if ds = append(ds, more...); st == nil {
		return res, ds
	}
	defer e.closing("state", st.Close)
	if ds = append(ds, fits(p, l.cfg, st)...); ds.HasErrors() {
		return res, ds
	}
	f := p.forecast
	if f == nil {
		var err error
		if f, err = priceAgain(ctx, l.cfg, st, p); err != nil {
			return res, append(ds, problem(err, "cost_failed", "Cost could not be worked out", stateAgain))
		}
	}
	return &CostResult{
		AsOf: p.Header.AsOf, Changes: p.Summary.Changes(), Refused: p.Blocked, Total: f.Sum(),
		Rows: f.Rows(), Exposures: f.Exposures(), Prices: f.Used(), Outcome: Done,
	}, ds
}

// priceAgain is the forecast of a plan that was read, with what is on record now.
func priceAgain(ctx context.Context, cfg *schema.Configuration, st *state.State, p *PlanResult) (*cost.Forecast, error) {
	f := cost.New(cfg, p.Header.AsOf)
	if err := priceRecord(ctx, f, st); err != nil {
		return nil, err
	}
	return f, priceChanges(ctx, f, p)
}

// planOf is the plan that a forecast is about.
func (e *Engine) planOf(ctx context.Context, r CostRequest) (*PlanResult, diag.List) {
	if r.File != "" {
		return e.Show(ctx, r.File)
	}
	return e.Plan(ctx, PlanRequest{Refresh: "quick"})
}

// fits refuses a plan of another configuration, whose prices would be taken, and
// says where the state went on since it was made.
func fits(p *PlanResult, cfg *schema.Configuration, st *state.State) diag.List {
	id := st.Identity()
	switch {
	case p.Header.ConfigDigest != cfg.Digest:
		return diag.List{{
			Severity: diag.Error, Code: "plan_other_configuration", Summary: "Plan is of another configuration",
			Detail: "The plan was made from another configuration than the one that is here, so that destinations and prices may not be the ones it was made with. Make it again with plan -out, or leave the file out.",
		}}
	case p.Header.Lineage != id.Lineage || p.Header.Serial != id.Serial:
		return diag.List{{
			Severity: diag.Warning, Code: "plan_older", Summary: "State went on since the plan",
			Detail: fmt.Sprintf("The plan was made of the state with serial %d, and its serial is %d now. What is stored today is counted as it is now, what the plan adds as it was planned.", p.Header.Serial, id.Serial),
		}}
	}
	return nil
}

// priceRecord adds every copy on record.
func priceRecord(ctx context.Context, f *cost.Forecast, st *state.State) error {
	names, err := st.SourceNames(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		for _, err := range priced(f, st.Scan(ctx, name)) {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// priced passes copies on and adds each to a forecast on the way.
func priced(f *cost.Forecast, in iter.Seq2[*record.Copy, error]) iter.Seq2[*record.Copy, error] {
	return func(yield func(*record.Copy, error) bool) {
		for c, err := range in {
			if err == nil {
				f.Recorded(c)
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

func priceChanges(ctx context.Context, f *cost.Forecast, p *PlanResult) error {
	for c, err := range p.Changes(ctx) {
		if err != nil {
			return err
		}
		f.Change(c)
	}
	return nil
}

// forecast begins the forecast of a plan that is judged again. The record is
// read once more only where something in it may cost anything.
func (a *applying) forecast(now time.Time) (*cost.Forecast, error) {
	f := cost.New(a.l.cfg, now)
	heads, err := a.st.Heads(a.ctx)
	if err != nil {
		return nil, err
	}
	known := func(name string) bool {
		return slices.ContainsFunc(a.l.cfg.Destinations, func(d *schema.Destination) bool { return d.Addr.Instance() == name })
	}
	for name := range heads {
		if !known(name) {
			return f, priceRecord(a.ctx, f, a.st)
		}
	}
	if f.Free() {
		return f, nil
	}
	return f, priceRecord(a.ctx, f, a.st)
}

// storedCost is what the copies of a backup plan cost a month today.
func (k *checking) storedCost(backup string) *policy.StateCost {
	month, missing := k.cost.Stored(backup)
	return &policy.StateCost{
		Known: len(missing) == 0, Currency: k.cost.Currency(), StorageMonth: month.Number(cost.Places), Missing: missing,
	}
}

// staying is what objects cost a month that copies elsewhere keep from being
// archived: a sentence, or nothing where nothing is paid for it.
func (r *readying) staying(o *obstacle) string {
	s := sourceNamed(r.p.l.cfg, o.source)
	if s == nil || o.bytes == 0 {
		return ""
	}
	a := r.p.cost.Archiving(s.Addr.String(), plan.Count{Objects: o.count, Bytes: o.bytes}, o.bytes)
	switch {
	case len(a.Missing) > 0:
		return fmt.Sprintf(" What it costs that they stay in standard storage is unknown: no price for %s.", strings.Join(a.Missing, ", "))
	case a.Kept.Sign() == 0:
		return ""
	}
	return fmt.Sprintf(" That they stay in standard storage costs %s %s a month more than the archive.", a.Kept.Decimal(2), a.Currency)
}
