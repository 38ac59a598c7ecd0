package engine

import (
	"iter"
	"slices"

	"github.com/backstay/backstay/engine/diff"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// verdict is what policies said of a plan when apply judged it again. Denied
// changes are one bit each.
type verdict struct {
	judgement Judgement
	bits      []uint64
	denied    int64
	sums      bool // a rule over totals, or a brake, denies: then nothing runs
}

// stops tells whether nothing may be carried out.
func (v *verdict) stops(partial bool) bool {
	return v.judgement.Blocked && (v.sums || !partial)
}

func (v *verdict) deny(i int64) {
	for int64(len(v.bits)) <= i/64 {
		v.bits = append(v.bits, 0)
	}
	v.bits[i/64] |= 1 << (i % 64)
	v.denied++
}

// allowed streams the changes that are not denied.
func (v *verdict) allowed(in iter.Seq2[*plan.Change, error]) iter.Seq2[*plan.Change, error] {
	return allowedChanges(in, func(i int64) bool {
		return i/64 < int64(len(v.bits)) && v.bits[i/64]&(1<<(i%64)) != 0
	})
}

// judgeAgain puts every change of the plan before the policies once more, by
// apply's clock, removals with what the state has of them now. Findings inside
// the file are not believed.
func (a *applying) judgeAgain(p *PlanResult) (*verdict, error) {
	now := a.e.clock.Now()
	facts := policy.PlanFacts{
		Now: now, AsOf: p.Header.AsOf, MaxAge: p.Header.MaxAge, Apply: true, Partial: a.r.Partial, Allow: a.allows(),
		ConfigBound: true, PolicyBound: true, StateBound: true, Author: a.e.o.User,
	}
	if err := a.e.planRecord(a.ctx, a.l.cfg, a.st, &facts); err != nil {
		return nil, err
	}
	session, err := a.l.policies.NewPlan(a.ctx, facts)
	if err != nil {
		return nil, diag.Fail(policy.Problem(err))
	}
	v := &verdict{}
	sum := p.Summary
	sum.Destinations = slices.Clone(sum.Destinations)
	recount := newRecount(&sum)
	forecast, err := a.forecast(now)
	if err != nil {
		return nil, err
	}
	blocking := map[string]int64{}
	var i int64
	for c, err := range p.Changes(a.ctx) {
		if err != nil {
			return nil, err
		}
		if err := a.freshen(c); err != nil {
			return nil, err
		}
		recount.add(c)
		c.Cost = forecast.Change(c)
		findings, err := session.Change(a.ctx, c)
		if err != nil {
			return nil, diag.Fail(policy.Problem(err))
		}
		if controls := denying(findings); len(controls) > 0 {
			v.deny(i)
			for _, id := range controls {
				blocking[id]++
			}
		}
		i++
	}
	sum.Cost = forecast.Sum()
	brakes, err := a.brakes(&sum)
	if err != nil {
		return nil, err
	}
	report, err := session.End(a.ctx, &sum, brakes)
	if err != nil {
		return nil, diag.Fail(policy.Problem(err))
	}
	report.Findings = append(report.Findings, a.l.standing()...)
	v.judgement, v.sums = a.l.judgement(report), sumsDeny(report, blocking)
	return v, nil
}

// denying lists the controls that deny a change, each once.
func denying(findings []policy.Finding) (ids []string) {
	for i := range findings {
		if f := &findings[i]; f.Blocks() && !slices.Contains(ids, f.Control) {
			ids = append(ids, f.Control)
		}
	}
	return ids
}

// sumsDeny tells whether anything beside single changes denies.
func sumsDeny(r policy.Report, perChange map[string]int64) bool {
	for _, c := range r.Controls {
		if c.Severity != policy.Advisory && c.Fail+c.Unknown > perChange[c.Control] {
			return true
		}
	}
	return slices.ContainsFunc(r.Findings, func(f policy.Finding) bool { return f.Brake != "" && f.Blocks() })
}

// brakes are those of the destinations, the clock and the plan's figures.
func (a *applying) brakes(sum *plan.Summary) ([]policy.Brake, error) {
	// Letting a destination pass changes what a plan looks at, so it is the
	// plan's own -allow that counts.
	out := a.places.brakes(a.res.Plan.Header.Allow)
	pulled, err := diff.Brakes(a.l.cfg, sum)
	if err != nil {
		return nil, err
	}
	for _, b := range pulled {
		out = append(out, policy.Brake{
			Name: b.Name, Address: b.Address, Message: b.Message,
			Value: float64(b.Count.Objects), Limit: float64(b.Of.Objects), Allowed: slices.Contains(a.allows(), b.Name),
		})
	}
	clock, err := clockBrakes(a.ctx, a.st, a.e.clock.Now(), sum, a.allows())
	return append(out, clock...), err
}

// freshen gives a removal, and a change that lowers a term, the terms, holds and
// locks that the state has now.
func (a *applying) freshen(c *plan.Change) error {
	if !c.Action.Removes() && c.Reason != plan.TermLowered || c.Before == nil {
		return nil
	}
	rows, err := a.st.Object(a.ctx, c.Object.Source, c.Object.Path)
	if err != nil {
		return err
	}
	for i := range rows {
		if row := &rows[i]; row.Seq == c.Before.Seq && a.addressOf(row.Destination) == c.Destination {
			before := *c.Before
			c.Before = &before
			refreshFacts(c.Before, row)
			return nil
		}
	}
	if a.resumed == nil {
		c.Before.RetainUntil = schema.UntilForever // no such copy: nothing that is unknown is removed
	} // else this run removed it before it was interrupted, and apply finds that done
	return nil
}

func (a *applying) addressOf(name string) string {
	if p := a.places.byName(name); p != nil {
		return p.address
	}
	return ""
}

func refreshFacts(f *plan.CopyFacts, row *record.Copy) {
	f.Status, f.RetainUntil, f.TermReason = string(row.Status), max(f.RetainUntil, row.RetainUntil), row.TermReason
	f.Held, f.LockedUntil = union(f.Held, row.Holds), max(f.LockedUntil, row.LockedUntil)
	f.RetiredAt, f.Claims = millis(row.RetiredAt), row.Claims
}

// recount counts removals per destination from the changes themselves.
type recount struct {
	byAddress map[string]*plan.DestinationTotals
}

func newRecount(s *plan.Summary) *recount {
	r := &recount{byAddress: map[string]*plan.DestinationTotals{}}
	for i := range s.Destinations {
		d := &s.Destinations[i]
		d.Retire, d.Expire = plan.Count{}, plan.Count{}
		r.byAddress[d.Destination] = d
	}
	return r
}

func (r *recount) add(c *plan.Change) {
	d := r.byAddress[c.Destination]
	if d == nil {
		return
	}
	switch c.Action {
	case plan.Retire:
		d.Retire.Add(c.Bytes())
	case plan.Expire:
		d.Expire.Add(c.Bytes())
	}
}
