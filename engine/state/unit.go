package state

import (
	"context"
	"database/sql"
	"errors"

	"github.com/backstay/backstay/engine/internal/fault"
)

// unit is one transaction of the lease's holder.
type unit struct {
	s     *State
	tx    *sql.Tx
	lease *Lease
	words wordWriter
	lists [2]lastList // the claims and holds of the row before
}

// ErrNoLease says that somebody writes who did not acquire the lease: a bug of
// the caller. ErrFenced says that the lease went to another holder since.
var (
	ErrNoLease = errors.New("bug: the state is written without a lease")
	ErrFenced  = errors.New("the lease on the state was taken over by another run")
)

// write runs f in a transaction that first proves that the lease is still
// ours. The proof holds until the commit, as the transaction has the write
// lock from its beginning.
//
// op names the fault points around the commit: state.OP.write before it,
// state.OP.written after it.
func (s *State) write(ctx context.Context, op string, f func(*unit) error) error {
	lease := s.lease.Load()
	if lease == nil {
		return ErrNoLease
	}
	u := &unit{s: s, lease: lease}
	err := inTx(ctx, s.writer, func(tx *sql.Tx) error {
		u.tx = tx
		u.words = wordWriter{tx: tx, cache: &s.words}
		if err := u.fence(ctx); err != nil {
			return err
		}
		if err := f(u); err != nil {
			return err
		}
		return fault.Point("state." + op + ".write")
	})
	if errors.Is(err, ErrFenced) {
		lease.lose()
	}
	if err != nil {
		return explain(err, s.path)
	}
	s.words.learn(u.words.added)
	return fault.Point("state." + op + ".written")
}

func (u *unit) fence(ctx context.Context) error {
	ours, err := u.lease.ours(ctx, u.tx)
	if err == nil && !ours {
		return ErrFenced
	}
	return err
}
