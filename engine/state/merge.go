package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/backstay/backstay/engine/record"
)

// Merging is for what another state recorded of the same copies: neither of the
// two knows all, so that of each promise the longer one stays.

// merged is a row that is recorded over another one: the event's, but with the
// later term, lock and sight of its tier, the holds of both, and the earlier moments at which it
// lost its place and its source.
func merged(old, row *record.Copy) *record.Copy {
	if old == nil {
		return row
	}
	m := *row
	if old.RetainUntil > m.RetainUntil {
		m.RetainUntil, m.TermReason = old.RetainUntil, old.TermReason
	}
	if old.LockedUntil > m.LockedUntil {
		m.LockedUntil, m.LockMode = old.LockedUntil, old.LockMode
	}
	if len(old.Holds) > 0 {
		m.Holds = slices.Concat(old.Holds, row.Holds)
		slices.Sort(m.Holds)
		m.Holds = slices.Compact(m.Holds)
	}
	if old.TieredAt > m.TieredAt {
		m.Tier, m.TieredAt = old.Tier, old.TieredAt
	}
	m.SupersededAt = earlier(old.SupersededAt, row.SupersededAt)
	m.GoneAt = earlier(old.GoneAt, row.GoneAt)
	return &m
}

// earlier gives the first of two instants; 0 is none.
func earlier(a, b int64) int64 {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// mergeRows merges rows with those that are recorded.
func (u *unit) mergeRows(ctx context.Context, rows []*record.Copy) error {
	d := &decoder{words: newWordReader(u.s.find(ctx, u.tx))}
	for i, row := range rows {
		old, err := u.recorded(ctx, d, row)
		if err != nil {
			return fmt.Errorf("read the copy of %q: %w", row.Path, err)
		}
		rows[i] = merged(old, row)
	}
	return nil
}

// recorded is the row with the key of another one; nil if there is none.
func (u *unit) recorded(ctx context.Context, d *decoder, key *record.Copy) (*record.Copy, error) {
	at := newPlainRow(copyCount)
	err := u.tx.QueryRowContext(ctx, queryCopy, key.Source, []byte(key.Path), key.Destination, key.Seq).Scan(at.dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c, err := d.whole(at)
	return &c, err
}

// mergeHold records a hold unless a later word on it is recorded. Of two words of
// one instant the hold counts, not the release.
func (u *unit) mergeHold(ctx context.Context, h *record.Hold) error {
	rows, err := u.tx.QueryContext(ctx, queryHold, h.Name)
	if err != nil {
		return fmt.Errorf("read hold %s: %w", h.Name, err)
	}
	defer rows.Close()
	if rows.Next() {
		old, err := scanHold(rows)
		if err != nil {
			return err
		}
		if heard(&old) > heard(h) || heard(&old) == heard(h) && old.ReleasedAt == 0 && h.ReleasedAt != 0 {
			return nil
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("read hold %s: %w", h.Name, err)
	}
	return u.setHold(ctx, h)
}
