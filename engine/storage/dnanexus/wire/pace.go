package wire

import (
	"context"
	"sync"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
)

// The bounds of how many calls of a client are under way at once.
const (
	maxCalls = 48
	minCalls = 4
)

// pace bounds the calls under way. When the platform throttles one, all wait as
// long as it says and half as many go on; with each call that is not throttled
// the bound rises again, by about one for each round of them.
type pace struct {
	clock clock.Clock

	mu     sync.Mutex
	limit  float64
	active int
	until  time.Time     // nobody calls before
	moved  chan struct{} // closed when a call ended; then there is another one
}

func newPace(c clock.Clock) *pace {
	return &pace{clock: c, limit: maxCalls, moved: make(chan struct{})}
}

// enter waits for a turn. Whoever got one calls leave.
func (p *pace) enter(ctx context.Context) error {
	for {
		wait, moved, mine := p.try()
		if mine {
			return nil
		}
		if wait > 0 {
			if err := p.clock.Sleep(ctx, wait); err != nil {
				return err
			}
			continue
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (p *pace) try() (wait time.Duration, moved <-chan struct{}, mine bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wait := p.until.Sub(p.clock.Now()); wait > 0 {
		return wait, nil, false
	}
	if p.active >= int(p.limit) {
		return 0, p.moved, false
	}
	p.active++
	return 0, nil, true
}

// leave ends a call. A refusal that throttles says how long to wait.
func (p *pace) leave(refused *Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active--
	if refused == nil || !refused.throttled() {
		p.limit = min(p.limit+1/p.limit, maxCalls)
	} else if now := p.clock.Now(); !p.until.After(now) { // of calls that are refused together the first one counts
		p.limit = max(p.limit/2, minCalls)
		p.until = now.Add(refused.After)
	}
	close(p.moved)
	p.moved = make(chan struct{})
}
