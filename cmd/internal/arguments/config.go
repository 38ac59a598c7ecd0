package arguments

import (
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/lang"
)

// Config is what a command needs that reads a configuration.
type Config struct {
	Vars      []lang.VarAssignment
	VarFiles  []string
	PolicySet string // "" takes BACKSTAY_POLICY_SET
}

func (c *Config) define(f *flag.FlagSet) {
	f.Var(&assignments{&c.Vars}, "var", "set a variable, `NAME=VALUE`; may be repeated, the last one wins")
	f.Var(&list{to: &c.VarFiles}, "var-file", "read variables from `FILE`; may be repeated")
	f.StringVar(&c.PolicySet, "policy-set", "", "add the organisation's own controls from `PATH`, a folder or bundle (default $BACKSTAY_POLICY_SET)")
}

// brakes are the names that -allow knows.
var brakes = []string{"retire", "source_loss", "source_change", "destination", "clock", "lock"}

// planning binds the flags that shape a plan.
func planning(f *flag.FlagSet, r *engine.PlanRequest) {
	f.Var(&list{&r.Targets, engine.CheckTarget}, "target", "only objects whose path, or whose change's address, matches `GLOB`; may be repeated")
	f.Var(&list{&r.Excludes, engine.CheckTarget}, "exclude", "leave objects out that match `GLOB`; may be repeated")
	f.Var(&instant{&r.AsOf}, "as-of", "plan as if it were `TIME` (RFC 3339)")
	r.Refresh = "quick"
	f.Var(&choice{&r.Refresh, []string{"none", "quick", "deep"}}, "refresh", "ask destinations in `MODE` none, quick (their catalogue's head) or deep (list them, and all of every source)")
	f.BoolVar(&r.Checksum, "checksum", false, "digest every source object instead of comparing size and times")
}

// allowing binds -allow.
func allowing(f *flag.FlagSet, to *[]string) {
	f.Var(&choices{to, brakes}, "allow", "let the brake `NAME` pass and record it ("+strings.Join(brakes, ", ")+"); may be repeated")
}

func parallelism(f *flag.FlagSet, to *int) {
	f.Var(&count{to, 1}, "parallelism", "work on `N` objects at a time for each destination")
}

// noOperands refuses operands where a command takes none.
func noOperands(operands []string) error {
	if len(operands) == 0 {
		return nil
	}
	return fmt.Errorf("it takes no operand, but %q was given", operands[0])
}

// oneOperand wants exactly one operand, named what.
func oneOperand(operands []string, what string) (string, error) {
	switch {
	case len(operands) == 0 || operands[0] == "":
		return "", errors.New("it needs " + what)
	case len(operands) > 1:
		return "", fmt.Errorf("it takes %s and nothing more, but %q was given", what, operands[1])
	}
	return operands[0], nil
}
