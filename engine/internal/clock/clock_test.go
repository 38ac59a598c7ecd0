package clock

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestFixedMovesOnlyByHand(t *testing.T) {
	start := time.Date(2027, 3, 1, 12, 0, 0, 0, time.FixedZone("", 3600))
	c := Fixed(start)
	if !c.Now().Equal(start) || c.Now().Location() != time.UTC {
		t.Fatalf("Now() = %v, want %v in UTC", c.Now(), start)
	}
	if err := c.Sleep(context.Background(), time.Hour); err != nil {
		t.Fatal(err)
	}
	c.Advance(-2 * time.Hour)
	if want := start.Add(-time.Hour); !c.Now().Equal(want) {
		t.Fatalf("Now() = %v, want %v", c.Now(), want)
	}
}

func TestSleepGivesTheCause(t *testing.T) {
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(why)
	for name, c := range map[string]Clock{"system": System(), "fixed": Fixed(time.Unix(0, 0))} {
		for _, d := range []time.Duration{0, time.Hour} {
			if err := c.Sleep(ctx, d); !errors.Is(err, why) {
				t.Errorf("%s: Sleep(%v) = %v, want the cause", name, d, err)
			}
		}
	}
}

func TestSystemRunsInUTC(t *testing.T) {
	c := System()
	if err := c.Sleep(context.Background(), time.Nanosecond); err != nil {
		t.Fatal(err)
	}
	if loc := c.Now().Location(); loc != time.UTC {
		t.Fatalf("location %v, want UTC", loc)
	}
}
