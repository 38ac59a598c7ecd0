package filesystem

import (
	"context"
	"iter"
	"runtime"

	"github.com/backstay/backstay/engine/storage"
)

// SourceOptions adjust a source.
type SourceOptions struct {
	// Workers read folders ahead of the listing. 0 takes two, or one per
	// processor up to eight; a network mount with long waits can use more.
	Workers int
}

// Source is a file tree that is to be protected.
type Source struct {
	root    *root
	workers int
}

var (
	_ storage.Source  = (*Source)(nil)
	_ storage.Located = (*Source)(nil)
	_ storage.Rooted  = (*Source)(nil)
)

// OpenSource opens the folder at path. It is an error if it is not there or is
// no folder: a missing tree is never an empty one.
func OpenSource(path string, o SourceOptions) (*Source, error) {
	r, err := openRoot(path)
	if err != nil {
		return nil, err
	}
	if o.Workers <= 0 {
		o.Workers = min(max(2, runtime.GOMAXPROCS(0)), 8)
	}
	return &Source{root: r, workers: o.Workers}, nil
}

// Root gives the metadata of the folder itself.
func (s *Source) Root(ctx context.Context) (storage.Entry, storage.Details, error) {
	e, err := s.root.lstat("")
	if err != nil {
		return e, storage.Details{}, err
	}
	e.Path, e.Kind = "", storage.Directory
	d, err := s.Details(ctx, e)
	return e, d, err
}

// Close lets go of the folder.
func (s *Source) Close() error { return s.root.close() }

// Location is the real path and the device of the root.
func (s *Source) Location() (path string, dev uint64, err error) {
	return s.root.real, s.root.dev, nil
}

// List walks the tree; see storage.Source. An entry that vanishes while the
// walk runs is left out; a folder or entry that cannot be read ends the stream
// with an error that names it. Mounts below the root are followed: Entry.Dev
// tells them. Sizes are those of files and links, 0 for all else.
func (s *Source) List(ctx context.Context) iter.Seq2[storage.Entry, error] {
	return func(yield func(storage.Entry, error) bool) {
		s.root.walk(ctx, "", "", s.workers, yield)
	}
}
