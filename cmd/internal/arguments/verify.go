package arguments

import (
	"flag"

	"github.com/backstay/backstay/engine"
)

// Verify are the arguments of verify.
type Verify struct {
	Config  Config
	Request engine.VerifyRequest
}

var verifySpec = Spec{
	Name:    "verify",
	Summary: "read copies again and compare their digests",
	Text: `
Reads copies back from their destinations and compares their digests with what
was recorded. What is damaged or missing is named and recorded, and the next
plan says "recopy" for it.

With -json, one JSON object a line is printed, the last with "complete": true.`,
	Exits: []Exit{
		{1, "failure, or a copy is damaged or missing"},
		exitLocked,
	},
	New: func() Command { return &Verify{} },
}

func (a *Verify) define(f *flag.FlagSet) {
	a.Config.define(f)
	f.Var(&list{to: &a.Request.Destinations}, "destination", "only copies at `DESTINATION` (address or name); may be repeated")
	f.Var(&pattern{&a.Request.Path}, "path", "only objects whose path matches `GLOB`")
	f.Var(&count{&a.Request.Sample, 1}, "sample", "only `N` copies")
	parallelism(f, &a.Request.Parallelism)
}

func (a *Verify) accept(operands []string) error { return noOperands(operands) }
