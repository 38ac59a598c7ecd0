package policy

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/backstay/backstay/plan"
)

// PlanFacts is what is known of a plan before its changes stream by. AsOf is
// the plan's own instant; Now is the clock that judges it, which in plan is the
// same and in apply is apply's own.
type PlanFacts struct {
	Now         time.Time
	AsOf        time.Time
	MaxAge      time.Duration
	Apply       bool // apply judges again
	Partial     bool
	Allow       []string // names given to -allow
	ConfigBound bool     // digests of plan and present agree; in plan all true
	PolicyBound bool
	StateBound  bool
	Author      string // who asks: the committer, else the user of the run
	// Tests are the last restore tests on record; nil says that it was not read.
	Tests     []StateTest
	LastApply time.Time // when the last apply began; zero: there was none
	// Erased tells whether an object is of an erased subject; nil says that no
	// list of them was compared.
	Erased func(source, path string) bool
}

// PlanSession judges one plan, change by change, in constant memory.
type PlanSession struct {
	tally  *tally
	facts  PlanFacts
	native *native
	seen   changeFacts // reused between changes
	erased Count       // copies that would be made of what was erased
}

// NewPlan opens the plan phase: rules that look at no change are asked now, and
// those that do are translated with everything but the change known.
func (e *Engine) NewPlan(ctx context.Context, f PlanFacts) (*PlanSession, error) {
	run := RunFacts{
		Apply: f.Apply, Allow: f.Allow, Partial: f.Partial, ConfigBound: f.ConfigBound,
		PolicyBound: f.PolicyBound, StateBound: f.StateBound, Author: f.Author,
		AgeHours: hoursSince(f.AsOf, f.Now), MaxAgeHours: int64(f.MaxAge / time.Hour), Tests: f.Tests,
	}
	if !f.LastApply.IsZero() {
		days := max(0, int64(f.Now.Sub(f.LastApply)/(24*time.Hour)))
		run.LastAppliedDays = &days
	}
	s := &PlanSession{tally: newTally(e.newAsker(PhasePlan, f.Now, pair("run", encode(run)))), facts: f}
	if err := s.tally.everyControl(ctx, onceScope); err != nil {
		return nil, err
	}
	var err error
	s.native, err = s.tally.translate(ctx, changeScope, "input.change", changeTable)
	if err != nil {
		return nil, fmt.Errorf("translate policies for changes: %w", err)
	}
	return s, nil
}

// Change judges one change and gives what there is to say of it. The findings
// are counted in the session, and kept within its bound.
func (s *PlanSession) Change(ctx context.Context, c *plan.Change) ([]Finding, error) {
	if s.facts.Erased != nil && brings(c.Action) && s.facts.Erased(c.Object.Source, c.Object.Path) {
		s.erased.Objects++
		s.erased.Bytes += c.Bytes()
	}
	s.seen = changeFacts{c, s.tally.now}
	return s.tally.subject(ctx, s.native, &s.seen, func() subject {
		return subject{
			address: readable(c.Address),
			member:  pair("change", encode(ChangeInput(c, s.tally.now))),
			related: nonEmpty(readable(c.Address), copyAddress(c), c.Backup, c.Destination, s.tally.sourceAddress(c.Object.Source)),
		}
	})
}

// brings tells whether an action makes a copy.
func brings(a plan.Action) bool { return a == plan.Copy || a == plan.Recopy || a == plan.Adopt }

func copyAddress(c *plan.Change) string {
	if c.Backup == "" || c.Copy == "" {
		return ""
	}
	return c.Backup + ".copy." + c.Copy
}

func (t *tally) sourceAddress(name string) string {
	for _, s := range t.config.Sources {
		if s.Name == name {
			return s.Address
		}
	}
	return ""
}

func nonEmpty(in ...string) []string {
	return slices.DeleteFunc(in, func(s string) bool { return s == "" })
}

// End judges the totals and closes the phase. Brakes are findings of their own,
// except the retire brake, which is CHG-1.
func (s *PlanSession) End(ctx context.Context, sum *plan.Summary, brakes []Brake) (Report, error) {
	t := s.tally
	t.native += s.native.decided
	in := summaryInput(t.engine.cfg, sum, brakes, t.now)
	if s.facts.Erased != nil {
		in.Erased = &s.erased
	}
	totals := encode(in)
	if err := t.everyControl(ctx, summaryScope, pair("summary", totals)); err != nil {
		return Report{}, err
	}
	r, err := t.close(ctx)
	if err != nil {
		return Report{}, err
	}
	for _, b := range brakes {
		if b.Name == "retire" {
			continue
		}
		f := t.brakeFinding(b)
		r.Findings = append(r.Findings, f)
		r.Blocked = r.Blocked || f.Blocks()
	}
	return r, nil
}

// brakeTitles say what each brake found, in words that stand alone.
var brakeTitles = map[string]string{
	"retire":        "One plan retires more than its limit",
	"expire":        "One plan removes more than its limit",
	"source_loss":   "Source lost more than its limit",
	"source_change": "Source changed more than its limit",
	"destination":   "Destination is not as the state knows it",
	"clock":         "Clock cannot be trusted",
	"lock":          "Lock is not as the state knows it",
}

// brakeFinding makes a finding of a brake. One that -allow lets pass is waived,
// by the operator of this run.
func (t *tally) brakeFinding(b Brake) Finding {
	f := Finding{Control: b.Name, Title: brakeTitles[b.Name], Severity: Mandatory, Result: Fail, Phase: t.phase, Message: b.Message, Address: b.Address, Final: b.Final}
	f.pull(b.Name, b.Allowed)
	if r, ok := t.places.ofAddress(b.Address); ok {
		f.Range = &r
	}
	return f
}
