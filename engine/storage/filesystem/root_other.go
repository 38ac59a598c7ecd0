//go:build !linux

package filesystem

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/backstay/backstay/engine/storage"
)

// root is a folder that was opened once. Paths are resolved by os.Root, which
// no link leads out of, and refused if a link is in them at all.
type root struct {
	r    *os.Root
	path string // as the user wrote it, for messages
	real string // absolute, links resolved
	dev  uint64
}

func openRoot(path string) (*root, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fail("resolve", path, err)
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return nil, fail("open", path, err)
	}
	info, err := os.Stat(real)
	if err != nil {
		return nil, fail("open", path, err)
	}
	if !info.IsDir() {
		return nil, fail("open", path, storage.ErrNotFolder)
	}
	r, err := os.OpenRoot(real)
	if err != nil {
		return nil, fail("open", path, err)
	}
	return &root{r: r, path: path, real: real, dev: entryOf("", info).Dev}, nil
}

func (r *root) close() error { return r.r.Close() }

func (r *root) name(path string) string { return filepath.Join(r.path, filepath.FromSlash(path)) }

func (r *root) alive() error {
	if _, err := os.Stat(r.real); err != nil {
		return fail("stat", r.path, err)
	}
	return nil
}

// walk lists on the caller's goroutine alone.
func (r *root) walk(ctx context.Context, start, prefix string, _ int, yield func(storage.Entry, error) bool) {
	w := plainWalk{root: r.r, start: start, prefix: prefix, name: r.name, yield: yield}
	w.folder(ctx, start)
}

// at is a path for os.Root once the folders above it are known to be folders.
func (r *root) at(step, path string) (string, error) {
	for p := folderOf(strings.TrimSuffix(path, "/")); p != ""; p = folderOf(p) {
		info, err := r.r.Lstat(local(p))
		switch {
		case err != nil:
			return "", fail(step, r.name(path), err)
		case info.Mode()&fs.ModeSymlink != 0:
			return "", fail(step, r.name(path), storage.ErrEscape)
		case !info.IsDir():
			return "", fail(step, r.name(path), storage.ErrNotFolder)
		}
	}
	return local(path), nil
}

func (r *root) lstat(path string) (storage.Entry, error) {
	p, err := r.at("stat", path)
	if err != nil {
		return storage.Entry{}, err
	}
	info, err := r.r.Lstat(p)
	if err != nil {
		return storage.Entry{}, fail("stat", r.name(path), err)
	}
	e := entryOf(strings.TrimSuffix(path, "/"), info)
	e.Path = path
	return e, nil
}

func (r *root) create(path string) (*file, error) {
	return r.openAs(path, os.O_RDWR|os.O_CREATE|os.O_EXCL)
}

func (r *root) openForSync(path string) (*file, error) { return r.openAs(path, os.O_RDWR) }

func (r *root) openFile(path string) (*file, storage.Entry, error) {
	e, err := r.lstat(path)
	if err != nil {
		return nil, e, err
	}
	if e.Kind != storage.File { // before opening: a FIFO would wait
		return nil, e, fail("open", r.name(path), storage.ErrNotExist)
	}
	f, err := r.openAs(path, os.O_RDONLY)
	return f, e, err
}

func (r *root) openAs(path string, flag int) (*file, error) {
	p, err := r.at("open", path)
	if err != nil {
		return nil, err
	}
	f, err := r.r.OpenFile(p, flag, fileMode)
	if err != nil {
		return nil, fail("open", r.name(path), err)
	}
	return &file{f: f, name: r.name(path)}, nil
}

func (r *root) mkdir(path string) (made bool, err error) {
	p, err := r.at("make folder", path)
	if err != nil {
		return false, err
	}
	if err := r.r.Mkdir(p, folderMode); err == nil {
		return true, nil
	} else if !errors.Is(err, fs.ErrExist) {
		return false, fail("make folder", r.name(path), err)
	}
	if e, err := r.lstat(path); err != nil || e.Kind == storage.Directory {
		return false, err
	}
	return false, fail("make folder", r.name(path), storage.ErrNotFolder)
}

// moveNew makes a second name, which is exclusive, and removes the first.
func (r *root) moveNew(from, to string) error {
	if err := r.link(from, to); err != nil {
		return err
	}
	return r.remove(from)
}

func (r *root) replace(from, to string) error { return r.between("replace", from, to, r.r.Rename) }

func (r *root) link(from, to string) error { return r.between("link", from, to, r.r.Link) }

func (r *root) between(step, from, to string, act func(from, to string) error) error {
	a, err := r.at(step, from)
	if err != nil {
		return err
	}
	b, err := r.at(step, to)
	if err != nil {
		return err
	}
	if err := act(a, b); err != nil {
		return fail(step, r.name(to), err)
	}
	return nil
}

func (r *root) symlink(target, path string) error {
	p, err := r.at("link", path)
	if err != nil {
		return err
	}
	if err := r.r.Symlink(target, p); err != nil {
		return fail("link", r.name(path), err)
	}
	return nil
}

func (r *root) remove(path string) error {
	return r.removeIf(path, func(e storage.Entry) error {
		if e.Kind == storage.Directory {
			return storage.ErrExists
		}
		return nil
	})
}

func (r *root) removeFolder(path string) error {
	e, err := r.lstat(path)
	if err == nil && e.Kind != storage.Directory {
		err = fail("remove", r.name(path), storage.ErrNotFolder)
	}
	if err != nil {
		return err
	}
	if err := r.r.Remove(local(path)); err != nil {
		return fail("remove", r.name(path), err)
	}
	return nil
}

func (r *root) removeIf(path string, check func(storage.Entry) error) error {
	e, err := r.lstat(path)
	if err != nil {
		return err
	}
	if err := check(e); err != nil {
		return fail("remove", r.name(path), err)
	}
	if err := r.r.Remove(local(path)); err != nil {
		return fail("remove", r.name(path), err)
	}
	return nil
}

// groupSync tells that there is no call that syncs all; files and folders are
// synced one by one.
const groupSync = false

func (r *root) syncAll() error { return nil }
