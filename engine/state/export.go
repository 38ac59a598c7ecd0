package state

import (
	"context"
	"errors"
	"fmt"
)

// Export writes the state as it is at one moment into a new database at path,
// without what SQLite keeps beside it. The file must not be there yet.
func (s *State) Export(ctx context.Context, path string) (err error) {
	// Readers may only ask, and this writes, though another file. A connection of
	// its own is opened for it, and only this statement goes over it.
	db := openSQL(s.path, false)
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, execExport, path); err != nil {
		return explain(fmt.Errorf("export the state: %w", err), s.path)
	}
	return nil
}
