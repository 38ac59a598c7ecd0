package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"

	_ "modernc.org/sqlite" // the driver that database/sql is told to use
)

// Folder keeps rows in a SQLite file and blobs in files beside it.
type Folder struct {
	db   *sql.DB
	root *os.Root
}

var _ Store = (*Folder)(nil)

const schema = `CREATE TABLE IF NOT EXISTS entity (
	kind TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID`

// blobName keeps names from leaving the folder.
var blobName = regexp.MustCompile(`^[0-9A-Za-z]{3,64}$`)

// OpenFolder opens a store, or makes it. One process at a time may hold it.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(filepath.Join(dir, "blobs"), 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	root, err := os.OpenRoot(filepath.Join(dir, "blobs"))
	if err != nil {
		return nil, fmt.Errorf("open the blob folder: %w", err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "emulator.db")+
		"?_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=locking_mode(exclusive)")
	if err == nil {
		db.SetMaxOpenConns(1)
		_, err = db.Exec(schema)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), root.Close())
	}
	return &Folder{db: db, root: root}, nil
}

// Load gives the rows in the order of kind and key.
func (f *Folder) Load() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		rows, err := f.db.Query(`SELECT kind, key, body FROM entity ORDER BY kind, key`)
		if err != nil {
			yield(Row{}, fmt.Errorf("read the database: %w", err))
			return
		}
		defer func() { _ = rows.Close() }() // Err below tells
		for rows.Next() {
			var row Row
			if err := rows.Scan(&row.Kind, &row.Key, &row.Body); err != nil {
				yield(Row{}, fmt.Errorf("read a row: %w", err))
				return
			}
			if !yield(row, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Row{}, fmt.Errorf("read the database: %w", err))
		}
	}
}

// Save writes rows in one transaction.
func (f *Folder) Save(rows []Row) error {
	tx, err := f.db.Begin()
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := save(tx, rows); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

func save(tx *sql.Tx, rows []Row) error {
	put, err := tx.Prepare(`INSERT OR REPLACE INTO entity (kind, key, body) VALUES (?, ?, ?)`)
	if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	defer func() { _ = put.Close() }()
	for _, row := range rows {
		if row.Body == nil {
			_, err = tx.Exec(`DELETE FROM entity WHERE kind = ? AND key = ?`, row.Kind, row.Key)
		} else {
			_, err = put.Exec(row.Kind, row.Key, row.Body)
		}
		if err != nil {
			return fmt.Errorf("save %s %s: %w", row.Kind, row.Key, err)
		}
	}
	return nil
}

// Put writes a blob beside its place, makes it durable and moves it there.
func (f *Folder) Put(name string, r io.Reader) (int64, error) {
	place, err := f.place(name)
	if err != nil {
		return 0, err
	}
	if err := f.root.Mkdir(filepath.Dir(place), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return 0, fmt.Errorf("put a blob: %w", err)
	}
	file, err := f.root.OpenFile(place+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("put a blob: %w", err)
	}
	n, err := io.Copy(file, r)
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = f.root.Rename(place+".part", place)
	}
	if err != nil {
		return 0, errors.Join(fmt.Errorf("put a blob: %w", err), f.root.Remove(place+".part"))
	}
	return n, nil
}

// Open finds a blob.
func (f *Folder) Open(name string) (Blob, error) {
	place, err := f.place(name)
	if err != nil {
		return nil, err
	}
	file, err := f.root.Open(place)
	if err != nil {
		return nil, fmt.Errorf("open a blob: %w", err)
	}
	return file, nil
}

// Drop removes a blob.
func (f *Folder) Drop(name string) error {
	place, err := f.place(name)
	if err != nil {
		return err
	}
	if err := f.root.Remove(place); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("drop a blob: %w", err)
	}
	return nil
}

func (f *Folder) place(name string) (string, error) {
	if !blobName.MatchString(name) {
		return "", fmt.Errorf("blob name %q is not one of this store", name)
	}
	return filepath.Join(name[:2], name), nil
}

// Close ends the use of the folder.
func (f *Folder) Close() error { return errors.Join(f.db.Close(), f.root.Close()) }
