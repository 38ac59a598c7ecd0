package state

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"github.com/backstay/backstay/engine/record"
)

// Evidence streams recorded verifications and restore tests of a kind, or with
// "" of all kinds, oldest record first.
func (s *State) Evidence(ctx context.Context, kind string) iter.Seq2[record.Evidence, error] {
	query, args := queryEvidence, []any(nil)
	if kind != "" {
		query, args = queryEvidenceKind, []any{kind}
	}
	return stream(ctx, s, query, args, func(rows *sql.Rows) (e record.Evidence, err error) {
		err = rows.Scan(&e.Kind, &e.At, &e.Run, &e.Destination, &e.Backup, &e.Method,
			&e.Objects, &e.Bytes, &e.Failed, &e.Outcome, &e.Detail)
		return e, err
	})
}

// addEvidence records evidence once: several catalogues tell of it, and settling
// tells of it again. A listing is also the baseline of its source, if that has no
// later one.
func (u *unit) addEvidence(ctx context.Context, e *record.Evidence) error {
	_, err := u.tx.ExecContext(ctx, execEvidence, e.Kind, e.At, e.Run, e.Destination, e.Backup, e.Method,
		e.Objects, e.Bytes, e.Failed, e.Outcome, e.Detail)
	if err == nil && e.Kind == "listing" && e.Detail != "" {
		_, err = u.tx.ExecContext(ctx, execListed, e.Detail, e.Run, e.At, e.Objects, e.Bytes)
	}
	if err != nil {
		return fmt.Errorf("record evidence: %w", err)
	}
	return nil
}
