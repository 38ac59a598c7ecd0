package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/backstay/backstay/engine/record"
)

// Holds lists all holds by name, released ones included.
func (s *State) Holds(ctx context.Context) ([]record.Hold, error) {
	list, err := collect(stream(ctx, s, queryHolds, nil, scanHold))
	if err != nil {
		return nil, fmt.Errorf("list holds: %w", err)
	}
	return list, nil
}

func scanHold(rows *sql.Rows) (h record.Hold, err error) {
	var targets string
	if err := rows.Scan(&h.Name, &h.Reason, &h.Owner, &h.Selector, &targets, &h.SetAt, &h.ReleasedAt, &h.ReleasedBy); err != nil {
		return h, err
	}
	if err := json.Unmarshal([]byte(targets), &h.Targets); err != nil {
		return h, fmt.Errorf("%w: hold %s: %w", ErrDamaged, h.Name, err)
	}
	if len(h.Targets) == 0 {
		h.Targets = nil
	}
	return h, nil
}

func (u *unit) setHold(ctx context.Context, h *record.Hold) error {
	targets := string(record.AppendStrings(nil, h.Targets))
	_, err := u.tx.ExecContext(ctx, execHold, h.Name, h.Reason, h.Owner, h.Selector, targets, h.SetAt, h.ReleasedAt, h.ReleasedBy)
	if err != nil {
		return fmt.Errorf("record hold %s: %w", h.Name, err)
	}
	return nil
}
