package arguments

import (
	"flag"
	"fmt"
)

// DestinationAdopt are the arguments of destination adopt.
type DestinationAdopt struct {
	Config      Config
	Destination string
}

var destinationAdoptSpec = Spec{
	Name:     "destination adopt",
	Operands: "DESTINATION",
	Summary:  "take over a destination that another state wrote to",
	Text: `
Makes this state go on with a destination, by its address or name, that names
another lineage or is ahead of it: all that its catalogue records is folded into
the state. Nothing at the destination changes.`,
	Exits: []Exit{exitFailure, exitLocked},
	New:   func() Command { return &DestinationAdopt{} },
}

func (a *DestinationAdopt) define(f *flag.FlagSet) { a.Config.define(f) }

func (a *DestinationAdopt) accept(operands []string) (err error) {
	if a.Destination, err = oneOperand(operands, "a destination"); err != nil {
		return fmt.Errorf("%w, such as destination.filesystem.vault", err)
	}
	return nil
}
