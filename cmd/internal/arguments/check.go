package arguments

import "flag"

// Check are the arguments of check.
type Check struct {
	Formatted
	Config Config
}

var checkSpec = Spec{
	Name:    "check",
	Summary: "ask whether it is true today: coverage, age, proof",
	Text: `
Asks the policies about what is recorded and proved: coverage, age of copies,
verified digests, holds, restore tests. Nothing is changed.

With -json one document is printed: valid, findings, controls, coverage and
diagnostics.`,
	Exits: []Exit{exitFailure, exitDenied, exitLocked},
	New:   func() Command { return &Check{} },
}

func (a *Check) define(f *flag.FlagSet) {
	a.Config.define(f)
	a.defineFormat(f)
}

func (a *Check) accept(operands []string) error { return noOperands(operands) }
