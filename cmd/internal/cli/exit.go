package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

// The exit codes that no outcome stands for.
const (
	exitDone    = 0
	exitFailure = 1
	exitUsage   = 64
)

// ranked are the outcomes in the order in which they win when an operation had
// several, with the exit code of each. This table is the one place where the
// program's exit codes are made.
var ranked = []struct {
	outcome engine.Outcome
	code    int
}{
	{engine.Interrupted, 130},
	{engine.Failed, 1},
	{engine.Locked, 5},
	{engine.Stale, 4},
	{engine.Denied, 3},
	{engine.Partial, 6},
	{engine.Declined, 7},
	{engine.Changes, 2},
	{engine.Done, 0},
}

// overall is the outcome that wins. Diagnostics with errors mean failure,
// unless an outcome already says more exactly why the operation did not do what
// was asked (a stale plan is an error and exits 4).
func overall(ds diag.List, outcomes ...engine.Outcome) engine.Outcome {
	best := engine.Done
	for _, o := range outcomes {
		if rank(o) < rank(best) {
			best = o
		}
	}
	if ds.HasErrors() && (best == engine.Done || best == engine.Changes) {
		return engine.Failed
	}
	return best
}

// rank of an outcome that is not in the table is that of failure: what is not
// understood is not a success.
func rank(o engine.Outcome) int {
	for i, r := range ranked {
		if r.outcome == o {
			return i
		}
	}
	return rank(engine.Failed)
}

// code is the exit code of an outcome.
func code(o engine.Outcome) int { return ranked[rank(o)].code }

// finish shows diagnostics in their text form and makes the exit code. err is
// what went wrong while the answer was written: an answer that did not reach
// its reader is a failure, except after an interruption.
func (c *call) finish(o engine.Outcome, ds diag.List, err error) int {
	if c.int != nil && c.int.cancelled() {
		ds = slices.DeleteFunc(slices.Clone(ds), echoes)
	}
	_ = c.out.Diagnostics(ds) // the error stream is the last resort
	return c.written(err, code(o))
}

// echoes tells whether a diagnostic only repeats that the operation was
// interrupted, which the user, who did it, was told already.
func echoes(d diag.Diagnostic) bool {
	return strings.HasSuffix(d.Detail, errInterrupted{}.Error()) || strings.HasSuffix(d.Detail, context.Canceled.Error())
}

// written makes the exit code where the answer may not have reached its reader.
// A reader that left, as head does, needs no message.
func (c *call) written(err error, exit int) int {
	if err == nil || exit == code(engine.Interrupted) {
		return exit
	}
	if errors.Is(err, syscall.EPIPE) {
		return exitFailure
	}
	c.fail(diag.List{{
		Severity: diag.Error, Code: "output_failed", Summary: "Output could not be written",
		Detail: fmt.Sprintf("The answer did not reach standard output whole: %v. What was printed is not the whole answer.", err),
	}})
	return exitFailure
}

// settle adds to outcomes what only the caller of the engine knows: that a
// signal ended the operation.
func (c *call) settle(ds diag.List, outcomes ...engine.Outcome) engine.Outcome {
	if c.int != nil && c.int.cancelled() {
		outcomes = append(outcomes, engine.Interrupted)
	}
	return overall(ds, outcomes...)
}
