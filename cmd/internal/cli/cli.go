// Package cli runs the program's commands: one file each, which turns checked
// arguments into one request to the engine and hands the answer to a view.
//
// In go the command line and the world around it as values; out comes an exit
// code. The package never opens a configuration, a state, a plan or a
// destination itself, never formats an answer, and never ends the process:
// that is left to main.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

// World is what surrounds a run of the program.
type World struct {
	Args    []string // after the program's name
	Env     func(name string) (value string, ok bool)
	Stdin   io.Reader
	Stdout  view.Stream
	Stderr  view.Stream
	Signals <-chan os.Signal // requests to stop
	Chdir   func(dir string) error
	Kill    func(code int) // ends the process at once, for a third signal
	Version string
	User    string
	Host    string
	Open    func(engine.Options) Engine
}

// Engine is everything that commands ask of the engine; each command's file
// declares its own part.
type Engine interface {
	clocked
	initializer
	validator
	planner
	shower
	applier
	checker
	reviewer
	coster
	verifier
	restorer
	driller
	stateReader
	stateMender
	auditor
	formatter
	adopter
	policyReader
	policyTester
	policyDiffer
}

// Run runs one command and returns the exit code. A panic on the way becomes a
// short message and 1.
func Run(w *World) (exit int) {
	defer func() {
		if p := recover(); p != nil {
			exit = w.crashed(p)
		}
	}()
	inv, err := arguments.Parse(w.Args)
	var usage *arguments.UsageError
	if errors.As(err, &usage) {
		w.say("backstay: %s\n\n%s", usage.Message, arguments.Usage(usage.Spec))
		return exitUsage
	}
	if engine.TestClock() {
		w.say("backstay: built with the tag testclock: the clock is BACKSTAY_NOW; never use this build on real data.\n")
	}
	c := newCall(w, inv)
	if inv.Help {
		_, err := io.WriteString(c.out, arguments.HelpFor(inv.Spec))
		return c.written(err, exitDone)
	}
	if inv.Chdir != "" {
		if err := w.Chdir(inv.Chdir); err != nil {
			c.fail(diag.List{badFolder(err)})
			return exitFailure
		}
	}
	if inv.Version {
		return c.version()
	}
	return c.dispatch(inv.Command)
}

func badFolder(err error) diag.Diagnostic {
	return diag.Diagnostic{
		Severity: diag.Error, Code: "no_folder", Summary: "Folder cannot be entered",
		Detail: fmt.Sprintf("The folder given with -chdir cannot be entered: %v.", err),
	}
}

// dispatch finds the command's file.
func (c *call) dispatch(cmd arguments.Command) int {
	switch a := cmd.(type) {
	case *arguments.Init:
		return c.init(a)
	case *arguments.Format:
		return c.format(a)
	case *arguments.Validate:
		return c.validate(a)
	case *arguments.Plan:
		return c.plan(a)
	case *arguments.Show:
		return c.show(a)
	case *arguments.Apply:
		return c.apply(a)
	case *arguments.Check:
		return c.check(a)
	case *arguments.Review:
		return c.review(a)
	case *arguments.Cost:
		return c.cost(a)
	case *arguments.Verify:
		return c.verify(a)
	case *arguments.Restore:
		return c.restore(a)
	case *arguments.Drill:
		return c.drill(a)
	case *arguments.StateList:
		return c.stateList(a)
	case *arguments.StateShow:
		return c.stateShow(a)
	case *arguments.StatePull:
		return c.statePull(a)
	case *arguments.StateRebuild:
		return c.stateRebuild(a)
	case *arguments.StateUnlock:
		return c.stateUnlock(a)
	case *arguments.DestinationAdopt:
		return c.destinationAdopt(a)
	case *arguments.PolicyList:
		return c.policyList(a)
	case *arguments.PolicyExplain:
		return c.policyExplain(a)
	case *arguments.PolicyTest:
		return c.policyTest(a)
	case *arguments.PolicyDiff:
		return c.policyDiff(a)
	case *arguments.AuditVerify:
		return c.auditVerify(a)
	case *arguments.Version:
		return c.version()
	}
	panic(fmt.Sprintf("command %T has no file: this is a bug in package cli", cmd))
}

// say writes to the error stream, the last resort: there is nobody left to tell
// that it is broken.
func (w *World) say(format string, args ...any) {
	_, _ = fmt.Fprintf(w.Stderr.W, format, args...)
}

// crashed says what a person can do about a panic. The stack goes to the log.
func (w *World) crashed(p any) int {
	w.say("backstay: internal error: %v\nThis is a bug in Backstay. Nothing that was recorded is lost; the next run carries on.\n", p)
	if level, _ := w.Env("BACKSTAY_LOG"); level == "debug" || level == "trace" {
		w.say("%s", debug.Stack())
	} else {
		w.say("Run it again with BACKSTAY_LOG=debug to see where it happened.\n")
	}
	return exitFailure
}

// call is one run of one command.
type call struct {
	w   *World
	inv *arguments.Invocation
	out *view.Output
	int *interrupts
}

func newCall(w *World, inv *arguments.Invocation) *call {
	out := &view.Output{Out: w.Stdout, Err: w.Stderr, JSON: inv.JSON}
	if inv.NoColor {
		out.Out.Color, out.Err.Color = false, false
	}
	return &call{w: w, inv: inv, out: out}
}

// fail shows diagnostics that belong to no result.
func (c *call) fail(ds diag.List) {
	_ = c.out.Diagnostics(ds) // the error stream is the last resort
}

// run makes a context that signals end, and waits for the watcher afterwards.
func (c *call) run(command func(ctx context.Context) int) int {
	c.int = watch(c.w.Signals, c.out, c.w.Kill)
	defer c.int.stop()
	return command(c.int.ctx)
}
