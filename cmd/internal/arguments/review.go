package arguments

import (
	"errors"
	"flag"

	"github.com/backstay/backstay/engine"
)

// Review are the arguments of review.
type Review struct {
	Formatted
	Config  Config
	Request engine.ReviewRequest
}

var reviewSpec = Spec{
	Name:    "review",
	Summary: "say what a change of configuration or policies weakens",
	Text: `
Compares the configuration with the one of a base by meaning: scopes, copies,
retention, locks, holds, waivers, brakes, and the policies that judge them. It
reads no source and no destination, so it needs no credentials.

The base is a folder, or a commit of git: a branch, a tag or a digest. A folder
of that name wins; write refs/heads/NAME to be exact. What nobody can order by
its meaning, such as a rewritten rule of Rego, counts as weakened.

With -state, the file that "backstay state pull" writes, it tells which recorded
objects lose protection, and which copies can be removed earlier and when.
Without it these figures are unknown, never zero.

With -json one document is printed: weakened, changes, findings, controls and
diagnostics.`,
	Exits: []Exit{
		{0, "nothing is weakened"},
		{1, "failure: one of the two configurations has errors, or cannot be read"},
		{3, "something is weakened, or may be"},
	},
	New: func() Command { return &Review{} },
}

func (a *Review) define(f *flag.FlagSet) {
	a.Config.define(f)
	a.defineFormat(f)
	f.StringVar(&a.Request.Base, "base", "", "compare with `REF`, a folder or a commit of git (required)")
	f.StringVar(&a.Request.Set, "base-policy-set", "", "the organisation's own controls were those of `PATH` in the base, or none (default: as with -policy-set)")
	f.StringVar(&a.Request.State, "state", "", "count what is recorded in `FILE`, written by state pull")
}

func (a *Review) accept(operands []string) error {
	if a.Request.Base == "" {
		return errors.New("it needs -base, the folder or commit to compare with")
	}
	return noOperands(operands)
}
