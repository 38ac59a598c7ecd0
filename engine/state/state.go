// Package state is what Backstay knows: every copy with its facts and terms,
// holds, evidence, runs, the journal of what is under way, and the catalogue
// head that each destination showed last. It lives in a SQL database; rows are
// the fold of record.Event values.
//
// In go intents and outcomes of batches, under a lease that fences out whoever
// lost it; out come sorted streams of copies, and lists that are short by
// nature. It never looks at a source or a destination, never reads the clock
// except through the one it is given, and never decides what is kept.
//
// schema.md specifies the tables. This is the only package that speaks SQL.
package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
)

// Options says how a state is opened.
type Options struct {
	Create   bool      // make folder, file and tables where they are missing
	ReadOnly bool      // no lease, no write; several may read while one writes
	Now      time.Time // when the state is created, if it is
	// Clock tells the heartbeat of leases what to write down. With nil there
	// is none: a lease is then good for LeaseTerm.
	Clock clock.Clock
}

// Identity tells states apart, and one moment of a state from another.
type Identity struct {
	Lineage       string // random, made once, kept by rebuild and migrate
	Serial        int64  // rises with every outcome
	SchemaVersion int
}

// State is an open state. It is safe for concurrent use.
type State struct {
	path   string
	clock  clock.Clock
	reader *sql.DB
	writer *sql.DB // nil if read-only; one connection

	upsertOne, upsertMany, upsertAlike *sql.Stmt // of writer

	words    wordCache
	mu       sync.Mutex // guards identity
	identity Identity

	lease atomic.Pointer[Lease]
}

// ErrNotExist says that there is no state at the path; state rebuild or init
// makes one.
var ErrNotExist = errors.New("state does not exist")

// Open opens the state at path. Errors that a user can mend are diagnostics
// (see diag.FromError): a missing state wraps ErrNotExist; a network file
// system, a newer schema, another program's database and a damaged file are
// refused.
func Open(ctx context.Context, path string, o Options) (*State, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("state path: %w", err)
	}
	if err := prepareFile(path, o); err != nil {
		return nil, err
	}
	s := &State{path: path, clock: o.Clock}
	if err := s.open(ctx, o); err != nil {
		return nil, errors.Join(explain(err, path), s.closeAll())
	}
	return s, nil
}

func (s *State) open(ctx context.Context, o Options) error {
	if err := checkEngine(ctx); err != nil {
		return err
	}
	if !o.ReadOnly {
		s.writer = openSQL(s.path, false)
		if err := s.openWriter(ctx, o); err != nil {
			return err
		}
	}
	s.reader = openSQL(s.path, true)
	if err := checkVersion(ctx, s.reader); err != nil {
		return err
	}
	return s.refresh(ctx)
}

// openWriter looks whose database it is before it changes anything in it.
func (s *State) openWriter(ctx context.Context, o Options) error {
	if _, err := schemaVersion(ctx, s.writer); err != nil && !errors.Is(err, errEmpty) {
		return err
	}
	var mode string
	if err := s.writer.QueryRowContext(ctx, queryWAL).Scan(&mode); err != nil {
		return fmt.Errorf("set the journal mode: %w", err)
	}
	if err := migrate(ctx, s.writer, o.Create, o.Now); err != nil {
		return err
	}
	return s.prepare(ctx)
}

// prepare makes the statements of the hot path ready; inside a transaction it
// would wait for itself, as there is one connection.
func (s *State) prepare(ctx context.Context) (err error) {
	if s.upsertOne, err = s.writer.PrepareContext(ctx, upsertCopies(1)); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	if s.upsertMany, err = s.writer.PrepareContext(ctx, upsertCopies(upsertRows)); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	if s.upsertAlike, err = s.writer.PrepareContext(ctx, upsertAlike(upsertRows)); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	return nil
}

// prepareFile looks at the place before SQLite does: whether it may hold a
// database, and that nobody else can read it.
func prepareFile(path string, o Options) error {
	folder := filepath.Dir(path)
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && (!o.Create || o.ReadOnly) {
		return missing(path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look at the state: %w", err)
	}
	if o.Create {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return fmt.Errorf("make the state's folder: %w", err)
		}
	}
	if name := networkFilesystem(folder); name != "" {
		return onNetwork(path, name)
	}
	if err == nil || !o.Create {
		return nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the state: %w", err)
	}
	return f.Close()
}

// Path is where the state lies.
func (s *State) Path() string { return s.path }

// Close ends all use of the state. A lease that is still held is released.
func (s *State) Close() error {
	var err error
	if l := s.lease.Load(); l != nil {
		err = l.Release()
	}
	return errors.Join(err, s.closeAll())
}

func (s *State) closeAll() error {
	var errs []error
	for _, stmt := range []*sql.Stmt{s.upsertOne, s.upsertMany, s.upsertAlike} {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	for _, db := range []*sql.DB{s.reader, s.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Identity is lineage and serial as this process last saw them: at Open, at
// Acquire and after each of its own outcomes.
func (s *State) Identity() Identity {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.identity
}

// refresh reads the identity from the database.
func (s *State) refresh(ctx context.Context) error {
	var id Identity
	err := s.reader.QueryRowContext(ctx, queryIdentity).Scan(&id.Lineage, &id.Serial, &id.SchemaVersion)
	if err != nil {
		return fmt.Errorf("read the state's identity: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.identity = id
	return nil
}
