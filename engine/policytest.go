package engine

import (
	"context"
	"slices"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
	"github.com/backstay/backstay/schema/diag"
)

// PolicyTestRequest asks for the Rego tests of the policies to be run.
type PolicyTestRequest struct {
	Shipped    bool // those of the library as well
	Boundaries bool // look for the boundaries of rules, and for rules that no test would miss
}

// PolicyTestResult is what the tests said.
type PolicyTestResult struct {
	policy.Suite
	Boundaries []policy.Boundary // nil unless they were asked for
	Gaps       []policy.Gap      // what is wrong although all tests pass
	Outcome    Outcome

	judged Judgement
}

// Snippet is the source of a range in the policies.
func (r *PolicyTestResult) Snippet(at *diag.Range) *diag.Snippet { return r.judged.Snippet(at) }

// PolicyTest runs the tests (rules test_* in files *_test.rego) of the policies
// that the configuration and the organisation bring. The policies are compiled
// and checked first, as for a plan: a test must not pass on what a plan would
// refuse. Without a configuration only the library can be tested.
func (e *Engine) PolicyTest(ctx context.Context, r PolicyTestRequest) (*PolicyTestResult, diag.List) {
	res := &PolicyTestResult{Outcome: Failed}
	l, ds := e.tested(ctx, r)
	if ds.HasErrors() {
		return res, ds
	}
	set := policy.Set{Config: l.cfg, OrgDir: e.o.PolicySet}
	suite, more := policy.Test(ctx, set, r.Shipped)
	res.Suite = suite
	if ds = append(ds, more...); ds.HasErrors() {
		return res, ds
	}
	if len(suite.Results) == 0 {
		ds = ds.Append(diag.Diagnostic{
			Severity: diag.Warning, Code: "policy_no_tests", Summary: "No policy test was found",
			Detail: "The configuration's policies and the organisation's set have no rule test_* in a file *_test.rego, so nothing was tested. The library's own tests run with -shipped.",
		})
	}
	if r.Boundaries {
		more = e.boundaries(ctx, l, set, r, res)
		if ds = append(ds, more...); more.HasErrors() {
			return res, ds
		}
	}
	if suite.Failed == 0 && !slices.ContainsFunc(res.Gaps, func(g policy.Gap) bool { return g.Lacks() }) {
		res.Outcome = Done
	}
	return res, ds
}

// boundaries adds where the answers of rules change, and the rules that can
// never hold or that no test would miss.
func (e *Engine) boundaries(ctx context.Context, l *loaded, set policy.Set, r PolicyTestRequest, res *PolicyTestResult) diag.List {
	res.judged = Judgement{sources: l.sources, policies: l.policies}
	found, gaps, err := l.policies.Boundaries(ctx, e.clock.Now(), r.Shipped)
	if err != nil {
		return diag.List{policy.Problem(err)}
	}
	res.Boundaries = append([]policy.Boundary{}, found...)
	untested, ds := policy.Untested(ctx, set, r.Shipped)
	res.Gaps = append(gaps, untested...)
	return l.illustrate(ds)
}

// tested is the configuration whose policies are tested; an empty one where
// only the library is asked for and there is none.
func (e *Engine) tested(ctx context.Context, r PolicyTestRequest) (*loaded, diag.List) {
	files, err := configurationFiles(e.o.Dir)
	if err != nil || len(files) > 0 || !r.Shipped {
		return e.loadJudged(ctx)
	}
	l := &loaded{cfg: &schema.Configuration{Dir: e.o.Dir}}
	if !r.Boundaries {
		return l, nil
	}
	for _, name := range policy.PackNames() {
		l.cfg.Policies = append(l.cfg.Policies, &schema.Policy{Addr: addr.Resource{Kind: addr.Policy, Name: name}, Pack: name})
	}
	var ds diag.List
	l.policies, ds = policy.Compile(ctx, policy.Set{Config: l.cfg})
	return l, ds
}
