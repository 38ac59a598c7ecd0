package arguments

import "flag"

// Show are the arguments of show.
type Show struct {
	Config Config
	File   string
}

var showSpec = Spec{
	Name:     "show",
	Operands: "FILE",
	Summary:  "show a plan that was written with plan -out",
	Text: `
Shows the plan in FILE as plan showed it. The findings in it are those of the
time when it was made; apply asks the policies again.

With -json one document is printed with every change.`,
	Exits: []Exit{exitFailure, {3, "the plan was denied by a policy or stopped by a brake"}},
	New:   func() Command { return &Show{} },
}

func (a *Show) define(f *flag.FlagSet) { a.Config.define(f) }

func (a *Show) accept(operands []string) (err error) {
	a.File, err = oneOperand(operands, "a plan file")
	return err
}
