package view

import (
	"fmt"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema/diag"
)

// PolicyTest shows what the tests of policies said.
type PolicyTest interface {
	Result(r *engine.PolicyTestResult, ds diag.List) error
}

// NewPolicyTest gives the view that the output asks for.
func NewPolicyTest(o *Output) PolicyTest {
	if o.JSON {
		return &policyTestJSON{o}
	}
	return &policyTestText{o}
}

type policyTestText struct{ o *Output }

// Result lists the tests that did not pass, and counts the others. Where the
// policies could not be compiled no test ran, and the diagnostics say why.
func (v *policyTestText) Result(r *engine.PolicyTestResult, ds diag.List) error {
	if r == nil || ds.HasErrors() {
		return nil
	}
	t := &text{s: &v.o.Out}
	for i := range r.Results {
		t.policyTest(&r.Results[i])
	}
	t.boundaries(r.Boundaries)
	for i := range r.Gaps {
		t.gap(&r.Gaps[i], r.Snippet(r.Gaps[i].Range))
	}
	skipped := ""
	if n := len(r.Results) - r.Passed - r.Failed; n > 0 {
		skipped = fmt.Sprintf(", %d skipped", n)
	}
	t.printf("Tests: %d passed, %d failed%s. They reach %.1f %% of the policies' expressions.\n", r.Passed, r.Failed, skipped, r.Coverage)
	return v.o.flush(t)
}

func (t *text) policyTest(r *policy.TestResult) {
	if r.Pass || r.Skipped {
		return
	}
	t.printf("%s %s.%s\n", t.s.paint(bold, "Failed:"), clean(r.Package), clean(r.Name))
	if r.Range != nil {
		t.printf("  at %s:%d:%d\n", clean(r.Range.Filename), r.Range.Start.Line, r.Range.Start.Column)
	}
	if r.Detail != "" {
		t.printf("%s", t.s.wrap("  ", clean(r.Detail)))
	}
	t.printf("\n")
}

// boundaries lists where rules change their answer, rule by rule.
func (t *text) boundaries(all []policy.Boundary) {
	rule := ""
	for i := range all {
		b := &all[i]
		place := clean(b.Rule)
		if b.Range != nil {
			place += fmt.Sprintf(" at %s:%d:%d", clean(b.Range.Filename), b.Range.Start.Line, b.Range.Start.Column)
		}
		if place != rule {
			rule = place
			t.printf("%s %s\n", t.s.paint(bold, "Boundaries of"), place)
		}
		t.printf("%s", t.s.wrap("  ", clean(fmt.Sprintf("input.%s.%s: speaks at %s, is silent at %s", b.Member, b.Path, b.Speaks, b.Silent))))
	}
	if rule != "" {
		t.printf("\n")
	}
}

// gapTitles are the headings of what is wrong although all tests pass.
var gapTitles = map[string]string{
	"untested":    "Rule that no test would miss",
	"never_holds": "Rule that can never hold",
	"not_judged":  "Rule whose boundaries are not known",
}

func (t *text) gap(g *policy.Gap, source *diag.Snippet) {
	word := t.s.paint(red, "Gap:")
	if !g.Lacks() {
		word = t.s.paint(bold, "Note:")
	}
	t.printf("%s %s\n", word, t.s.paint(bold, gapTitles[g.Kind]))
	t.place(g.Range, g.Rule)
	t.snippet(source, red)
	t.printf("\n%s\n", t.s.wrap("  ", clean(g.Detail)))
}

type policyTestJSON struct{ o *Output }

func (v *policyTestJSON) Result(r *engine.PolicyTestResult, ds diag.List) error {
	d := newDocument(v.o)
	var suite policy.Suite
	if r != nil {
		suite = r.Suite
	}
	d.member("passed", suite.Passed)
	d.member("failed", suite.Failed)
	d.member("coverage", suite.Coverage)
	items(d, "tests", suite.Results)
	if r != nil && r.Boundaries != nil {
		items(d, "boundaries", r.Boundaries)
		items(d, "gaps", r.Gaps)
	}
	items(d, "diagnostics", ds.Sorted())
	return d.close(true)
}
