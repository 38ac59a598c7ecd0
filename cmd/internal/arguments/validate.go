package arguments

import "flag"

// Validate are the arguments of validate.
type Validate struct {
	Formatted
	Config Config
}

var validateSpec = Spec{
	Name:    "validate",
	Summary: "check the configuration and what policies say to its intent",
	Text: `
Reads the configuration, checks types and references, and asks the policies
about what it intends. It touches no network, no source and no destination.

With -json one document is printed: valid, findings, controls and diagnostics.`,
	Exits: []Exit{exitFailure, exitDenied},
	New:   func() Command { return &Validate{} },
}

func (a *Validate) define(f *flag.FlagSet) {
	a.Config.define(f)
	a.defineFormat(f)
}

func (a *Validate) accept(operands []string) error { return noOperands(operands) }
