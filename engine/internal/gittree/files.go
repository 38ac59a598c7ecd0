package gittree

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// blob is a file of a commit.
type blob struct {
	id   string
	size int64
	link bool // its bytes are the target of a symbolic link
}

// files is a tree of blobs as a file system. It is complete from the start but
// for the bytes, which git is asked for when a file is opened.
type files struct {
	git     git
	blobs   map[string]*blob
	folders map[string][]fs.DirEntry // "." is the root
}

var (
	_ fs.ReadDirFS = (*files)(nil)
	_ fs.StatFS    = (*files)(nil)
)

func newFiles(g git) *files {
	return &files{git: g, blobs: map[string]*blob{}, folders: map[string][]fs.DirEntry{".": nil}}
}

// add puts a file and the folders above it in their places.
func (f *files) add(name string, b *blob) {
	f.blobs[name] = b
	mode := fs.FileMode(0o444)
	if b.link {
		mode |= fs.ModeSymlink
	}
	f.enter(name, info{path.Base(name), b.size, mode})
}

func (f *files) enter(name string, i info) {
	parent := path.Dir(name)
	if _, known := f.folders[parent]; !known {
		f.folders[parent] = nil
		f.enter(parent, info{path.Base(parent), 0, fs.ModeDir | 0o555})
	}
	f.folders[parent] = append(f.folders[parent], i)
}

func (f *files) sort() {
	for _, entries := range f.folders {
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
}

// Open opens a file or folder. A symbolic link is followed as long as it leads
// to a file of the tree.
func (f *files) Open(name string) (fs.File, error) {
	fail := func(err error) (fs.File, error) { return nil, &fs.PathError{Op: "open", Path: name, Err: err} }
	if !fs.ValidPath(name) {
		return fail(fs.ErrInvalid)
	}
	if entries, ok := f.folders[name]; ok {
		return &folder{info: info{path.Base(name), 0, fs.ModeDir | 0o555}, entries: entries}, nil
	}
	b, err := f.follow(name)
	if err != nil {
		return fail(err)
	}
	text, err := f.bytes(b)
	if err != nil {
		return fail(err)
	}
	return &file{info: info{path.Base(name), b.size, 0o444}, Reader: bytes.NewReader(text)}, nil
}

// maxLinks is how many symbolic links may lead to a file.
const maxLinks = 8

func (f *files) follow(name string) (*blob, error) {
	for range maxLinks {
		b := f.blobs[name]
		if b == nil {
			return nil, fs.ErrNotExist
		}
		if !b.link {
			return b, nil
		}
		target, err := f.bytes(b)
		if err != nil {
			return nil, err
		}
		if path.IsAbs(string(target)) {
			return nil, fs.ErrNotExist // it leads out of the repository
		}
		name = path.Join(path.Dir(name), string(target))
	}
	return nil, fmt.Errorf("more than %d symbolic links", maxLinks)
}

func (f *files) bytes(b *blob) ([]byte, error) {
	if b.size > maxFile {
		return nil, fmt.Errorf("it is larger than %d bytes", maxFile)
	}
	return f.git.run("cat-file", "blob", b.id)
}

// Stat follows links, as Open does.
func (f *files) Stat(name string) (fs.FileInfo, error) {
	if _, ok := f.folders[name]; ok && fs.ValidPath(name) {
		return info{path.Base(name), 0, fs.ModeDir | 0o555}, nil
	}
	b, err := f.follow(name)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return info{path.Base(name), b.size, 0o444}, nil
}

// ReadDir lists a folder, sorted.
func (f *files) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, ok := f.folders[name]
	if !ok {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	return slices.Clone(entries), nil
}

// info is what a commit knows of an entry; it has no times.
type info struct {
	name string
	size int64
	mode fs.FileMode
}

// The methods of fs.FileInfo and fs.DirEntry.

func (i info) Name() string               { return i.name }
func (i info) Size() int64                { return i.size }
func (i info) Mode() fs.FileMode          { return i.mode }
func (i info) Type() fs.FileMode          { return i.mode.Type() }
func (i info) ModTime() time.Time         { return time.Time{} }
func (i info) IsDir() bool                { return i.mode.IsDir() }
func (i info) Sys() any                   { return nil }
func (i info) Info() (fs.FileInfo, error) { return i, nil }

// file is an open file, whole in memory.
type file struct {
	info
	*bytes.Reader
}

func (f *file) Size() int64                { return f.info.size }
func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *file) Close() error               { return nil }

// folder is an open folder.
type folder struct {
	info
	entries []fs.DirEntry
}

func (d *folder) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *folder) Close() error               { return nil }

// Read fails: a folder has no bytes.
func (d *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: fs.ErrInvalid}
}

// ReadDir gives the next n entries, or all that are left.
func (d *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(d.entries) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(d.entries) {
		n = len(d.entries)
	}
	out := slices.Clone(d.entries[:n])
	d.entries = d.entries[n:]
	return out, nil
}
