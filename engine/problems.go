package engine

import (
	"errors"
	"fmt"

	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema/diag"
)

// problem makes a diagnostic of an error that ended an operation: the one that
// it carries, one that names the cause as far as it is known, or at the least a
// sentence with what to do next.
func problem(err error, code, summary, next string) diag.Diagnostic {
	var f *diag.Failure
	if errors.As(err, &f) {
		return f.Diagnostic
	}
	d := diag.Diagnostic{Severity: diag.Error, Code: code, Summary: summary}
	switch {
	case errors.Is(err, catalogue.ErrDamaged):
		d.Code, d.Summary = "catalogue_damaged", "Catalogue is damaged"
		d.Detail = fmt.Sprintf("A file of the destination's catalogue is not what was written: %v. The copies themselves are not touched by this. Verify the destination; another destination's catalogue, or an older copy of this one, can stand in for it.", err)
	case errors.Is(err, state.ErrFenced):
		d.Code, d.Summary = "lease_lost", "Lease was taken over"
		d.Detail = fmt.Sprintf("Another run took the lease on the state while this one stood still (%v), so it stopped before it could do harm. What it did is recorded; run the command again once the other has ended.", err)
	case errors.Is(err, storage.ErrPermission):
		d.Detail = fmt.Sprintf("This user may not do what is needed: %v. Give the right, or run as a user who has it. %s", err, next)
	case errors.Is(err, storage.ErrNoSpace):
		d.Detail = fmt.Sprintf("There is no space left: %v. Free some. %s", err, next)
	default:
		d.Detail = fmt.Sprintf("It ended with: %v. %s", err, next)
	}
	return d
}

// What to do next, for operations that may simply be run again.
const (
	runAgain   = "Nothing is half done: what was finished is recorded. Mend the cause and run the command again."
	readAgain  = "Nothing was changed. Mend the cause and run the command again."
	stateAgain = "If the state itself is damaged, \"backstay state rebuild\" restores it from a destination."
)
