package arguments

import (
	"flag"

	"github.com/backstay/backstay/engine"
)

// PolicyTest are the arguments of policy test.
type PolicyTest struct {
	Config  Config
	Request engine.PolicyTestRequest
}

var policyTestSpec = Spec{
	Name:    "policy test",
	Summary: "run the Rego tests of policies",
	Text: `
Runs the tests of the policies that the configuration and the organisation's
set bring: the rules test_* in files *_test.rego. The policies are compiled and
checked first, as for a plan.`,
	Exits: []Exit{{1, "failure, or a test did not pass"}},
	New:   func() Command { return &PolicyTest{} },
}

func (a *PolicyTest) define(f *flag.FlagSet) {
	a.Config.define(f)
	f.BoolVar(&a.Request.Shipped, "shipped", false, "test the library as well")
}

func (a *PolicyTest) accept(operands []string) error { return noOperands(operands) }
