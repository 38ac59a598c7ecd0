package schema

import (
	"testing"
	"time"
)

func TestParseTerm(t *testing.T) {
	for s, want := range map[string]Term{
		"0s": {0, Seconds}, "90min": {90, Minutes}, "24h": {24, Hours}, "30d": {30, Days}, "2w": {2, Weeks}, "6mo": {6, Months},
		"7y": {7, Years}, "1000000y": {1_000_000, Years}, "forever": {0, Forever},
	} {
		got, err := ParseTerm(s)
		if err != nil || got != want {
			t.Errorf("%q is %+v (%v)", s, got, err)
		}
	}
	for _, s := range []string{"", "d", "30", "30 d", "-1d", "1.5h", "1m", "1000001d", "forevers", "1forever", "30D", "d30", "+1d", "-0d", "99999999999999999999d"} {
		if got, err := ParseTerm(s); err == nil {
			t.Errorf("%q was read as %v", s, got)
		}
	}
}

func TestTermFrom(t *testing.T) {
	start := time.Date(2024, 2, 29, 10, 0, 0, 0, time.FixedZone("", 3600))
	for s, want := range map[string]string{
		"7y":      "2031-03-01T09:00:00.000Z", // no 29 February: the day after, never before
		"4y":      "2028-02-29T09:00:00.000Z",
		"1mo":     "2024-03-29T09:00:00.000Z",
		"1w":      "2024-03-07T09:00:00.000Z",
		"1d":      "2024-03-01T09:00:00.000Z",
		"24h":     "2024-03-01T09:00:00.000Z",
		"forever": "forever",
		"9000y":   "forever", // past the year 9999
	} {
		term, err := ParseTerm(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := term.From(start).String(); got != want {
			t.Errorf("%s from %s ends at %s, want %s", s, start, got, want)
		}
	}
}

func TestTermCompare(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"7y", "7y", 0},
		{"7y", "8y", -1},
		{"365d", "1y", -1},
		{"366d", "1y", 0},
		{"12mo", "1y", 1},
		{"31d", "1mo", 0},
		{"24h", "1d", 0},
		{"90min", "1h", 1},
		{"forever", "1000000y", 1},
		{"forever", "forever", 0},
		{"1d", "forever", -1},
	} {
		a, _ := ParseTerm(c.a)
		b, _ := ParseTerm(c.b)
		if got := a.Compare(b); got != c.want {
			t.Errorf("%s against %s is %d, want %d", a, b, got, c.want)
		}
		if got := b.Compare(a); got != -c.want {
			t.Errorf("%s against %s is %d, want %d", b, a, got, -c.want)
		}
	}
}

func TestWholeDays(t *testing.T) {
	for s, want := range map[string]int64{"1s": 1, "24h": 1, "25h": 2, "7y": 7 * 366, "0d": 0, "forever": -1} {
		term, _ := ParseTerm(s)
		if got := term.WholeDays(); got != want {
			t.Errorf("%s is %d days, want %d", s, got, want)
		}
	}
}

// A term prints as it was written, apart from leading zeros, and its end never
// lies before its start.
func FuzzTerm(f *testing.F) {
	for _, s := range []string{"7y", "forever", "007d", "1000000mo", "24h"} {
		f.Add(s, int64(0))
	}
	f.Fuzz(func(t *testing.T, s string, unix int64) {
		term, err := ParseTerm(s)
		if err != nil {
			return
		}
		var again Term
		text, _ := term.MarshalText()
		if err := again.UnmarshalText(text); err != nil || again != term {
			t.Errorf("%q printed as %s, which is %+v (%v)", s, text, again, err)
		}
		start := time.Unix(unix%(1<<33), 0)
		if end, ok := term.From(start).Time(); ok && end.Before(start) {
			t.Errorf("%s from %s ends before it starts, at %s", term, start, end)
		}
	})
}
