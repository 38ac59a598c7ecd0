package policy

import (
	"context"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/backstay/backstay/schema/diag"
)

// keepPerControl bounds the findings that a report holds of one control; the
// rest is counted in ControlCount.Omitted.
const keepPerControl = 1000

// A tally gathers what all controls say in one phase.
type tally struct {
	*asker
	counts   map[*control]*ControlCount
	findings map[*control][]Finding
	blocked  bool
	native   int64
}

func newTally(a *asker) *tally {
	t := &tally{asker: a, counts: map[*control]*ControlCount{}, findings: map[*control][]Finding{}}
	for _, c := range a.engine.controls {
		t.counts[c] = &ControlCount{Control: c.id, Title: c.title, Severity: c.severity, Packs: c.packs}
	}
	return t
}

// subject is what a rule is asked about: its member of the input, and the
// addresses under which a waiver may name it.
type subject struct {
	address string
	member  [2]*ast.Term
	related []string
}

// once asks the rules of a control that look at no single subject, in one
// scope, and counts the subjects that they met.
func (t *tally) once(ctx context.Context, c *control, s scope, extra ...termPair) error {
	asked := false
	met := map[string]bool{}
	input := t.input(c, extra...)
	var out []Finding
	for _, r := range c.rules {
		if r.scope != s || !r.in(t.phase) {
			continue
		}
		answers, err := t.ask(ctx, r, input)
		if err != nil {
			return err
		}
		switch {
		case r.kind == subjectsRule:
			for _, a := range answers {
				met[a.message] = true
			}
		case r.kind == reasonRule:
			for _, a := range answers {
				t.counts[c].Reason = a.message
			}
		default:
			asked = true
			found, err := t.findingsOf(ctx, r, answers, input, subject{})
			if err != nil {
				return err
			}
			out = append(out, found...)
		}
	}
	if asked && !c.declaresSubjects(s, t.phase) {
		met[""] = true
	}
	t.settle(c, met, out)
	return nil
}

// declaresSubjects tells whether the control says itself which subjects it met.
func (c *control) declaresSubjects(s scope, p Phase) bool {
	return slices.ContainsFunc(c.rules, func(r *rule) bool {
		return r.kind == subjectsRule && r.scope == s && r.in(p)
	})
}

// findingsOf makes findings of a rule's answers, with their places.
func (t *tally) findingsOf(ctx context.Context, r *rule, answers []answer, input *ast.Term, sub subject) ([]Finding, error) {
	if len(answers) == 0 {
		return nil, nil
	}
	var reads map[string][]readPath
	if len(t.findings[r.control]) < keepPerControl {
		var err error
		if reads, err = t.locate(ctx, r, input); err != nil {
			return nil, err
		}
	}
	out := make([]Finding, 0, len(answers))
	for _, a := range answers {
		f := Finding{
			Control: r.control.id, Title: r.control.title, Severity: r.control.severity, Result: r.kind.result(),
			Phase: t.phase, Message: a.message, Address: a.address, Evidence: a.evidence,
			Clauses: r.control.clauses, Rule: regoRange(r.location),
		}
		var address string
		f.Range, address = t.places.best(reads[a.term.String()])
		for _, candidate := range append([]string{sub.address, address}, sub.related...) {
			if f.Address == "" {
				f.Address = candidate
			}
		}
		f.Range = t.fallback(f, sub)
		if r.control.shipped && a.brake != "" {
			f.pull(a.brake, a.allowed)
		}
		t.engine.waive(&f, append([]string{f.Address, sub.address}, sub.related...), t.now)
		out = append(out, f)
	}
	return out, nil
}

// fallback gives a finding the block of its address where its rule read nothing
// of the configuration.
func (t *tally) fallback(f Finding, sub subject) *diag.Range {
	if f.Range != nil {
		return f.Range
	}
	for _, a := range append([]string{f.Address}, sub.related...) {
		if r, ok := t.places.ofAddress(a); ok {
			return &r
		}
	}
	return nil
}

// settle counts subjects and keeps findings. A subject with any result but warn
// is no pass; one that was decided is not deferred.
func (t *tally) settle(c *control, met map[string]bool, found []Finding) {
	decided := map[string]bool{}
	for _, f := range found {
		if f.Result != Deferred && f.Result != Warn {
			decided[f.Address] = true
		}
	}
	found = slices.DeleteFunc(found, func(f Finding) bool { return f.Result == Deferred && decided[f.Address] })
	open := map[string]bool{}
	for _, f := range found {
		if f.Result != Warn {
			open[f.Address] = true
		}
		t.keep(c, f)
	}
	count := t.counts[c]
	passes := int64(0)
	for address := range met {
		if !open[address] {
			passes++
		}
	}
	if met[""] && len(open) > 0 && len(met) == 1 {
		passes = 0 // one nameless subject: the configuration as a whole
		delete(met, "")
	}
	for address := range open {
		met[address] = true
	}
	count.Subjects += int64(len(met))
	count.Pass += passes
}

func (t *tally) keep(c *control, f Finding) {
	count := t.counts[c]
	switch f.Result {
	case Fail:
		count.Fail++
	case Warn:
		count.Warn++
	case Waived:
		count.Waived++
	case Unknown:
		count.Unknown++
	case Deferred:
		count.Deferred++
	}
	t.blocked = t.blocked || f.Blocks()
	if len(t.findings[c]) >= keepPerControl {
		count.Omitted++
		return
	}
	t.findings[c] = append(t.findings[c], f)
}

// report closes a phase.
func (t *tally) report() Report {
	r := Report{Phase: t.phase, Blocked: t.blocked, Counters: Counters{Native: t.native, Rego: t.rego}}
	for _, c := range t.engine.controls {
		count := *t.counts[c]
		if count.Subjects == 0 && len(t.findings[c]) == 0 {
			count.NotApplicable = 1
			if count.Reason == "" {
				count.Reason = "no subject in this phase"
				if !c.runsIn(t.phase) {
					count.Reason = "nothing to decide in this phase"
				}
			}
		} else {
			count.Reason = ""
		}
		r.Controls = append(r.Controls, count)
		r.Findings = append(r.Findings, t.findings[c]...)
	}
	r.Diagnostics = t.idlePacks(r.Controls)
	return r
}

// idlePacks warns of packs that a user chose and that decided nothing: they
// would look like packs that pass.
func (t *tally) idlePacks(counts []ControlCount) diag.List {
	var diags diag.List
	for _, p := range t.engine.cfg.Policies {
		name := p.Pack
		if name == "" {
			name = "policy." + p.Addr.Name
		}
		concerned, busy := false, false
		for i, c := range t.engine.controls {
			if slices.Contains(c.packs, name) && c.runsIn(t.phase) {
				concerned = true
				busy = busy || counts[i].NotApplicable == 0
			}
		}
		if concerned && !busy {
			at := p.Origin.Block
			diags = diags.Append(diag.Diagnostic{
				Severity: diag.Warning, Code: "policy_idle", Summary: "Policy decided nothing",
				Detail: "No control of " + strings.TrimPrefix(name, "policy.") + " met a subject in the " + string(t.phase) + " phase. That is not a pass.", Address: p.Addr.String(), Range: &at,
			})
		}
	}
	return diags
}
