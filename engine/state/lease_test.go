package state

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/schema/diag"
)

// open opens a second view on a state, as another process would.
func again(t *testing.T, path string) *State {
	t.Helper()
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestOneHolderAtATime(t *testing.T) {
	s := newState(t)
	other := again(t, s.path)
	_, err := other.Acquire(t.Context(), Holder{Host: "there", PID: 2, Run: "r2"}, testNow.Add(24*time.Hour))
	var locked *LockedError
	if !errors.As(err, &locked) {
		t.Fatalf("got %v", err)
	}
	if locked.Holder.Run != "r1" || !locked.SameHost || !locked.Since.Equal(testNow) {
		t.Errorf("got %+v", locked)
	}
	if d := diag.FromError(err, "", ""); d.Code != "state_locked" {
		t.Errorf("diagnostic %+v", d)
	}
	if held, err := other.Locked(t.Context()); err != nil || held == nil || held.Holder.Run != "r1" {
		t.Errorf("who has it: %+v, %v", held, err)
	}
	if err := s.lease.Load().Release(); err != nil {
		t.Fatal(err)
	}
	if held, err := other.Locked(t.Context()); err != nil || held != nil {
		t.Errorf("released, but: %+v, %v", held, err)
	}
	l, err := other.Acquire(t.Context(), Holder{Run: "r2"}, testNow)
	if err != nil {
		t.Fatal(err)
	}
	if l.Epoch() != 2 {
		t.Errorf("epoch %d", l.Epoch())
	}
	if err := s.Commit(t.Context(), Outcome{}); !errors.Is(err, ErrNoLease) {
		t.Errorf("written without a lease: %v", err)
	}
}

// pretend writes a holder into the row as if it had come from elsewhere.
func pretend(t *testing.T, s *State, boot string, locked bool) {
	t.Helper()
	_, err := s.writer.ExecContext(t.Context(),
		`UPDATE lease SET epoch = 7, held = 1, host = 'far', machine = ?, boot = ?, run = 'r0', locked = ?, heartbeat_at = ?`,
		boot, boot, locked, testNow.UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
}

func TestALeaseFromElsewhereEndsByItsTerm(t *testing.T) {
	for name, there := range map[string]struct {
		boot   string
		locked bool
	}{
		"another machine":        {"other-boot", true},
		"here, but with no lock": {thisMachine().boot, false},
	} {
		path := filepath.Join(t.TempDir(), "state.db")
		s, err := Open(t.Context(), path, Options{Create: true, Now: testNow})
		if err != nil {
			t.Fatal(err)
		}
		pretend(t, s, there.boot, there.locked)
		_, err = s.Acquire(t.Context(), Holder{Run: "r1"}, testNow.Add(LeaseTerm))
		var locked *LockedError
		if !errors.As(err, &locked) || locked.Holder.Run != "r0" {
			t.Fatalf("%s: before its end: %v", name, err)
		}
		l, err := s.Acquire(t.Context(), Holder{Run: "r1"}, testNow.Add(LeaseTerm+time.Millisecond))
		if err != nil || l.Epoch() != 8 {
			t.Fatalf("%s: after its end: %v", name, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestHeartbeat(t *testing.T) {
	hand := clock.Fixed(testNow)
	path := filepath.Join(t.TempDir(), "state.db")
	s, err := Open(t.Context(), path, Options{Create: true, Now: testNow, Clock: hand})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l, err := s.Acquire(t.Context(), Holder{Run: "r1"}, testNow)
	if err != nil {
		t.Fatal(err)
	}
	hand.Advance(time.Hour)
	if !l.beatOnce(t.Context()) {
		t.Error("lost without a reason")
	}
	held, err := s.Locked(t.Context())
	if err != nil || !held.Beaten.Equal(testNow.Add(time.Hour)) {
		t.Errorf("beaten at %v, %v", held, err)
	}
	if _, err := again(t, path).ForceUnlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l.beatOnce(t.Context()) {
		t.Error("it does not notice that it is lost")
	}
	select {
	case <-l.Lost():
	default:
		t.Error("nobody is told that it is lost")
	}
}

func TestHeartStopsWithRelease(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), Options{Create: true, Now: testNow, Clock: clock.Fixed(testNow)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l, err := s.Acquire(t.Context(), Holder{}, testNow)
	if err != nil {
		t.Fatal(err)
	}
	l.stop()
	l.startHeart(time.Microsecond)
	if err := l.Release(); err != nil { // waits for the goroutine
		t.Error(err)
	}
	if err := l.Release(); err != nil {
		t.Error(err)
	}
}

func TestUnlockFencesALivingHolderOut(t *testing.T) {
	s := newState(t)
	if err := s.Intend(t.Context(), Batch{Run: "r1", N: 1}); err != nil {
		t.Fatal(err)
	}
	other := again(t, s.path)
	was, err := other.ForceUnlock(t.Context())
	if err != nil || was == nil || was.Run != "r1" {
		t.Fatalf("unlocked %+v, %v", was, err)
	}
	if _, err := other.Acquire(t.Context(), Holder{Run: "r2"}, testNow); err != nil {
		t.Fatal(err)
	}
	if err := other.Fenced(t.Context()); err != nil {
		t.Errorf("the new holder: %v", err)
	}
	if err := s.Fenced(t.Context()); !errors.Is(err, ErrFenced) {
		t.Errorf("the old holder looks: %v", err)
	}
	select {
	case <-s.lease.Load().Lost():
	default:
		t.Error("the old holder looked and is not told")
	}
	if err := s.Commit(t.Context(), Outcome{Run: "r1", N: 1}); !errors.Is(err, ErrFenced) {
		t.Errorf("the old holder's commit: %v", err)
	}
	if err := s.Intend(t.Context(), Batch{Run: "r1", N: 2}); !errors.Is(err, ErrFenced) {
		t.Errorf("the old holder's intent: %v", err)
	}
	select {
	case <-s.lease.Load().Lost():
	default:
		t.Error("the old holder is not told")
	}
	if err := s.lease.Load().Release(); err != nil {
		t.Error(err)
	}
	if err := other.Commit(t.Context(), Outcome{Run: "r2", N: 1}); err != nil {
		t.Errorf("the old holder's release ended the new lease: %v", err)
	}
}

func TestUnlockOfNothing(t *testing.T) {
	s := newState(t)
	if err := s.lease.Load().Release(); err != nil {
		t.Fatal(err)
	}
	if was, err := s.ForceUnlock(t.Context()); was != nil || err != nil {
		t.Errorf("got %+v, %v", was, err)
	}
}

func TestALockOnAFileThatLostItsNameIsNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	l, err := lockBeside(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	if _, err := lockBeside(path); !errors.Is(err, errLockBusy) {
		t.Errorf("a second lock: %v", err)
	}
	if err := os.Remove(lockPath(path)); err != nil {
		t.Fatal(err)
	}
	if l.current() {
		t.Error("a nameless lock counts")
	}
}
