package memory

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/backstay/backstay/engine/storage"
)

// Source is a tree in memory. It is safe for concurrent use.
type Source struct {
	mu      sync.Mutex
	entries map[string]item
	last    int64 // counts changes: it gives inodes and times
	broken  error
}

type item struct {
	entry   storage.Entry
	data    []byte
	details storage.Details
}

var _ storage.Source = (*Source)(nil)

// NewSource makes an empty tree.
func NewSource() *Source { return &Source{entries: map[string]item{}} }

// Put makes or rewrites a file; it gets a new mtime and keeps its inode.
func (s *Source) Put(path string, data []byte) {
	s.set(path, item{entry: storage.Entry{Kind: storage.File, Mode: 0o100644, Size: int64(len(data))}, data: bytes.Clone(data)})
}

// Mkdir makes a folder; its path ends in "/".
func (s *Source) Mkdir(path string) {
	s.set(path, item{entry: storage.Entry{Kind: storage.Directory, Mode: 0o040755}})
}

// Symlink makes a link.
func (s *Source) Symlink(path, target string) {
	s.set(path, item{
		entry:   storage.Entry{Kind: storage.Symlink, Mode: 0o120777, Size: int64(len(target))},
		details: storage.Details{Target: target},
	})
}

func (s *Source) set(path string, it item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	it.entry.Path, it.entry.Nlink = path, 1
	it.entry.MTime, it.entry.CTime, it.entry.Inode = s.last, s.last, uint64(s.last)
	if old, ok := s.entries[path]; ok {
		it.entry.Inode = old.entry.Inode
	}
	s.entries[path] = it
}

// Edit changes an entry's facts as a test wants them.
func (s *Source) Edit(path string, change func(*storage.Entry)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	it := s.entries[path]
	change(&it.entry)
	s.entries[path] = it
}

// Remove removes an entry; of a folder, that alone.
func (s *Source) Remove(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.entries, path)
}

// Break makes listings end with err instead of their last entry, as a folder
// that cannot be read does; nil mends it.
func (s *Source) Break(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = err
}

// List gives the entries that are there when it begins.
func (s *Source) List(ctx context.Context) iter.Seq2[storage.Entry, error] {
	return func(yield func(storage.Entry, error) bool) {
		entries, broken := s.snapshot()
		for i, e := range entries {
			err := context.Cause(ctx)
			if err == nil && i == len(entries)-1 {
				err = broken
			}
			if err != nil {
				yield(storage.Entry{}, err)
				return
			}
			if !yield(e, nil) {
				return
			}
		}
		if len(entries) == 0 && broken != nil {
			yield(storage.Entry{}, broken)
		}
	}
}

func (s *Source) snapshot() ([]storage.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]storage.Entry, 0, len(s.entries))
	for _, it := range s.entries {
		out = append(out, it.entry)
	}
	slices.SortFunc(out, func(a, b storage.Entry) int { return strings.Compare(a.Path, b.Path) })
	return out, s.broken
}

func (s *Source) find(ctx context.Context, path string) (item, error) {
	if err := context.Cause(ctx); err != nil {
		return item{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	it, ok := s.entries[path]
	if !ok {
		return item{}, fmt.Errorf("open %q: %w", path, storage.ErrNotExist)
	}
	return it, nil
}

// Open opens a file if it is the one that was listed.
func (s *Source) Open(ctx context.Context, e storage.Entry) (storage.Content, error) {
	it, err := s.find(ctx, e.Path)
	if err != nil {
		return nil, err
	}
	now := it.entry
	same := now.Kind == storage.File && now.Size == e.Size && now.MTime == e.MTime
	if !same || e.Inode != 0 && now.Inode != e.Inode {
		return nil, fmt.Errorf("open %q: %w", e.Path, storage.ErrChanged)
	}
	return &content{Reader: bytes.NewReader(it.data), s: s, opened: now}, nil
}

// Details gives a link's target.
func (s *Source) Details(ctx context.Context, e storage.Entry) (storage.Details, error) {
	it, err := s.find(ctx, e.Path)
	return it.details, err
}

type content struct {
	io.Reader
	s      *Source
	opened storage.Entry
}

func (c *content) Close() error { return nil }

func (c *content) Unchanged() error {
	it, err := c.s.find(context.Background(), c.opened.Path)
	if err != nil || it.entry != c.opened {
		return fmt.Errorf("read %q: %w", c.opened.Path, storage.ErrChanged)
	}
	return nil
}
