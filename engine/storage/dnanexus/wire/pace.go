package wire

import (
	"context"
	"sync"
)

// The bounds of how many calls of a client are under way at once.
const (
	maxCalls = 48
	minCalls = 4
)

// pace bounds the calls under way. A call that the platform throttles closes the
// gate for all, and opens it when it has waited as long as it was told; half as
// many go on. With each call that is not throttled the bound rises again, by
// about one for each round of them.
type pace struct {
	mu     sync.Mutex
	limit  float64
	active int
	closed bool          // nobody enters
	moved  chan struct{} // closed when something changed; then there is another one
}

func newPace() *pace { return &pace{limit: maxCalls, moved: make(chan struct{})} }

// enter waits for a turn. Whoever got one calls leave.
func (p *pace) enter(ctx context.Context) error {
	for {
		moved, mine := p.try()
		if mine {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (p *pace) try() (moved <-chan struct{}, mine bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.active >= int(p.limit) {
		return p.moved, false
	}
	p.active++
	return nil, true
}

// leave ends a call, and tells whether it closed the gate, so that its caller
// has to open it. Of calls that are throttled together the first one counts.
func (p *pace) leave(throttled bool) (closed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active--
	switch {
	case !throttled:
		p.limit = min(p.limit+1/p.limit, maxCalls)
	case !p.closed:
		p.limit = max(p.limit/2, minCalls)
		p.closed, closed = true, true
	}
	p.wake()
	return closed
}

// open opens the gate.
func (p *pace) open() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = false
	p.wake()
}

func (p *pace) wake() {
	close(p.moved)
	p.moved = make(chan struct{})
}
