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

func (u *unit) setHead(ctx context.Context, h *Head) error {
	_, err := u.tx.ExecContext(ctx, execHead,
		h.Destination, h.MarkerID, h.N, h.Digest, h.Segments, h.Records, h.Checkpoint, h.CheckpointRecords)
	if err != nil {
		return fmt.Errorf("record the head of %s: %w", h.Destination, err)
	}
	return nil
}
