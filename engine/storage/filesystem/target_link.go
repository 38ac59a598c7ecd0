package filesystem

import (
	"context"
	"strings"

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

// Meta reads what SetMeta would set, so that a restore leaves alone what is
// right already: setting it again would move the change time, by which the next
// inventory would take the file for another one.
func (t *Target) Meta(ctx context.Context, path string) (storage.Meta, error) {
	if err := checkTarget(ctx, path); err != nil {
		return storage.Meta{}, err
	}
	return t.meta(ctx, strings.TrimSuffix(path, "/"))
}

// RootMeta is Meta for the folder itself.
func (t *Target) RootMeta(ctx context.Context) (storage.Meta, error) { return t.meta(ctx, "") }

func (t *Target) meta(ctx context.Context, path string) (storage.Meta, error) {
	e, err := t.root.lstat(path)
	if err != nil {
		return storage.Meta{}, err
	}
	e.Path = path
	d, err := (&Source{root: t.root}).Details(ctx, e)
	return storage.Meta{Kind: e.Kind, Mode: e.Mode, UID: e.UID, GID: e.GID, MTime: e.MTime, Xattrs: d.Xattrs}, err
}
