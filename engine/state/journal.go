package state

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
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
	err = s.write(ctx, "intend", func(u *unit) error {
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

// An intent's line is a JSON array: kind, destination, digest and key (in
// base64), then the copy if there is one, whose own key stands for an equal
// one. Its parts are appended by hand: half the work of a batch was there.
func encodeIntents(list []Intent) ([]byte, error) {
	dst := []byte{}
	for _, i := range list {
		key := i.Key
		if i.Copy != nil && i.Copy.Key == key {
			key = ""
		}
		dst = append(dst, '[')
		dst = record.AppendStrings(dst, []string{i.Kind, i.Destination, i.Digest, base64.StdEncoding.EncodeToString([]byte(key))})
		if i.Copy != nil {
			if err := i.Copy.Validate(); err != nil {
				return nil, err
			}
			dst = record.AppendCopy(append(dst, ','), i.Copy)
		}
		dst = append(dst, ']', '\n')
	}
	return dst, nil
}

func yieldIntents(lines []byte, yield func(Intent) bool) error {
	for line := range bytes.Lines(lines) {
		i, err := parseIntent(line)
		if err != nil {
			return fmt.Errorf("%w: intent: %w", ErrDamaged, err)
		}
		if !yield(i) {
			return errStopped
		}
	}
	return nil
}

func parseIntent(line []byte) (i Intent, err error) {
	var parts []json.RawMessage
	if err := json.Unmarshal(line, &parts); err != nil {
		return i, err
	}
	if len(parts) != 1 && len(parts) != 2 {
		return i, fmt.Errorf("%d parts", len(parts))
	}
	var head [4]string
	if err := json.Unmarshal(parts[0], &head); err != nil {
		return i, err
	}
	key, err := base64.StdEncoding.DecodeString(head[3])
	if err != nil {
		return i, err
	}
	i = Intent{Kind: head[0], Destination: head[1], Digest: head[2], Key: string(key)}
	if len(parts) == 1 {
		return i, nil
	}
	if i.Copy, err = record.ParseCopy(parts[1]); err != nil {
		return i, err
	}
	if i.Key == "" {
		i.Key = i.Copy.Key
	}
	return i, nil
}
