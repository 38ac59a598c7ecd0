package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
)

// AuditEntry is one link of the chain of runs. Its bytes are engine/audit's;
// the state only keeps the links in order.
type AuditEntry struct {
	N      int64
	Digest string // of Entry
	Prev   string // digest of entry N-1, "" for the first
	Entry  []byte
}

// ErrAuditChain says that an entry does not follow the last one.
var ErrAuditChain = errors.New("audit entry does not follow the last one")

// AppendAudit adds a link; it must be the next number and name the last digest.
func (s *State) AppendAudit(ctx context.Context, e AuditEntry) error {
	err := s.write(ctx, "audit", func(u *unit) error { return u.appendAudit(ctx, e) })
	if err != nil {
		return fmt.Errorf("append audit entry %d: %w", e.N, err)
	}
	return nil
}

func (u *unit) appendAudit(ctx context.Context, e AuditEntry) error {
	var last AuditEntry
	err := u.tx.QueryRowContext(ctx, queryAuditHead).Scan(&last.N, &last.Digest, &last.Prev, &last.Entry)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if e.N != last.N+1 || e.Prev != last.Digest || e.Digest == "" {
		return ErrAuditChain
	}
	_, err = u.tx.ExecContext(ctx, execAudit, e.N, e.Digest, e.Prev, e.Entry)
	return err
}

// AuditEntries streams the chain from its first link.
func (s *State) AuditEntries(ctx context.Context) iter.Seq2[AuditEntry, error] {
	return stream(ctx, s, queryAudit, nil, scanAudit)
}

// AuditHead is the last link; nil if there is none.
func (s *State) AuditHead(ctx context.Context) (*AuditEntry, error) {
	for e, err := range stream(ctx, s, queryAuditHead, nil, scanAudit) {
		if err != nil {
			return nil, fmt.Errorf("read the audit head: %w", err)
		}
		return &e, nil
	}
	return nil, nil
}

func scanAudit(rows *sql.Rows) (e AuditEntry, err error) {
	return e, rows.Scan(&e.N, &e.Digest, &e.Prev, &e.Entry)
}
