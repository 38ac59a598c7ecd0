package arguments

import (
	"errors"
	"flag"

	"github.com/backstay/backstay/engine"
)

// PolicyDiff are the arguments of policy diff.
type PolicyDiff struct {
	Config  Config
	Request engine.PolicyDiffRequest
}

var policyDiffSpec = Spec{
	Name:    "policy diff",
	Summary: "say what a change of policies lets pass that was denied",
	Text: `
Compares two policy sets by what they decide, over the configuration as it is
here. What the new set lets pass is shown with a change that was denied and now
passes, which both sets have judged. Controls, severities, parameters and
waivers are compared as well, each in the direction that protects.

The base is a folder, or a commit of git. Its verdict is "equal", "tightens
only", "weakens" or "not comparable": a rule that cannot be compared exactly
counts as weakened. An organisation's own controls lie outside the
configuration: -base-policy-set names the set that held in the base.

With -json one document is printed: verdict, weakened, changes, rules and
diagnostics.`,
	Exits: []Exit{
		{0, "equal, or tightens only"},
		{1, "failure: one of the two configurations has errors, or cannot be read"},
		{3, "something passes that was denied, or may pass"},
	},
	New: func() Command { return &PolicyDiff{} },
}

func (a *PolicyDiff) define(f *flag.FlagSet) {
	a.Config.define(f)
	f.StringVar(&a.Request.Base, "base", "", "compare with `REF`, a folder or a commit of git (required)")
	f.StringVar(&a.Request.Set, "base-policy-set", "", "the organisation's own controls were those of `PATH` in the base, or none (default: as with -policy-set)")
}

func (a *PolicyDiff) accept(operands []string) error {
	if a.Request.Base == "" {
		return errors.New("it needs -base, the folder or commit to compare with")
	}
	return noOperands(operands)
}
