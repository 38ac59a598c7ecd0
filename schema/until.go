package schema

import (
	"fmt"
	"math"
	"time"
)

// Until is the end of a copy's term: an instant in milliseconds since the
// epoch, or one of two named values. No arithmetic is done on it; later ends
// compare greater, open and forever greatest.
type Until int64

// UntilNone is the end of a term that was never set. UntilOpen is the end of a
// term whose event is not attested yet: it does not pass. UntilForever never
// passes either, and no event can change that.
const (
	UntilNone    Until = 0
	UntilOpen    Until = math.MaxInt64 - 1
	UntilForever Until = math.MaxInt64
)

// lastInstant is 9999-12-31: a term past it counts as open-ended in time, so
// that no arithmetic can overflow into the past.
var lastInstant = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC).UnixMilli()

// UntilAt makes an end of an instant, rounded up to the next millisecond. An
// instant beyond the year 9999 becomes UntilForever.
func UntilAt(t time.Time) Until {
	ms := t.Add(time.Millisecond - 1).UnixMilli()
	if ms > lastInstant {
		return UntilForever
	}
	return Until(ms)
}

// Passed tells whether the term is over at an instant.
func (u Until) Passed(now time.Time) bool {
	return u != UntilOpen && u != UntilForever && int64(u) <= now.UnixMilli()
}

// Time is the instant; ok is false for open and forever.
func (u Until) Time() (t time.Time, ok bool) {
	if u == UntilOpen || u == UntilForever {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(u)).UTC(), true
}

// String is RFC 3339 in UTC, "open" or "forever".
func (u Until) String() string {
	switch u {
	case UntilOpen:
		return "open"
	case UntilForever:
		return "forever"
	}
	return time.UnixMilli(int64(u)).UTC().Format("2006-01-02T15:04:05.000Z")
}

// MarshalText makes an end its spelling in JSON.
func (u Until) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (u *Until) UnmarshalText(b []byte) error {
	switch string(b) {
	case "open":
		*u = UntilOpen
		return nil
	case "forever":
		*u = UntilForever
		return nil
	}
	t, err := time.Parse(time.RFC3339, string(b))
	if err != nil {
		return fmt.Errorf("%q is not an instant, \"open\" or \"forever\"", b)
	}
	*u = UntilAt(t)
	return nil
}
