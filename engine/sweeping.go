package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/state"
)

// staleAfter is how old a temporary plan must be before it is swept: a plan that
// is being shown may be that old, and another process may be showing it.
const staleAfter = 48 * time.Hour

// sweepPlans removes what killed processes left beside the state: temporary
// plans, and plans kept for runs that can no longer be resumed. The caller holds
// the lease.
func (w *writer) sweepPlans(open *state.Run) error {
	dir := stateFolder(statePath(w.l.cfg))
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range entries {
		name := entry.Name()
		run, kept := strings.CutPrefix(name, "run-")
		run, isPlan := strings.CutSuffix(run, ".plan")
		switch {
		case kept && isPlan && (open == nil || run != open.ID):
		case strings.HasPrefix(name, "plan-") && strings.HasSuffix(name, ".tmp") && w.isStale(entry):
		default:
			continue
		}
		errs = append(errs, removeIfThere(filepath.Join(dir, name)))
	}
	return errors.Join(errs...)
}

func (w *writer) isStale(entry os.DirEntry) bool {
	info, err := entry.Info()
	return err == nil && w.e.clock.Now().Sub(info.ModTime()) > staleAfter
}
