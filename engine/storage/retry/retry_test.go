package retry

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/storage"
)

// flaky fails with err as long as left is not used up. Only the methods under
// test are there; any other would panic.
type flaky struct {
	storage.Destination
	storage.Batch
	err   error
	left  int
	calls int
	after error // once err is used up
}

func (f *flaky) answer() error {
	f.calls++
	if f.left > 0 {
		f.left--
		return f.err
	}
	return f.after
}

func (f *flaky) Stat(context.Context, string) (storage.Object, error) {
	return storage.Object{Key: "k"}, f.answer()
}
func (f *flaky) Remove(context.Context, storage.Object) error { return f.answer() }
func (f *flaky) Begin(context.Context, string) (storage.Batch, error) {
	return f, nil
}
func (f *flaky) Sync(context.Context) error { return f.answer() }

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestTriesAgainWhereUnreachable(t *testing.T) {
	away := fmt.Errorf("connection reset: %w", storage.ErrUnreachable)
	for _, c := range []struct {
		name  string
		err   error
		left  int
		calls int
		fails bool
	}{
		{"at once", nil, 0, 1, false},
		{"second time", away, 1, 2, false},
		{"last time", away, len(Pauses), len(Pauses) + 1, false},
		{"never", away, 100, len(Pauses) + 1, true},
		{"full", storage.ErrNoSpace, 100, 1, true},
	} {
		f := &flaky{err: c.err, left: c.left}
		hand := clock.Fixed(start)
		o, err := Destination(f, hand).Stat(t.Context(), "k")
		if f.calls != c.calls || (err != nil) != c.fails || !errors.Is(err, c.err) && c.fails {
			t.Errorf("%s: %d calls, error %v", c.name, f.calls, err)
		}
		if err == nil && o.Key != "k" {
			t.Errorf("%s: object %v", c.name, o)
		}
		var waited time.Duration
		for _, p := range Pauses[:c.calls-1] {
			waited += p
		}
		if got := hand.Now().Sub(start); got != waited {
			t.Errorf("%s: waited %v, want %v", c.name, got, waited)
		}
	}
}

func TestBatchIsWrapped(t *testing.T) {
	f := &flaky{err: storage.ErrUnreachable, left: 2}
	b, err := Destination(f, clock.Fixed(start)).Begin(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Sync(t.Context()); err != nil || f.calls != 3 {
		t.Errorf("%d calls, error %v", f.calls, err)
	}
}

func TestRemovedThoughTheAnswerWasLost(t *testing.T) {
	f := &flaky{err: storage.ErrUnreachable, left: 1, after: storage.ErrNotExist}
	if err := Destination(f, clock.Fixed(start)).Remove(t.Context(), storage.Object{}); err != nil {
		t.Error(err)
	}
	f = &flaky{after: storage.ErrNotExist}
	if err := Destination(f, clock.Fixed(start)).Remove(t.Context(), storage.Object{}); !errors.Is(err, storage.ErrNotExist) {
		t.Errorf("nothing there from the start: %v", err)
	}
}

func TestStopsWaitingWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := &flaky{err: storage.ErrUnreachable, left: 9}
	_, err := Destination(f, clock.Fixed(start)).Stat(ctx, "k")
	if f.calls != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d calls, error %v", f.calls, err)
	}
}
