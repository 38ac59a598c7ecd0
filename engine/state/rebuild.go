package state

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/backstay/backstay/engine/record"
)

// Rebuilding is what a lost state is made from: the catalogues of one or more
// destinations.
type Rebuilding struct {
	Lineage   string
	Serial    int64 // higher than any that a catalogue knows
	Streams   []RebuildStream
	Heads     []Head
	Audit     iter.Seq2[AuditEntry, error] // nil: none was found
	PolicySet *PolicySet
}

// RebuildStream is what one destination's catalogue tells, in its order.
// Destination is the name that it has now; the catalogue may know another one.
type RebuildStream struct {
	Destination string
	Events      iter.Seq2[record.Event, error]
}

// Rebuilt counts what a rebuild brought back.
type Rebuilt struct {
	Records int64 // events and rows that were folded
	Copies  int64 // of files, that the state has now
	Holds   int64
	Audit   int64
}

// Rebuild makes the state at path anew. It is built beside it and takes its
// place only when it is whole; what lay there before stays as PATH.replaced.
// Each destination's own catalogue decides about its copies; of a hold that
// several know, the latest word counts. A stream that ends in an error ends
// the rebuild, and then nothing was changed.
func Rebuild(ctx context.Context, path string, in Rebuilding, now time.Time) (Rebuilt, error) {
	var done Rebuilt
	path, err := filepath.Abs(path)
	if err != nil {
		return done, fmt.Errorf("state path: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return done, fmt.Errorf("make the state's folder: %w", err)
	}
	lock, err := lockBeside(path)
	if errors.Is(err, errLockBusy) {
		return done, lockedAt(ctx, path)
	}
	if err != nil && !errors.Is(err, errLockUnsupported) {
		return done, fmt.Errorf("lock the state: %w", err)
	}
	fresh := path + ".rebuild"
	done, err = rebuildAt(ctx, fresh, in, now)
	if err == nil {
		err = replace(path, fresh)
	}
	if err != nil {
		err = errors.Join(fmt.Errorf("rebuild the state: %w", err), removeDatabase(fresh))
	}
	return done, errors.Join(err, lock.close())
}

func rebuildAt(ctx context.Context, path string, in Rebuilding, now time.Time) (done Rebuilt, err error) {
	if err := removeDatabase(path); err != nil {
		return done, err
	}
	s, err := Open(ctx, path, Options{Create: true, Now: now})
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if _, err := s.Acquire(ctx, Holder{Run: "rebuild"}, now); err != nil {
		return done, err
	}
	r := rebuilder{s: s, in: &in, holds: make(map[string]record.Hold)}
	err = r.run(ctx)
	return r.done, err
}

// rebuilder folds streams in transactions of its own size.
type rebuilder struct {
	s     *State
	in    *Rebuilding
	done  Rebuilt
	holds map[string]record.Hold
	batch []record.Event
}

const rebuildBatch = 1000

func (r *rebuilder) run(ctx context.Context) error {
	err := r.s.write(ctx, "rebuild", func(u *unit) error {
		return setMeta(ctx, u.tx, map[string]string{"lineage": r.in.Lineage, "serial": fmt.Sprint(r.in.Serial)})
	})
	if err != nil {
		return err
	}
	for _, stream := range r.in.Streams {
		for e, err := range stream.Events {
			if err != nil {
				return fmt.Errorf("catalogue of %s: %w", stream.Destination, err)
			}
			if err := r.take(ctx, stream.Destination, e); err != nil {
				return fmt.Errorf("catalogue of %s: %w", stream.Destination, err)
			}
		}
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	return r.s.write(ctx, "rebuild", func(u *unit) error { return r.finish(ctx, u) })
}

// take sorts one event in. Holds wait for the end, when all have been heard.
func (r *rebuilder) take(ctx context.Context, at string, e record.Event) error {
	if h := e.Hold; h != nil {
		if old, ok := r.holds[h.Name]; !ok || heard(h) >= heard(&old) {
			r.holds[h.Name] = *h
		}
		e.Hold = nil
	}
	if e.Copy == nil && e.Tombstone == nil && e.Evidence == nil {
		return nil
	}
	settleAt(&e, at)
	r.done.Records++
	r.batch = append(r.batch, e)
	if len(r.batch) < rebuildBatch {
		return nil
	}
	return r.flush(ctx)
}

// settleAt gives an event the name that its destination has now: a catalogue
// speaks of its own place alone, by the label that this had when it was written.
func settleAt(e *record.Event, destination string) {
	if e.Copy != nil {
		c := *e.Copy
		c.Destination, e.Copy = destination, &c
	}
	if e.Tombstone != nil {
		t := *e.Tombstone
		t.Destination, e.Tombstone = destination, &t
	}
	if e.Evidence != nil && e.Evidence.Destination != "" {
		v := *e.Evidence
		v.Destination, e.Evidence = destination, &v
	}
}

// heard is when the last word on a hold was spoken.
func heard(h *record.Hold) int64 { return max(h.SetAt, h.ReleasedAt) }

func (r *rebuilder) flush(ctx context.Context) error {
	if len(r.batch) == 0 {
		return nil
	}
	err := r.s.write(ctx, "rebuild", func(u *unit) error { return u.fold(ctx, r.batch, false) })
	r.batch = r.batch[:0]
	return err
}

func (r *rebuilder) finish(ctx context.Context, u *unit) error {
	for _, h := range r.holds {
		if err := u.setHold(ctx, &h); err != nil {
			return err
		}
		r.done.Holds++
	}
	if err := u.tx.QueryRowContext(ctx, queryFileCopies).Scan(&r.done.Copies); err != nil {
		return fmt.Errorf("count copies: %w", err)
	}
	for i := range r.in.Heads {
		if err := u.setHead(ctx, &r.in.Heads[i]); err != nil {
			return err
		}
	}
	if r.in.PolicySet != nil {
		if err := u.setPolicySet(ctx, r.in.PolicySet); err != nil {
			return err
		}
	}
	if r.in.Audit == nil {
		return nil
	}
	for e, err := range r.in.Audit {
		if err != nil {
			return fmt.Errorf("audit chain: %w", err)
		}
		if err := u.appendAudit(ctx, e); err != nil {
			return fmt.Errorf("audit entry %d: %w", e.N, err)
		}
		r.done.Audit++
	}
	return nil
}

// A database is up to three files: the log belongs to the very database that
// it was written for, and would destroy another one of the same name.
var databaseSuffixes = []string{"", "-wal", "-shm"}

func removeDatabase(path string) error {
	for _, suffix := range append(databaseSuffixes, ".lock") {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// replace puts a closed database in the place of another one, which is kept
// as PATH.replaced. Killed in the middle, it leaves no state at path or the
// old one without its log: the first is missing, the second is older than the
// catalogue's head; both say "state rebuild".
func replace(path, fresh string) error {
	old := path + ".replaced"
	if err := removeDatabase(old); err != nil {
		return err
	}
	for _, suffix := range databaseSuffixes {
		if err := os.Rename(path+suffix, old+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	if err := removeDatabase(fresh); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil // it has no such call; renames are journalled there
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
