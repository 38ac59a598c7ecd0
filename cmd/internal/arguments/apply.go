package arguments

import (
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/backstay/backstay/engine"
)

// Apply are the arguments of apply.
type Apply struct {
	Config      Config
	Request     engine.ApplyRequest
	AutoApprove bool
	allow       []string
}

var applySpec = Spec{
	Name:     "apply",
	Operands: "[FILE]",
	Summary:  "carry out a plan",
	Text: `
Carries out the plan in FILE as it was reviewed, without a question, or refuses
and says what moved. Without FILE it makes a plan, shows it and asks; only "yes"
goes on.

The first Ctrl-C finishes the batches under way and stops; the second one stops
at once. Either way nothing is lost, and the command that carries on is printed.

With -json, one JSON object a line is printed, the last with "complete": true.`,
	Exits: []Exit{
		{1, "failure: the configuration has errors, or some change could not be carried out"},
		exitDenied,
		{4, "the plan is stale: state, configuration or policies moved, or it is too old"},
		exitLocked,
		{6, "applied in part: something was skipped or held back"},
		{7, "declined at the prompt"},
	},
	New: func() Command { return &Apply{} },
}

func (a *Apply) define(f *flag.FlagSet) {
	a.Config.define(f)
	planning(f, &a.Request.Plan)
	allowing(f, &a.allow)
	parallelism(f, &a.Request.Parallelism)
	f.BoolVar(&a.AutoApprove, "auto-approve", false, "do not ask")
	f.StringVar(&a.Request.ApproveDigest, "approve-digest", "", "refuse any plan but the one with `DIGEST`, and do not ask")
	f.BoolVar(&a.Request.Partial, "partial", false, "carry out what policies do not deny, removals excepted")
	f.BoolVar(&a.Request.Resume, "resume", false, "carry on the plan of an interrupted apply")
}

func (a *Apply) accept(operands []string) error {
	a.Request.Allow, a.Request.Plan.Allow = a.allow, a.allow
	if len(operands) > 1 {
		return fmt.Errorf("it takes one plan file, but %q was given too", operands[1])
	}
	if len(operands) == 1 {
		a.Request.File = operands[0]
		if a.Request.File == "" {
			return errors.New("the plan file's name is empty")
		}
	}
	given := shaping(&a.Request.Plan)
	switch {
	case len(given) > 0 && a.Request.File != "":
		return fmt.Errorf("%s shapes a new plan, but %s is one already: give it to \"backstay plan\"", strings.Join(given, ", "), a.Request.File)
	case len(given) > 0 && a.Request.Resume:
		return fmt.Errorf("%s shapes a new plan, but -resume carries on the old one", strings.Join(given, ", "))
	}
	return nil
}

// Asks tells whether the plan is shown and "yes" must be answered.
func (a *Apply) Asks() bool {
	return a.Request.File == "" && !a.Request.Resume && !a.AutoApprove && a.Request.ApproveDigest == ""
}

// shaping names the flags that were given and shape a plan.
func shaping(r *engine.PlanRequest) []string {
	var flags []string
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"-target", len(r.Targets) > 0},
		{"-exclude", len(r.Excludes) > 0},
		{"-as-of", !r.AsOf.IsZero()},
		{"-refresh", r.Refresh != "quick"},
		{"-checksum", r.Checksum},
	} {
		if f.given {
			flags = append(flags, f.name)
		}
	}
	return flags
}
