package state

import (
	"context"
	"database/sql"
	"fmt"
)

// Head is the catalogue head that a destination showed last. A destination
// with another one was written by somebody whom this state does not know.
type Head struct {
	Destination string
	MarkerID    string // of the destination's marker
	N           int64
	Digest      string // of the head's file
	// Segments and Records count what the catalogue's tail holds since the
	// checkpoint that covers head number Checkpoint and has CheckpointRecords
	// rows.
	Segments          int64
	Records           int64
	Checkpoint        int64
	CheckpointRecords int64
}

// CheckpointDue tells whether the tail is long enough for a new checkpoint: at
// least 64 segments, and more records than the last one has, so that the cost
// of all checkpoints stays linear.
func (h *Head) CheckpointDue() bool {
	return h.Segments >= 64 && h.Records > h.CheckpointRecords
}

// Heads gives the last known head of every destination, by name.
func (s *State) Heads(ctx context.Context) (map[string]Head, error) {
	heads := make(map[string]Head)
	err := s.each(ctx, queryHeads, nil, func(rows *sql.Rows) error {
		var h Head
		err := rows.Scan(&h.Destination, &h.MarkerID, &h.N, &h.Digest, &h.Segments, &h.Records, &h.Checkpoint, &h.CheckpointRecords)
		heads[h.Destination] = h
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read heads: %w", err)
	}
	return heads, nil
}

// SetHead records a head outside a batch, as destination adopt does. It counts
// as an outcome: the serial rises.
func (s *State) SetHead(ctx context.Context, h Head) error {
	return s.Commit(ctx, Outcome{Destination: h.Destination, Head: &h})
}

func (u *unit) setHead(ctx context.Context, h *Head) error {
	_, err := u.tx.ExecContext(ctx, execHead,
		h.Destination, h.MarkerID, h.N, h.Digest, h.Segments, h.Records, h.Checkpoint, h.CheckpointRecords)
	if err != nil {
		return fmt.Errorf("record the head of %s: %w", h.Destination, err)
	}
	return nil
}
