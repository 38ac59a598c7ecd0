package arguments

import (
	"flag"
	"strings"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/record"
)

// StateList are the arguments of state list.
type StateList struct {
	Config  Config
	Request engine.StateListRequest
}

var stateListSpec = Spec{
	Name:    "state list",
	Summary: "list the recorded copies",
	Text: `
Lists the copies that the state records, one a line: source, path, destination,
version, status, size and end of term. With -json one document is printed.`,
	Exits: []Exit{exitFailure},
	New:   func() Command { return &StateList{} },
}

var statuses = []string{
	string(record.Written), string(record.Verified), string(record.Damaged), string(record.Missing),
	string(record.Retired), string(record.Entry),
}

func (a *StateList) define(f *flag.FlagSet) {
	a.Config.define(f)
	r := &a.Request
	f.StringVar(&r.Source, "source", "", "only objects of `SOURCE` (address or name)")
	f.StringVar(&r.Destination, "destination", "", "only copies at `DESTINATION` (address or name)")
	f.Var(&pattern{&r.Path}, "path", "only objects whose path matches `GLOB`")
	f.Var(&choice{&r.Status, statuses}, "status", "only copies with `STATUS`: "+strings.Join(statuses, ", "))
}

func (a *StateList) accept(operands []string) error { return noOperands(operands) }

// StateShow are the arguments of state show.
type StateShow struct {
	Config Config
}

var stateShowSpec = Spec{
	Name:    "state show",
	Summary: "show the head of the state: lineage, serial, totals, holds",
	Text: `
Shows what the state knows of itself: where it lies, its lineage and serial, how
many copies it records, the holds, the catalogue heads, and who holds its lease.`,
	Exits: []Exit{exitFailure},
	New:   func() Command { return &StateShow{} },
}

func (a *StateShow) define(f *flag.FlagSet) { a.Config.define(f) }

func (a *StateShow) accept(operands []string) error { return noOperands(operands) }

// StatePull are the arguments of state pull.
type StatePull struct {
	Config Config
}

var statePullSpec = Spec{
	Name:    "state pull",
	Summary: "print a copy of the state, for review elsewhere",
	Text: `
Writes the state, whole and as of one moment, to standard output as one database
file. Nothing is written to a terminal.`,
	Exits: []Exit{exitFailure},
	New:   func() Command { return &StatePull{} },
}

func (a *StatePull) define(f *flag.FlagSet) { a.Config.define(f) }

func (a *StatePull) accept(operands []string) error { return noOperands(operands) }

// StateRebuild are the arguments of state rebuild.
type StateRebuild struct {
	Config Config
}

var stateRebuildSpec = Spec{
	Name:    "state rebuild",
	Summary: "restore a lost or outdated state from the destinations' catalogues",
	Text: `
Reads the catalogue of every destination, verifies its chain of digests, and
makes the state from it: copies, terms and holds. A state that is there is kept
beside the new one. Objects that no catalogue names are adopted. Where a catalogue
is damaged and another one is whole, what is left of it is used, the damaged files
are named, and the exit code is 6.`,
	Exits: []Exit{exitFailure, exitLocked, {6, "done in part: a catalogue is damaged"}},
	New:   func() Command { return &StateRebuild{} },
}

func (a *StateRebuild) define(f *flag.FlagSet) { a.Config.define(f) }

func (a *StateRebuild) accept(operands []string) error { return noOperands(operands) }

// StateUnlock are the arguments of state unlock.
type StateUnlock struct {
	Config Config
	Force  bool
}

var stateUnlockSpec = Spec{
	Name:    "state unlock",
	Summary: "end the lease of a holder that is gone",
	Text: `
Says who holds the state's lease, asks, and ends it. A holder that is dead on the
same machine needs no unlock: the next run takes over by itself. A holder that
still runs is shut out: it stops before its next commit.`,
	Exits: []Exit{exitFailure, {7, "declined at the prompt"}},
	New:   func() Command { return &StateUnlock{} },
}

func (a *StateUnlock) define(f *flag.FlagSet) {
	a.Config.define(f)
	f.BoolVar(&a.Force, "force", false, "do not ask")
}

func (a *StateUnlock) accept(operands []string) error { return noOperands(operands) }
