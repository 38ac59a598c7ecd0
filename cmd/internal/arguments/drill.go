package arguments

import (
	"flag"

	"github.com/backstay/backstay/engine"
)

// Drill are the arguments of drill.
type Drill struct {
	Config  Config
	Request engine.DrillRequest
}

var drillSpec = Spec{
	Name:    "drill",
	Summary: "run a restore test and record it as evidence",
	Text: `
Restores a sample of each backup plan's objects to a scratch folder, runs the
command of its restore_test block there, and records the outcome as evidence.
What is archived is brought back for it, and archived again.

With -json, one JSON object a line is printed, the last with "complete": true.`,
	Exits: []Exit{{1, "failure, or a restore test did not pass"}, exitLocked},
	New:   func() Command { return &Drill{} },
}

func (a *Drill) define(f *flag.FlagSet) {
	a.Config.define(f)
	f.StringVar(&a.Request.Backup, "backup", "", "only `BACKUP` (address or name)")
	f.Var(&count{&a.Request.Sample, 1}, "sample", "restore `N` objects instead of the configured number")
	f.StringVar(&a.Request.Rate, "rate", "", "bring archived copies back at `RATE`, as the system names it")
}

func (a *Drill) accept(operands []string) error { return noOperands(operands) }
