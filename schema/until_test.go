package schema

import (
	"testing"
	"time"
)

func TestUntilPassed(t *testing.T) {
	end := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	late := time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		u    Until
		now  time.Time
		want bool
	}{
		{UntilAt(end), end.Add(-time.Millisecond), false},
		{UntilAt(end), end, true},
		{UntilAt(end.Add(time.Nanosecond)), end, false}, // rounded up
		{UntilOpen, late, false},
		{UntilForever, late, false},
		{UntilNone, end, true},
	} {
		if got := c.u.Passed(c.now); got != c.want {
			t.Errorf("%s at %s: passed is %v", c.u, c.now, got)
		}
	}
}

func TestUntilOrder(t *testing.T) {
	last := UntilAt(time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC))
	if !(UntilNone < last && last < UntilOpen && UntilOpen < UntilForever) {
		t.Error("open comes after every instant, and forever after open")
	}
	if UntilAt(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)) != UntilForever {
		t.Error("an instant past the year 9999 should be forever")
	}
}

func TestUntilTime(t *testing.T) {
	at := time.Date(2030, 1, 1, 12, 0, 0, 5e6, time.UTC)
	if got, ok := UntilAt(at).Time(); !ok || !got.Equal(at) {
		t.Errorf("%s came back as %s", at, got)
	}
	for _, u := range []Until{UntilOpen, UntilForever} {
		if _, ok := u.Time(); ok {
			t.Errorf("%s has an instant", u)
		}
	}
}

func TestUntilTextRefusesGarbage(t *testing.T) {
	var u Until
	if err := u.UnmarshalText([]byte("soon")); err == nil {
		t.Error("soon was read as an end")
	}
}

// Every end survives JSON.
func FuzzUntilText(f *testing.F) {
	for _, n := range []int64{0, 1, 1_700_000_000_000, int64(UntilOpen), int64(UntilForever), lastInstant} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		u := Until(n)
		if u != UntilOpen && u != UntilForever && (n < 0 || n > lastInstant) {
			return // nothing makes such an end
		}
		text, err := u.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back Until
		if err := back.UnmarshalText(text); err != nil || back != u {
			t.Errorf("%s came back as %s (%v)", u, back, err)
		}
	})
}
