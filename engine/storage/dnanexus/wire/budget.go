package wire

import (
	"context"
	"sync"
)

// budget bounds how many bytes are held at once. Whoever wants more than the
// whole gets it alone.
type budget struct {
	turn  chan struct{} // whoever waits for bytes; others queue behind
	mu    sync.Mutex
	free  int64
	total int64
	freed chan struct{}
}

func newBudget(total int64) *budget {
	return &budget{turn: make(chan struct{}, 1), free: total, total: total, freed: make(chan struct{}, 1)}
}

// take waits until n bytes are free and takes them. It gives what to give back.
func (b *budget) take(ctx context.Context, n int64) (int64, error) {
	n = min(n, b.total)
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	for {
		if b.try(n) {
			return n, nil
		}
		select {
		case <-b.freed:
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
}

func (b *budget) try(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.free < n {
		return false
	}
	b.free -= n
	return true
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	b.free += n
	b.mu.Unlock()
	select {
	case b.freed <- struct{}{}:
	default:
	}
}
