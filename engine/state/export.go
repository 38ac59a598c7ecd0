package state

import (
	"context"
	"fmt"
)

// Export writes the state as it is at one moment into a new database at path,
// without what SQLite keeps beside it. The file must not be there yet.
func (s *State) Export(ctx context.Context, path string) error {
	if _, err := s.reader.ExecContext(ctx, execExport, path); err != nil {
		return explain(fmt.Errorf("export the state: %w", err), s.path)
	}
	return nil
}

const execExport = `VACUUM INTO ?`
