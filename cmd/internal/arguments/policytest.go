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
checked first, as for a plan.

With -boundaries it shows, for every condition of every rule, the nearest two
values between which the rule falls silent, judged by the rule itself. Rules
that can never hold, and rules that could be lost without a test failing, are
gaps: each is switched off in turn and the tests run without it.`,
	Exits: []Exit{{1, "failure, a test did not pass, or -boundaries found a gap"}},
	New:   func() Command { return &PolicyTest{} },
}

func (a *PolicyTest) define(f *flag.FlagSet) {
	a.Config.define(f)
	f.BoolVar(&a.Request.Boundaries, "boundaries", false, "show where rules change their answer, and which rules no test would miss")
	f.BoolVar(&a.Request.Shipped, "shipped", false, "test the library as well")
}

func (a *PolicyTest) accept(operands []string) error { return noOperands(operands) }
