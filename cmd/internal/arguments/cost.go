package arguments

import (
	"errors"
	"flag"
	"fmt"

	"github.com/backstay/backstay/engine"
)

// Cost are the arguments of cost.
type Cost struct {
	Config  Config
	Request engine.CostRequest
}

var costSpec = Spec{
	Name:     "cost",
	Operands: "[FILE]",
	Summary:  "forecast what copies cost a month, once, and by when",
	Text: `
Says what is stored a month today, by destination, storage class and backup
plan; what the plan in FILE, or one made now, would make of that and what it
would cost once; and what it would cost if copies left a class with a minimum
stay today, on the first of each month to come, and from when on nothing.

Prices are the providers' list prices, each with the date on which it was read,
and before them those of the configuration's prices blocks. Local disks cost
nothing unless a prices block says what; the platform's prices are the
customer's contract, and unknown until one does. A price that is missing is
named, and never taken for nothing.

With -json one document is printed: cost, storage, exposure, prices and
diagnostics.`,
	Exits: []Exit{exitFailure, exitLocked},
	New:   func() Command { return &Cost{} },
}

func (a *Cost) define(f *flag.FlagSet) { a.Config.define(f) }

func (a *Cost) accept(operands []string) error {
	switch {
	case len(operands) > 1:
		return fmt.Errorf("it takes one plan file and nothing more, but %q was given", operands[1])
	case len(operands) == 1 && operands[0] == "":
		return errors.New("the name of the plan file is empty")
	case len(operands) == 1:
		a.Request.File = operands[0]
	}
	return nil
}
