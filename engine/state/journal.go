package state

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
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
	lines, err := encodeIntents(b.Intents)
	if err != nil {
		return fmt.Errorf("intend batch %d of run %s: %w", b.N, b.Run, err)
	}
	err = s.write(ctx, func(u *unit) error {
		return u.addIntents(ctx, b.Run, b.N, b.Destination, lines)
	})
	if err != nil {
		return fmt.Errorf("intend batch %d of run %s: %w", b.N, b.Run, err)
	}
	return nil
}

func (u *unit) addIntents(ctx context.Context, run string, n int64, destination string, lines []byte) error {
	var part int64
	if err := u.tx.QueryRowContext(ctx, queryNextPart, run, n).Scan(&part); err != nil {
		return err
	}
	_, err := u.tx.ExecContext(ctx, execIntend, run, n, part, destination, u.epoch, lines)
	return err
}

// OpenIntents streams the acts of batches that were begun and not committed,
// by run, batch and the order in which they were intended.
func (s *State) OpenIntents(ctx context.Context) iter.Seq2[Intent, error] {
	return func(yield func(Intent, error) bool) {
		err := s.each(ctx, queryIntents, nil, func(rows *sql.Rows) error {
			var run, destination string
			var batch int64
			var lines []byte
			if err := rows.Scan(&run, &batch, &destination, &lines); err != nil {
				return err
			}
			return yieldIntents(lines, func(i Intent) bool {
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

// wireIntent is the line of an intent; it has the journal's short life, so
// encoding/json's names are enough of a format.
type wireIntent struct {
	Kind        string          `json:"kind"`
	Destination string          `json:"destination,omitempty"`
	Key         []byte          `json:"key,omitempty"`
	Digest      string          `json:"digest,omitempty"`
	Copy        json.RawMessage `json:"copy,omitempty"`
}

func encodeIntents(list []Intent) ([]byte, error) {
	var lines bytes.Buffer
	enc := json.NewEncoder(&lines)
	enc.SetEscapeHTML(false)
	for _, i := range list {
		w := wireIntent{Kind: i.Kind, Destination: i.Destination, Key: []byte(i.Key), Digest: i.Digest}
		if i.Copy != nil {
			if err := i.Copy.Validate(); err != nil {
				return nil, err
			}
			w.Copy = record.AppendCopy(nil, i.Copy)
		}
		if err := enc.Encode(w); err != nil {
			return nil, err
		}
	}
	return lines.Bytes(), nil
}

func yieldIntents(lines []byte, yield func(Intent) bool) error {
	for line := range bytes.Lines(lines) {
		var w wireIntent
		if err := json.Unmarshal(line, &w); err != nil {
			return fmt.Errorf("%w: intent: %w", ErrDamaged, err)
		}
		i := Intent{Kind: w.Kind, Destination: w.Destination, Key: string(w.Key), Digest: w.Digest}
		if w.Copy != nil {
			c, err := record.ParseCopy(w.Copy)
			if err != nil {
				return fmt.Errorf("%w: intent: %w", ErrDamaged, err)
			}
			i.Copy = c
		}
		if !yield(i) {
			return errStopped
		}
	}
	return nil
}
