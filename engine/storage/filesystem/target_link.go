package filesystem

import (
	"context"

	"github.com/backstay/backstay/engine/storage"
)

// LinkTarget reads where a link points that lies at path already, so that a
// restore that is run again knows its own. What is no link is an error.
func (t *Target) LinkTarget(ctx context.Context, path string) (string, error) {
	if err := checkTarget(ctx, path); err != nil {
		return "", err
	}
	d, err := (&Source{root: t.root}).Details(ctx, storage.Entry{Path: path, Kind: storage.Symlink})
	return d.Target, err
}
