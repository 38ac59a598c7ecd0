package engine

import (
	"context"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// PolicyTestRequest asks for the Rego tests of the policies to be run.
type PolicyTestRequest struct {
	Shipped bool // those of the library as well
}

// PolicyTestResult is what the tests said.
type PolicyTestResult struct {
	policy.Suite
	Outcome Outcome
}

// PolicyTest runs the tests (rules test_* in files *_test.rego) of the policies
// that the configuration and the organisation bring. The policies are compiled
// and checked first, as for a plan: a test must not pass on what a plan would
// refuse. Without a configuration only the library can be tested.
func (e *Engine) PolicyTest(ctx context.Context, r PolicyTestRequest) (*PolicyTestResult, diag.List) {
	res := &PolicyTestResult{Outcome: Failed}
	cfg, ds := e.tested(ctx, r)
	if ds.HasErrors() {
		return res, ds
	}
	suite, more := policy.Test(ctx, policy.Set{Config: cfg, OrgDir: e.o.PolicySet}, r.Shipped)
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
	if suite.Failed == 0 {
		res.Outcome = Done
	}
	return res, ds
}

// tested is the configuration whose policies are tested; an empty one where
// only the library is asked for and there is none.
func (e *Engine) tested(ctx context.Context, r PolicyTestRequest) (*schema.Configuration, diag.List) {
	if files, err := configurationFiles(e.o.Dir); err == nil && len(files) == 0 && r.Shipped {
		return &schema.Configuration{Dir: e.o.Dir}, nil
	}
	l, ds := e.loadJudged(ctx)
	return l.cfg, ds
}
