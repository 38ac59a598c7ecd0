// Package store keeps what the emulator must remember: rows of JSON by kind and
// key, and the bytes of file parts by name. In go rows and readers, out come the
// same rows and bytes, after a restart too where the store is a folder. It never
// looks into a row.
package store

import (
	"io"
	"iter"
)

// Row is one remembered entity. A nil Body in Save forgets it.
type Row struct {
	Kind, Key string
	Body      []byte
}

// Blob is a part's bytes, read at any place by any number of readers.
type Blob interface {
	io.ReaderAt
	io.Closer
}

// Store is where rows and blobs live. Save is one transaction: after an error
// none of its rows is changed. Put either keeps all bytes of the reader under
// the name, replacing what was there, or nothing. Open of an unknown name fails
// with fs.ErrNotExist; Drop of one does nothing.
type Store interface {
	Load() iter.Seq2[Row, error]
	Save(rows []Row) error
	Put(name string, r io.Reader) (int64, error)
	Open(name string) (Blob, error)
	Drop(name string) error
	Close() error
}

// Forgetful is a store whose rows need not be written, because nobody can read
// them after the process has ended.
type Forgetful interface{ Forgets() bool }
