package arguments

import (
	"flag"

	"github.com/backstay/backstay/engine"
)

// Init are the arguments of init.
type Init struct {
	Request engine.InitRequest
}

var initSpec = Spec{
	Name:    "init",
	Summary: "write a commented starter configuration and create the state",
	Text: `
Writes a starter configuration with comments into the working folder, for a
kind of source, and creates the state. Files that exist are left alone.`,
	Exits: []Exit{exitFailure},
	New:   func() Command { return &Init{Request: engine.InitRequest{From: "filesystem"}} },
}

func (a *Init) define(f *flag.FlagSet) {
	f.Var(&choice{&a.Request.From, []string{"filesystem", "dnanexus", "s3"}}, "from", "start from a source of `KIND`: filesystem, dnanexus or s3")
}

func (a *Init) accept(operands []string) error { return noOperands(operands) }
