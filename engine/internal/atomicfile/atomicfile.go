// Package atomicfile writes files that are there whole or not at all.
//
// A file is written under a temporary name in the same folder, synced, given
// its mode, renamed over the final name, and the folder is synced. After a
// crash at any point the final name holds the old content or the new one.
// Every error removes the temporary file; a killed process can leave one
// behind, whose name begins with "." and ends in ".tmp".
package atomicfile

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Write makes or replaces the file at path with what fill writes. mode is
// exact: the process's umask does not matter.
func Write(path string, mode fs.FileMode, fill func(io.Writer) error) error {
	f, err := Create(path, mode)
	if err != nil {
		return err
	}
	if err := fill(f); err != nil {
		f.Abort()
		return err
	}
	return f.Commit()
}

// File is a file on its way to its name. Writes are buffered. It ends with
// either Commit or Abort.
type File struct {
	path string
	tmp  *os.File
	buf  *bufio.Writer
	mode fs.FileMode
	err  error // of the first write that failed: it must not be committed
}

var _ io.Writer = (*File)(nil)

// Create begins a file that Commit gives the name path.
func Create(path string, mode fs.FileMode) (*File, error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	return &File{path: path, tmp: tmp, buf: bufio.NewWriterSize(tmp, 64<<10), mode: mode}, nil
}

// Write appends p.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.buf.Write(p)
	if err != nil && f.err == nil {
		f.err = err
	}
	return n, err
}

// Commit makes the file durable under its name. On an error the old file, if
// there was one, is untouched, unless only the sync of the folder failed.
func (f *File) Commit() error {
	if err := f.finish(); err != nil {
		f.Abort()
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	if err := os.Rename(f.tmp.Name(), f.path); err != nil {
		f.remove()
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	if err := syncFolder(filepath.Dir(f.path)); err != nil {
		return fmt.Errorf("sync folder of %s: %w", f.path, err)
	}
	return nil
}

func (f *File) finish() error {
	if f.err != nil {
		return f.err
	}
	if err := f.buf.Flush(); err != nil {
		return err
	}
	if err := f.tmp.Chmod(f.mode); err != nil {
		return err
	}
	if err := f.tmp.Sync(); err != nil {
		return err
	}
	return f.tmp.Close()
}

// Abort drops what was written. It may be called after a failed Commit.
func (f *File) Abort() {
	_ = f.tmp.Close() // its content is not wanted, so neither is its error
	f.remove()
}

func (f *File) remove() { _ = os.Remove(f.tmp.Name()) }
