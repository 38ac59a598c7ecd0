package clock

import (
	"context"
	"testing"
	"time"
)

func TestStanding(t *testing.T) {
	c := At(1000)
	c.Advance(500)
	c.Advance(-2000)
	if c.Now() != 1500 || c.Offset() != 500 {
		t.Errorf("now %d, offset %d", c.Now(), c.Offset())
	}
}

func TestRunning(t *testing.T) {
	ahead := int64(time.Hour / time.Millisecond)
	c, machine := New(ahead), time.Now().UnixMilli()
	if now := c.Now(); now < machine+ahead {
		t.Errorf("now %d is not an hour ahead of %d", now, machine)
	}
	c.Freeze(true)
	stood := c.Now()
	c.Freeze(true)
	c.Advance(ahead)
	if c.Now() != stood+ahead {
		t.Errorf("a frozen clock went from %d to %d", stood, c.Now())
	}
	c.Freeze(false)
	if c.Now() < stood+ahead {
		t.Error("the clock went back when it ran on")
	}
}

func TestPauseEndsWithItsClient(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	began := time.Now()
	Pause(ctx, time.Hour)
	if time.Since(began) > time.Minute {
		t.Error("it waited for nobody")
	}
	Pause(t.Context(), time.Millisecond)
}
