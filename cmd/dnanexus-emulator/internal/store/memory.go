package store

import (
	"bytes"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"sync"
)

// Memory keeps everything until the process ends.
type Memory struct {
	mu    sync.RWMutex
	rows  map[[2]string][]byte
	blobs map[string][]byte
}

var (
	_ Store     = (*Memory)(nil)
	_ Forgetful = (*Memory)(nil)
)

// NewMemory makes an empty store.
func NewMemory() *Memory {
	return &Memory{rows: map[[2]string][]byte{}, blobs: map[string][]byte{}}
}

// Forgets says that rows need not be saved.
func (m *Memory) Forgets() bool { return true }

// Load gives the rows in the order of kind and key.
func (m *Memory) Load() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		m.mu.RLock()
		defer m.mu.RUnlock()
		keys := slices.SortedFunc(maps.Keys(m.rows), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
		for _, key := range keys {
			if !yield(Row{key[0], key[1], m.rows[key]}, nil) {
				return
			}
		}
	}
}

// Save writes rows.
func (m *Memory) Save(rows []Row) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, row := range rows {
		key := [2]string{row.Kind, row.Key}
		if row.Body == nil {
			delete(m.rows, key)
		} else {
			m.rows[key] = row.Body
		}
	}
	return nil
}

// Put reads a blob to its end.
func (m *Memory) Put(name string, r io.Reader) (int64, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.blobs[name] = content
	return int64(len(content)), nil
}

// Open finds a blob.
func (m *Memory) Open(name string) (Blob, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	content, ok := m.blobs[name]
	if !ok {
		return nil, &fs.PathError{Op: "open blob", Path: name, Err: fs.ErrNotExist}
	}
	return nopCloser{bytes.NewReader(content)}, nil
}

// Drop forgets a blob.
func (m *Memory) Drop(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.blobs, name)
	return nil
}

// Close does nothing.
func (m *Memory) Close() error { return nil }

type nopCloser struct{ io.ReaderAt }

func (nopCloser) Close() error { return nil }
