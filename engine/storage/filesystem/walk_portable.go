package filesystem

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/storage"
)

// plainWalk is the walk for systems without the calls that the fast one stands
// on, and the fast one's witness in tests. It holds one folder per level.
type plainWalk struct {
	root   *os.Root
	start  string
	prefix string
	name   func(path string) string // for messages
	yield  func(storage.Entry, error) bool
}

// folder emits what lies below a folder and tells whether to go on.
func (w *plainWalk) folder(ctx context.Context, path string) bool {
	entries, err := w.read(path)
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		w.yield(storage.Entry{}, err)
		return false
	}
	for _, e := range entries {
		if !w.yield(e, nil) || e.Kind == storage.Directory && !w.folder(ctx, e.Path) {
			return false
		}
	}
	return true
}

// read gives a folder's entries in path order. A folder that vanished has
// none, unless the walk began with it.
func (w *plainWalk) read(path string) ([]storage.Entry, error) {
	dir, err := w.root.Open(local(path))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) && path != w.start {
			return nil, nil
		}
		return nil, fail("open", w.name(path), err)
	}
	names, err := dir.Readdirnames(-1)
	if err = errors.Join(err, dir.Close()); err != nil {
		return nil, fail("list", w.name(path), err)
	}
	entries := make([]storage.Entry, 0, len(names))
	for _, name := range names {
		if path == w.start && !strings.HasPrefix(name, w.prefix) {
			continue
		}
		info, err := w.root.Lstat(local(path + name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fail("stat", w.name(path+name), err)
		}
		entries = append(entries, entryOf(path+name, info))
	}
	slices.SortFunc(entries, func(a, b storage.Entry) int { return strings.Compare(a.Path, b.Path) })
	return entries, nil
}

// entryOf turns what Lstat says into an entry; a folder's path gets its "/".
func entryOf(path string, info fs.FileInfo) storage.Entry {
	e := storage.Entry{Path: path, MTime: info.ModTime().UnixNano(), Nlink: 1}
	switch mode := info.Mode(); {
	case mode.IsRegular():
		e.Kind, e.Size = storage.File, info.Size()
	case mode.IsDir():
		e.Kind, e.Path = storage.Directory, path+"/"
	case mode&fs.ModeSymlink != 0:
		e.Kind, e.Size = storage.Symlink, info.Size()
	default:
		e.Kind = storage.Special
	}
	facts(&e, info)
	return e
}

// local is a path as the system wants it, "." for the root.
func local(path string) string {
	path = strings.TrimSuffix(path, "/")
	if path == "" {
		return "."
	}
	return filepath.FromSlash(path)
}
