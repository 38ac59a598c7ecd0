package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"github.com/backstay/backstay/engine/record"
)

// What an intent is about to do.
const (
	IntentObject     = "object"
	IntentSegment    = "segment"
	IntentSums       = "sums"
	IntentManifest   = "manifest"
	IntentHead       = "head"
	IntentMarker     = "marker"
	IntentCheckpoint = "checkpoint"
	IntentAudit      = "audit"
	IntentRemove     = "remove"
	IntentArchive    = "archive"
	IntentUnarchive  = "unarchive"
	IntentRevoke     = "revoke" // its key is who has the right, its digest which
)

// Intent is one act that a batch is about to do at a destination. An act is
// idempotent: what is found of it after a crash is settled, not undone.
type Intent struct {
	Run         string // set by OpenIntents
	Batch       int64  // set by OpenIntents
	Kind        string
	Destination string
	Key         string
	Digest      string       // of what will lie at the key, where it is known before
	Copy        *record.Copy // for kind object and remove: the facts of the copy
}

// Batch is a group of acts that are settled together, at most 1,000.
type Batch struct {
	Run         string
	N           int64
	Destination string
	Intents     []Intent
}

// Intend records what a batch is about to do; it is on disk when Intend
// returns. Called again for the same batch, it adds to what is there.
func (s *State) Intend(ctx context.Context, b Batch) error {
	err := s.write(ctx, "intend", func(u *unit) error {
		return u.addIntents(ctx, b.Run, b.N, b.Destination, b.Intents)
	})
	if err != nil {
		return fmt.Errorf("intend batch %d of run %s: %w", b.N, b.Run, err)
	}
	return nil
}

func (u *unit) addIntents(ctx context.Context, run string, n int64, destination string, list []Intent) error {
	packed, err := u.packIntents(ctx, list)
	if err != nil {
		return err
	}
	var part int64
	if err := u.tx.QueryRowContext(ctx, queryNextPart, run, n).Scan(&part); err != nil {
		return err
	}
	_, err = u.tx.ExecContext(ctx, execIntend, run, n, part, destination, u.lease.epoch, packed)
	return err
}

// OpenIntents streams the acts of batches that were begun and not committed,
// by run, batch, destination and the order in which they were intended.
func (s *State) OpenIntents(ctx context.Context) iter.Seq2[Intent, error] {
	return func(yield func(Intent, error) bool) {
		d := &decoder{words: newWordReader(s.find(ctx, s.reader))}
		err := s.each(ctx, queryIntents, nil, func(rows *sql.Rows) error {
			var run, destination string
			var batch int64
			var packed []byte
			if err := rows.Scan(&run, &batch, &destination, &packed); err != nil {
				return err
			}
			return unpackIntents(packed, d, func(i Intent) bool {
				i.Run, i.Batch = run, batch
				if i.Destination == "" {
					i.Destination = destination
				}
				return yield(i, nil)
			})
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(Intent{}, fmt.Errorf("read the journal: %w", err))
		}
	}
}

var errStopped = errors.New("the reader stopped")
