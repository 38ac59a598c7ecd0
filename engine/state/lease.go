package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/backstay/backstay/engine/internal/guard"
)

// LeaseTerm is how long a lease is good without a heartbeat, where the death
// of its holder cannot be proved. HeartbeatEvery is how often it is renewed.
const (
	LeaseTerm      = 2 * time.Minute
	HeartbeatEvery = 20 * time.Second
)

// Holder is who writes, for messages; it proves nothing.
type Holder struct {
	Host string
	PID  int
	Run  string
	User string
}

// Lease is the right to write. Its holder keeps an exclusive kernel lock on a
// file beside the state, which ends with the process: whoever gets that lock
// has proved that a holder on this machine is dead, and takes over at once.
// Across machines, and where locks do not work, a lease ends LeaseTerm after
// its last heartbeat. A holder that was only asleep is fenced: the epoch that
// every change of hands raises is compared in each transaction.
type Lease struct {
	s     *State
	epoch int64
	file  *lockFile // nil where locks do not work

	stop context.CancelFunc
	beat sync.WaitGroup
	lost chan struct{}
	once struct{ lose, release sync.Once }
	err  error // of Release
}

// Acquire takes the lease for as long as this process lives or until Release.
// It returns a *LockedError if somebody else has it.
func (s *State) Acquire(ctx context.Context, h Holder, now time.Time) (*Lease, error) {
	if s.writer == nil {
		return nil, errors.New("bug: lease on a read-only state")
	}
	if s.lease.Load() != nil {
		return nil, errors.New("bug: lease acquired twice")
	}
	file, err := lockBeside(s.path)
	if errors.Is(err, errLockBusy) {
		return nil, s.lockedBySomebody(ctx)
	}
	if err != nil && !errors.Is(err, errLockUnsupported) {
		return nil, fmt.Errorf("lock the state: %w", err)
	}
	l := &Lease{s: s, file: file, lost: make(chan struct{})}
	if err := l.take(ctx, h, now); err != nil {
		return nil, errors.Join(explain(err, s.path), file.close())
	}
	if err := s.refresh(ctx); err != nil {
		return nil, errors.Join(explain(err, s.path), file.close())
	}
	l.startHeart(HeartbeatEvery)
	s.lease.Store(l)
	return l, nil
}

// leaseRow is the row of table lease.
type leaseRow struct {
	epoch            int64
	held             bool
	machine, boot    string
	locked           bool // its holder has the kernel lock
	acquired, beaten int64
	Holder
}

func readLease(ctx context.Context, q querier) (r leaseRow, err error) {
	err = q.QueryRowContext(ctx, queryLease).Scan(&r.epoch, &r.held, &r.Host, &r.machine, &r.boot, &r.PID,
		&r.Run, &r.User, &r.locked, &r.acquired, &r.beaten)
	return r, err
}

// take writes our name into the row, if nobody who may live is in it.
func (l *Lease) take(ctx context.Context, h Holder, now time.Time) error {
	here := thisMachine()
	return inTx(ctx, l.s.writer, func(tx *sql.Tx) error {
		row, err := readLease(ctx, tx)
		if err != nil {
			return fmt.Errorf("read the lease: %w", err)
		}
		if row.held && !l.over(row, here.is(row), now) {
			return row.lockedError(here.is(row))
		}
		l.epoch = row.epoch + 1
		_, err = tx.ExecContext(ctx, execTake, l.epoch, h.Host, here.id, here.boot, h.PID, h.Run, h.User,
			l.file != nil, now.UnixMilli(), now.UnixMilli())
		if err != nil {
			return fmt.Errorf("take the lease: %w", err)
		}
		if l.file != nil && !l.file.current() {
			return row.lockedError(true)
		}
		return nil
	})
}

// over tells whether a lease that was not given back has ended: its holder is
// dead, because we have the kernel lock that it would hold; or it was silent
// for too long.
func (l *Lease) over(row leaseRow, sameMachine bool, now time.Time) bool {
	if sameMachine && row.locked && l.file != nil {
		return true
	}
	return now.Sub(time.UnixMilli(row.beaten)) > LeaseTerm
}

// startHeart renews the lease until Release, or until it finds it lost.
func (l *Lease) startHeart(every time.Duration) {
	ctx, stop := context.WithCancel(context.Background())
	l.stop = stop
	if l.s.clock != nil {
		l.beat.Go(func() {
			defer guard.Recover()
			l.beatUntil(ctx, every)
		})
	}
}

// beatUntil waits in real time, whatever the clock that it writes down.
func (l *Lease) beatUntil(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if !l.beatOnce(ctx) {
			return
		}
	}
}

// beatOnce renews the lease; false says that it is lost. An error (a full
// disk, a busy state) is no reason to give up: the next beat may succeed.
func (l *Lease) beatOnce(ctx context.Context) bool {
	result, err := l.s.writer.ExecContext(ctx, execBeat, l.s.clock.Now().UnixMilli(), l.epoch)
	if err != nil {
		return true
	}
	if n, err := result.RowsAffected(); err == nil && n == 0 {
		l.lose()
		return false
	}
	return true
}

func (l *Lease) lose() { l.once.lose.Do(func() { close(l.lost) }) }

// Fenced looks whether the lease is still ours: ErrFenced if it went to somebody
// else, who may be writing by now, ErrNoLease if it was never taken. It reads one
// row and waits for no writer. A commit proves the same by itself.
func (s *State) Fenced(ctx context.Context) error {
	l := s.lease.Load()
	if l == nil {
		return ErrNoLease
	}
	ours, err := l.ours(ctx, s.reader)
	if err != nil {
		return explain(fmt.Errorf("read the lease: %w", err), s.path)
	}
	if !ours {
		l.lose()
		return ErrFenced
	}
	return nil
}

// ours compares the epoch of the last change of hands.
func (l *Lease) ours(ctx context.Context, q querier) (bool, error) {
	var epoch int64
	var held bool
	err := q.QueryRowContext(ctx, queryEpoch).Scan(&epoch, &held)
	return epoch == l.epoch && held, err
}

// Lost is closed once it is known that the lease went to somebody else: no
// commit can succeed any more, so that work had better stop.
func (l *Lease) Lost() <-chan struct{} { return l.lost }

// Epoch is the number of this change of hands.
func (l *Lease) Epoch() int64 { return l.epoch }

// Release gives the lease back. A second call does nothing.
func (l *Lease) Release() error {
	l.once.release.Do(func() {
		l.stop()
		l.beat.Wait()
		l.s.lease.CompareAndSwap(l, nil)
		_, err := l.s.writer.Exec(execGiveBack, l.epoch)
		if err != nil {
			err = fmt.Errorf("release the lease: %w", err)
		}
		l.err = errors.Join(err, l.file.close())
	})
	return l.err
}

// ForceUnlock ends the lease of a holder that neither works nor dies, and
// fences it out. It returns who that was, or nil if nobody held the lease.
func (s *State) ForceUnlock(ctx context.Context) (*Holder, error) {
	if s.writer == nil {
		return nil, errors.New("bug: unlock of a read-only state")
	}
	file, err := lockBeside(s.path)
	if errors.Is(err, errLockBusy) {
		err = removeLock(s.path) // the old lock goes on, on a file without a name
	} else if errors.Is(err, errLockUnsupported) {
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("unlock the state: %w", err)
	}
	var was *Holder
	err = inTx(ctx, s.writer, func(tx *sql.Tx) error {
		row, err := readLease(ctx, tx)
		if err != nil || !row.held {
			return err
		}
		was = &row.Holder
		_, err = tx.ExecContext(ctx, execUnlock)
		return err
	})
	return was, errors.Join(explain(err, s.path), file.close())
}
