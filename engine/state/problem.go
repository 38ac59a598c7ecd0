package state

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"

	"github.com/backstay/backstay/schema/diag"
)

// What a user can cause, and what to do about it.

// problem is a diagnostic that also wraps a sentinel for callers.
func problem(code, summary, detail string, wraps error) error {
	err := diag.Fail(diag.Diagnostic{Severity: diag.Error, Code: code, Summary: summary, Detail: detail})
	if wraps == nil {
		return err
	}
	return fmt.Errorf("%w: %w", wraps, err)
}

func missing(path string) error {
	return problem("state_missing", "State does not exist",
		fmt.Sprintf("There is no state at %s. Without it Backstay does not know which copies exist. If this is a new configuration, run \"backstay init\"; if the state was lost, \"backstay state rebuild\" restores it from a destination's catalogue.", path),
		ErrNotExist)
}

func onNetwork(path, name string) error {
	return problem("state_network_filesystem", "State on a network file system",
		fmt.Sprintf("The state %s would lie on %s. A database's locks are not reliable there, and two machines that write at once would corrupt it. Put the state on a local disk, or use the \"postgres\" state to share it.", path, name), nil)
}

func newerSchema(have int) error {
	return problem("state_newer", "State was written by a newer Backstay",
		fmt.Sprintf("The state has schema version %d, and this program knows versions up to %d. Writing to it could destroy what it does not understand. Use a Backstay at least as new as the one that wrote it.", have, latestVersion()), nil)
}

func olderSchema(have int) error {
	return problem("state_older", "State needs a migration",
		fmt.Sprintf("The state has schema version %d; this program reads version %d and opened it read-only. Any command that writes, such as \"backstay apply\", migrates it.", have, latestVersion()), nil)
}

func foreignDatabase() error {
	return problem("state_foreign", "Database is not a Backstay state",
		"The file at the state's path is a database with tables that are not Backstay's. Nothing was written to it. Choose another path for the state.", nil)
}

func engineTooOld(v string) error {
	return problem("state_engine", "SQLite in this program is too old",
		fmt.Sprintf("This program was built with SQLite %s, whose write-ahead log can corrupt a database; Backstay needs %s or later. Build it with the versions that its go.mod names.", v, oldestEngine), nil)
}

// explain turns what the database says into a diagnostic where a user can do
// something about it, and leaves other errors as they are.
func explain(err error, path string) error {
	var failure *diag.Failure
	if err == nil || errors.As(err, &failure) {
		return err
	}
	if errors.Is(err, errEmpty) {
		return missing(path)
	}
	if errors.Is(err, ErrDamaged) {
		return damagedState(path, err)
	}
	var lite *sqlite.Error
	if !errors.As(err, &lite) {
		return err
	}
	switch lite.Code() & 0xff {
	case sqlitelib.SQLITE_CORRUPT, sqlitelib.SQLITE_NOTADB:
		return damagedState(path, err)
	case sqlitelib.SQLITE_FULL:
		return problem("state_no_space", "No space left for the state",
			fmt.Sprintf("The disk with the state %s is full, so nothing could be recorded and nothing was changed in it. Free some space and run the command again.", path), err)
	case sqlitelib.SQLITE_READONLY:
		return problem("state_read_only", "State cannot be written",
			fmt.Sprintf("The state %s, or its folder, cannot be written by this user.", path), err)
	case sqlitelib.SQLITE_BUSY:
		return problem("state_busy", "State is busy",
			fmt.Sprintf("Another program kept the state %s locked for longer than ten seconds. Run the command again.", path), err)
	}
	return err
}

// ErrDamaged is wrapped by errors about a damaged database.
var ErrDamaged = errors.New("state is damaged")

func damagedState(path string, err error) error {
	return problem("state_corrupt", "State is damaged",
		fmt.Sprintf("The database %s cannot be read: %v. The copies are not touched by this. Move the file aside and run \"backstay state rebuild\", which restores the state from the destinations' catalogues.", path, err),
		errors.Join(ErrDamaged, err))
}
