package view

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema/diag"
)

// PolicyDiff shows what a change of policies means.
type PolicyDiff interface {
	Result(r *engine.PolicyDiffResult, ds diag.List) error
}

// NewPolicyDiff gives the view that the output asks for.
func NewPolicyDiff(o *Output) PolicyDiff {
	if o.JSON {
		return &policyDiffJSON{o}
	}
	return &policyDiffText{o}
}

type policyDiffText struct{ o *Output }

// Result lists what passes that was denied, then the rest, then the verdict.
func (v *policyDiffText) Result(r *engine.PolicyDiffResult, _ diag.List) error {
	if r == nil || r.Outcome == engine.Failed {
		return nil
	}
	t := &text{s: &v.o.Out}
	for i := range r.Changes[:r.Weakened] {
		c := &r.Changes[i]
		t.change(c, EffectWord(c.Effect), r.Snippet(c.Range))
	}
	t.others(r.Changes[r.Weakened:])
	t.printf("Compared with %s: %s the same, %s, %s not be compared exactly.\n", revision(r.Base, r.Commit),
		plural(int64(r.Same), "rule is", "rules are"), plural(int64(r.Compared), "was compared", "were compared"), plural(int64(r.Open), "could", "could"))
	paint := green
	if r.Weakened > 0 {
		paint = red
	}
	t.printf("%s %s.\n", t.s.paint(paint, "Policies:"), r.Verdict)
	return v.o.flush(t)
}

// example prints the subject that two policy sets judge differently, as the
// rules see it.
func (t *text) example(e *policy.Example) {
	if e == nil || e.Subject == nil {
		return
	}
	doc, err := json.MarshalIndent(map[string]any{e.Member: e.Subject}, "    ", "  ")
	if err != nil {
		return
	}
	t.printf("\n  What rules see of it:\n\n")
	for line := range strings.Lines("    " + string(doc)) {
		t.printf("%s\n", clean(strings.TrimRight(line, "\n")))
	}
}

type policyDiffJSON struct{ o *Output }

func (v *policyDiffJSON) Result(r *engine.PolicyDiffResult, ds diag.List) error {
	if r == nil {
		r = &engine.PolicyDiffResult{Outcome: engine.Failed}
	}
	d := newDocument(v.o)
	d.member("outcome", r.Outcome)
	d.member("base", r.Base)
	d.member("commit", r.Commit)
	if r.Verdict != "" {
		d.member("verdict", r.Verdict)
	}
	d.member("rules", map[string]int{"same": r.Same, "compared": r.Compared, "open": r.Open})
	items(d, "weakened", r.Changes[:r.Weakened])
	items(d, "changes", r.Changes[r.Weakened:])
	items(d, "diagnostics", ds.Sorted())
	return d.close(true)
}

// revision is a base as it was asked for, with its commit.
func revision(base, commit string) string {
	if commit != "" {
		return fmt.Sprintf("%s (commit %.12s)", printable(base), commit)
	}
	return printable(base)
}
