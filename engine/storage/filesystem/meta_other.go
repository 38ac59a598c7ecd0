//go:build !linux

package filesystem

import (
	"context"
	"io/fs"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/storage"
)

// openUp lets the owner of a folder do what mode says, and tells whether it had
// to.
func (r *root) openUp(path string, mode uint32) (opened bool, err error) {
	e, err := r.lstat(path)
	if err != nil || e.Mode&mode == mode {
		return false, err
	}
	if err := r.r.Chmod(local(path), fs.FileMode(e.Mode&0o777|folderMode)); err != nil {
		return false, fail("open up", r.name(path), err)
	}
	return true, nil
}

// SetMeta puts mode and times back, and the owner where the system has one;
// extended attributes and what the user may not set are reported.
func (t *Target) SetMeta(ctx context.Context, path string, m storage.Meta) (problems []string, err error) {
	if err := checkTarget(ctx, path); err != nil {
		return nil, err
	}
	return t.setMeta(strings.TrimSuffix(path, "/"), m)
}

// SetRootMeta does for the folder itself what SetMeta does below it.
func (t *Target) SetRootMeta(ctx context.Context, m storage.Meta) (problems []string, err error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return t.setMeta("", m)
}

func (t *Target) setMeta(path string, m storage.Meta) (problems []string, err error) {
	e, err := t.root.lstat(path)
	if err != nil {
		return nil, err
	}
	if e.Kind != m.Kind {
		return nil, fail("set metadata of", t.root.name(path), storage.ErrChanged)
	}
	if len(m.Xattrs) > 0 {
		problems = append(problems, "attributes: not supported on this system")
	}
	if m.Mode != 0 && (e.UID != m.UID || e.GID != m.GID) {
		if err := t.root.r.Lchown(local(path), int(m.UID), int(m.GID)); err != nil {
			problems = append(problems, "owner: "+err.Error())
		}
	}
	if m.Kind == storage.Symlink {
		return problems, nil // its times cannot be set
	}
	// Setuid and setgid bits do not come back: they cannot be set with certainty about the owner.
	if m.Mode != 0 {
		if err := t.root.r.Chmod(local(path), fs.FileMode(m.Mode&0o777)); err != nil {
			return problems, fail("set mode of", t.root.name(path), err)
		}
	}
	at := time.Unix(0, m.MTime)
	if err := t.root.r.Chtimes(local(path), at, at); err != nil {
		return problems, fail("set times of", t.root.name(path), err)
	}
	return problems, nil
}
