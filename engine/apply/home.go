package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// home brings a copy back that is missing under its key and lies elsewhere at
// its destination, where the store knows objects by their ids. It tells whether
// the copy is there again; it still has to be read. One whose key something else
// has taken meanwhile is left where it is, and counts as missing.
func (w *work) home(ctx context.Context, row *record.Copy, why plan.Reason) (bool, error) {
	driver, ok := storage.Ability[storage.Homing](w.s.Driver)
	if !ok || row == nil || row.ID == "" || row.Key == "" || why != plan.CopyMissing {
		return false, nil
	}
	if err := w.s.r.Journal.Fenced(ctx); err != nil {
		return false, inJournal("look at the lease before a copy is moved back", err)
	}
	err := driver.Home(ctx, object(row))
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, storage.ErrNotExist) || errors.Is(err, storage.ErrExists):
		return false, nil
	}
	return false, fmt.Errorf("bring %q back: %w", row.Key, err)
}
