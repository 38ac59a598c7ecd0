package arguments

import "flag"

// PolicyList are the arguments of policy list.
type PolicyList struct {
	Config Config
}

var policyListSpec = Spec{
	Name:    "policy list",
	Summary: "list the controls, those in force here first",
	Text: `
Lists every control: those that the configuration, the always-on guard and the
organisation's set ask for, then the others of the library. Without a
configuration it lists the library.`,
	Exits: []Exit{exitFailure},
	New:   func() Command { return &PolicyList{} },
}

func (a *PolicyList) define(f *flag.FlagSet) { a.Config.define(f) }

func (a *PolicyList) accept(operands []string) error { return noOperands(operands) }

// PolicyExplain are the arguments of policy explain.
type PolicyExplain struct {
	Config  Config
	Control string
}

var policyExplainSpec = Spec{
	Name:     "policy explain",
	Operands: "CONTROL",
	Summary:  "explain one control",
	Text: `
Says what a control asks and why, its clauses, phases, severity and parameters,
and where they come from.`,
	Exits: []Exit{exitFailure},
	New:   func() Command { return &PolicyExplain{} },
}

func (a *PolicyExplain) define(f *flag.FlagSet) { a.Config.define(f) }

func (a *PolicyExplain) accept(operands []string) (err error) {
	a.Control, err = oneOperand(operands, "a control's id")
	return err
}
