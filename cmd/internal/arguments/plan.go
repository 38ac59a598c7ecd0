package arguments

import (
	"flag"

	"github.com/backstay/backstay/engine"
)

// Plan are the arguments of plan.
type Plan struct {
	Formatted
	Config           Config
	Request          engine.PlanRequest
	DetailedExitCode bool
}

var planSpec = Spec{
	Name:    "plan",
	Summary: "compare the configuration with what exists and list the changes",
	Text: `
Takes an inventory of every source, compares it with what is recorded and with
the destinations, asks the policies, and shows what apply would do. Nothing is
changed.

With -out the plan is kept in a file, which "backstay apply FILE" carries out as
it is, or refuses. With -json one document is printed with every change.`,
	Exits: []Exit{
		exitFailure,
		{2, "changes are proposed (only with -detailed-exitcode)"},
		exitDenied, exitLocked,
	},
	New: func() Command { return &Plan{} },
}

func (a *Plan) define(f *flag.FlagSet) {
	a.Config.define(f)
	a.defineFormat(f)
	planning(f, &a.Request)
	allowing(f, &a.Request.Allow)
	f.StringVar(&a.Request.Out, "out", "", "write the plan to `FILE`")
	f.BoolVar(&a.DetailedExitCode, "detailed-exitcode", false, "exit with 2 if there are changes")
}

func (a *Plan) accept(operands []string) error { return noOperands(operands) }
