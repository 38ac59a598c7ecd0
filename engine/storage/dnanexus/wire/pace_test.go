package wire

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
)

func TestPaceSlowsAndRecovers(t *testing.T) {
	hand := clock.Fixed(time.Unix(0, 0))
	p := newPace(hand)
	enter := func(n int) {
		t.Helper()
		for range n {
			if err := p.enter(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	full := func(want int) {
		t.Helper()
		if got := int(p.limit); got != want {
			t.Fatalf("%d calls at once, want %d", got, want)
		}
	}
	enter(maxCalls)
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if err := p.enter(ctx); !errors.Is(err, why) {
		t.Fatalf("one too many: %v", err)
	}
	throttle := &Error{Status: http.StatusServiceUnavailable, After: 20 * time.Second}
	p.leave(throttle)
	p.leave(throttle) // of the same moment
	full(maxCalls / 2)
	for range maxCalls - 2 {
		p.leave(&Error{Status: http.StatusNotFound}) // refused, and not for being too many
	}
	enter(1)
	if waited := hand.Now().Unix(); waited != 20 {
		t.Errorf("waited %d s", waited)
	}
	p.leave(nil)
	for range 9 {
		enter(1)
		p.leave(throttle)
	}
	full(minCalls)
	for range 2000 {
		enter(1)
		p.leave(nil)
	}
	full(maxCalls)
}

// Whoever waits for a turn gets it when another call ends.
func TestPaceHandsOn(t *testing.T) {
	p := newPace(clock.Fixed(time.Unix(0, 0)))
	p.limit = 1
	if err := p.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	const n = 20
	done := make(chan error)
	for range n {
		go func() {
			err := p.enter(t.Context())
			if err == nil {
				p.leave(&Error{Status: http.StatusServiceUnavailable})
			}
			done <- err
		}()
	}
	p.leave(nil)
	for range n {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if p.active != 0 {
		t.Errorf("%d calls are counted as under way", p.active)
	}
}
