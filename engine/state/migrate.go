package state

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// Migrations are numbered files, run in order, each in one transaction with
// the record that it ran. There is no way back: an older program refuses.

//go:embed migrations/*.sql
var migrationFiles embed.FS

type migration struct {
	n    int
	name string
	text string
}

// migrations lists the embedded files; a wrong name is a bug that every test
// finds.
func migrations() []migration {
	entries, err := fs.ReadDir(migrationFiles, "migrations")
	if err != nil {
		panic(fmt.Sprintf("bug: embedded migrations: %v", err))
	}
	var list []migration
	for i, e := range entries {
		number, _, _ := strings.Cut(e.Name(), "_")
		n, err := strconv.Atoi(number)
		if err != nil || n != i+1 {
			panic(fmt.Sprintf("bug: migration %s is not number %d", e.Name(), i+1))
		}
		text, err := migrationFiles.ReadFile("migrations/" + e.Name())
		if err != nil {
			panic(fmt.Sprintf("bug: embedded migrations: %v", err))
		}
		list = append(list, migration{n, e.Name(), string(text)})
	}
	return list
}

// latestVersion is the schema that this program writes.
func latestVersion() int { return len(migrations()) }

// migrate brings the schema up to date. A database that has no tables yet is
// set up only if create is set.
func migrate(ctx context.Context, db *sql.DB, create bool, now time.Time) error {
	have, err := schemaVersion(ctx, db)
	if errors.Is(err, errEmpty) {
		if !create {
			return err
		}
		have = 0
	} else if err != nil {
		return err
	}
	if have > latestVersion() {
		return newerSchema(have)
	}
	for _, m := range migrations()[have:] {
		if err := runMigration(ctx, db, m, now); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
	}
	return nil
}

// runMigration asks once more inside the transaction, which is exclusive: two
// programs may have come here at once.
func runMigration(ctx context.Context, db *sql.DB, m migration, now time.Time) error {
	return inTx(ctx, db, func(tx *sql.Tx) error {
		have, err := schemaVersion(ctx, tx)
		if err != nil && !errors.Is(err, errEmpty) {
			return err
		}
		if have >= m.n {
			return nil
		}
		if m.n == 1 {
			if _, err := tx.ExecContext(ctx, execCreateMigrations); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, m.text); err != nil {
			return err
		}
		if m.n == 1 {
			if err := setMeta(ctx, tx, map[string]string{"lineage": newLineage(), "serial": "0"}); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, execMigrated, m.n, m.name, now.UnixMilli())
		return err
	})
}

// querier is what reads: a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

var errEmpty = errors.New("database has no tables")

// schemaVersion is the number of the last migration. errEmpty means that the
// file holds no table at all; tables of somebody else are refused.
func schemaVersion(ctx context.Context, q querier) (int, error) {
	var tables, ours int
	if err := q.QueryRowContext(ctx, queryTables).Scan(&tables, &ours); err != nil {
		return 0, fmt.Errorf("list tables: %w", err)
	}
	switch {
	case tables == 0:
		return 0, errEmpty
	case ours == 0:
		return 0, foreignDatabase()
	}
	var version int
	if err := q.QueryRowContext(ctx, querySchemaVersion).Scan(&version); err != nil {
		return 0, fmt.Errorf("read the schema version: %w", err)
	}
	return version, nil
}

// checkVersion is for readers, who cannot migrate.
func checkVersion(ctx context.Context, db *sql.DB) error {
	have, err := schemaVersion(ctx, db)
	switch {
	case err != nil:
		return err
	case have > latestVersion():
		return newerSchema(have)
	case have < latestVersion():
		return olderSchema(have)
	}
	return nil
}

// newLineage is a random UUID (version 4).
func newLineage() string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // never fails, by its documentation
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func setMeta(ctx context.Context, tx *sql.Tx, values map[string]string) error {
	for name, value := range values {
		if _, err := tx.ExecContext(ctx, execSetMeta, name, value); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	return nil
}

// inTx runs f in a transaction that holds the write lock from its start.
func inTx(ctx context.Context, db *sql.DB, f func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
