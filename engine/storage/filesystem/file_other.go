//go:build !linux

package filesystem

import (
	"os"

	"github.com/backstay/backstay/engine/storage"
)

// file is an open file. It offers io.Copy no way around memory.
type file struct {
	f    *os.File
	name string
}

func (f *file) Read(p []byte) (int, error) { return f.f.Read(p) }

func (f *file) Close() error { return f.f.Close() }

func (f *file) readAt(p []byte, off int64) (int, error) { return f.f.ReadAt(p, off) }

func (f *file) writeAt(p []byte, off int64) error {
	if _, err := f.f.WriteAt(p, off); err != nil {
		return fail("write", f.name, err)
	}
	return nil
}

func (f *file) truncate(size int64) error {
	if err := f.f.Truncate(size); err != nil {
		return fail("truncate", f.name, err)
	}
	return nil
}

func (f *file) sync() error {
	if err := f.f.Sync(); err != nil {
		return fail("sync", f.name, err)
	}
	return nil
}

func (f *file) facts() (storage.Entry, error) {
	info, err := f.f.Stat()
	if err != nil {
		return storage.Entry{}, fail("stat", f.name, err)
	}
	return entryOf("", info), nil
}

// exact does nothing: what the system made of fileMode stays.
func (f *file) exact(uint32) error { return nil }

// keepLimit is nothing: some of these systems rename no open file.
func keepLimit() int64 { return 0 }

// These systems take no advice about the cache.
func (f *file) flush(_, _ int64)  {}
func (f *file) settle(_, _ int64) {}
func (f *file) ahead(_, _ int64)  {}
func (f *file) drop()             {}
func (f *file) sequential()       {}
