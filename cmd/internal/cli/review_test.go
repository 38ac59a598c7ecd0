package cli

import (
	"context"
	"strings"
	"testing"

	"github.com/backstay/backstay/cmd/internal/format"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/review"
	"github.com/backstay/backstay/schema/diag"
)

func (f *fake) Review(ctx context.Context, r engine.ReviewRequest) (*engine.ReviewResult, diag.List) {
	return f.review(ctx, r)
}

func weakened() *engine.ReviewResult {
	r := &engine.ReviewResult{
		Base: "main", Weakened: 2, Outcome: engine.Denied,
		Changes: []review.Change{
			{
				Kind: review.CopyLost, Effect: review.Weakened, Address: "backup.a.copy.b", Message: "It is gone.", Loss: &review.Loss{},
				BaseRange: &diag.Range{Filename: "old.backstay.hcl", Start: diag.Pos{Line: 99, Column: 3}},
			},
			{Kind: review.PolicyChanged, Effect: review.Unknown, Address: "policy.x/a.rego", Message: "It differs."},
			{Kind: review.Described, Effect: review.Neutral, Address: "backup.a", Message: "owner goes from a to b."},
		},
	}
	r.Findings = []policy.Finding{{Control: "COPY-1", Severity: policy.Mandatory, Result: policy.Fail, Message: "One copy."}}
	return r
}

// The exit code is the outcome's in every format; lines of the base, which the
// reader does not see, are not pointed at; a finding is no louder than advice.
func TestReviewForOtherTools(t *testing.T) {
	f := &fake{review: func(_ context.Context, r engine.ReviewRequest) (*engine.ReviewResult, diag.List) {
		if r.Base != "main" || r.State != "s.db" {
			t.Errorf("%+v", r)
		}
		return weakened(), nil
	}}
	for _, name := range append(format.Names(), "text", "json") {
		d := newDesk(f, "review -base main -state s.db -format="+name)
		wants(t, d, Run(&d.World), 3, "It is gone.", "")
		if strings.Contains(d.out.String(), "old.backstay.hcl:99") && name != "text" || strings.Contains(d.out.String(), "line=99") {
			t.Errorf("%s points at a line of the base:\n%s", name, d.out.String())
		}
		if name == "github" {
			if n := strings.Count(d.out.String(), "::error"); n != 2 {
				t.Errorf("%d errors for 2 weakenings:\n%s", n, d.out.String())
			}
			wants(t, d, 3, 3, "::error file=old.backstay.hcl,title=review/copy_lost", "")
		}
	}
}

func TestReviewThatFails(t *testing.T) {
	f := &fake{review: func(context.Context, engine.ReviewRequest) (*engine.ReviewResult, diag.List) {
		return &engine.ReviewResult{Outcome: engine.Failed}, diag.List{{Severity: diag.Error, Code: "no_base", Summary: "Base cannot be read"}}
	}}
	for _, name := range []string{"text", "json", "markdown", "sarif"} {
		d := newDesk(f, "review -base main -format="+name)
		wants(t, d, Run(&d.World), 1, "", "Base cannot be read")
		if strings.Contains(d.out.String(), "nothing is weakened") {
			t.Errorf("%s calls a failure a pass:\n%s", name, d.out.String())
		}
	}
}
