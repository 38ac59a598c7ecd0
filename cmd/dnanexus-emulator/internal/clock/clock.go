// Package clock is the emulator's time: the machine's, moved forward as far as
// somebody asked, or standing still. Instants are milliseconds since the epoch,
// as the platform has them. It never goes back.
package clock

import (
	"context"
	"sync"
	"time"
)

// Clock tells and moves the time; it may be used by many goroutines at once.
type Clock struct {
	mu     sync.Mutex
	offset int64
	frozen int64 // the instant at which it stands, 0 while it runs
	last   int64
}

// New makes a running clock that is so many milliseconds ahead.
func New(offset int64) *Clock { return &Clock{offset: offset} }

// At makes a clock that stands still at an instant.
func At(instant int64) *Clock { return &Clock{frozen: instant} }

// Now is the present instant; it never falls behind what it said before.
func (c *Clock) Now() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = max(c.last, c.now())
	return c.last
}

func (c *Clock) now() int64 {
	if c.frozen != 0 {
		return c.frozen
	}
	return time.Now().UnixMilli() + c.offset
}

// Advance moves the time forward by so many milliseconds; a negative number
// moves nothing.
func (c *Clock) Advance(millis int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if millis <= 0 {
		return
	}
	c.offset += millis
	if c.frozen != 0 {
		c.frozen += millis
	}
}

// Offset is how far the time is ahead of the machine's.
func (c *Clock) Offset() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

// Freeze stops the clock where it is, or lets it run on from there.
func (c *Clock) Freeze(stop bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case stop && c.frozen == 0:
		c.frozen = c.now()
	case !stop && c.frozen != 0:
		c.offset = c.frozen - time.Now().UnixMilli()
		c.frozen = 0
	}
}

// Pause waits on the machine's own time, which a slow answer costs its client;
// it ends early when the client leaves.
func Pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
