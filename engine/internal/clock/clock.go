// Package clock is the only place that asks what time it is.
//
// Everything else takes an instant as a value or a Clock as a parameter, so
// that every answer about terms can be repeated. Out go instants and waits;
// the package keeps no state, and never decides what a time means.
//
// A program built with the tag testclock takes its time from BACKSTAY_NOW, so
// that years can be tested through the real program; see TestClock.
package clock

import (
	"context"
	"sync"
	"time"
)

// Clock tells the time and waits.
type Clock interface {
	// Now is the present instant, in UTC.
	Now() time.Time
	// Sleep waits for d, or until ctx is done, whose cause it then returns.
	Sleep(ctx context.Context, d time.Duration) error
}

// waiter sleeps in real time; it is the half that both system clocks share.
type waiter struct{}

func (waiter) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Hand is a clock that is moved by hand. Its Sleep moves it and returns at
// once, so that tests of retries and leases take no time. It is safe for
// concurrent use.
type Hand struct {
	mu  sync.Mutex
	now time.Time
}

var _ Clock = (*Hand)(nil)

// Fixed returns a clock that stands at t until it is moved.
func Fixed(t time.Time) *Hand { return &Hand{now: t.UTC()} }

// Now is where the hand points.
func (h *Hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

// Sleep moves the hand by d unless ctx is done.
func (h *Hand) Sleep(ctx context.Context, d time.Duration) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	h.Advance(d)
	return nil
}

// Advance moves the hand; a negative d moves it back.
func (h *Hand) Advance(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}
