package schema

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Unit is the unit of a term. A term keeps the unit it was written in.
type Unit string

// The units of terms, with Forever as a value of its own.
const (
	Seconds Unit = "s"
	Minutes Unit = "min"
	Hours   Unit = "h"
	Days    Unit = "d"
	Weeks   Unit = "w"
	Months  Unit = "mo"
	Years   Unit = "y"
	Forever Unit = "forever"
)

// Days in a year and a month when terms of different units are compared, or
// shown as whole days: rounding up never shortens a legal period
// (compliance.md, parameter year_days).
const (
	YearDays  = 366
	MonthDays = 31
)

// Term is a length of time such as "7y", "30d" or "forever".
type Term struct {
	Count int64
	Unit  Unit
}

// ParseTerm reads a term: a whole number and a unit of s, min, h, d, w, mo, y;
// or the word forever.
func ParseTerm(s string) (Term, error) {
	if s == string(Forever) {
		return Term{Unit: Forever}, nil
	}
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyz")
	unit := Unit(s[len(digits):])
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || digits[0] < '0' || n > 1_000_000 || unit == Forever || unitSeconds(unit) == 0 {
		return Term{}, fmt.Errorf(`%q is not a term: write a whole number up to 1000000 and a unit (s, min, h, d, w, mo, y), for example "30d" or "7y", or "forever"`, s)
	}
	return Term{Count: n, Unit: unit}, nil
}

// String prints the term as it was written.
func (t Term) String() string {
	if t.Unit == Forever {
		return string(Forever)
	}
	return strconv.FormatInt(t.Count, 10) + string(t.Unit)
}

// MarshalText and UnmarshalText make a term its spelling in JSON.
func (t Term) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (t *Term) UnmarshalText(b []byte) error {
	parsed, err := ParseTerm(string(b))
	*t = parsed
	return err
}

// IsForever tells whether the term never ends.
func (t Term) IsForever() bool { return t.Unit == Forever }

// From gives the end of a term that starts at an instant: calendar arithmetic
// in UTC for days and longer, so that "7y" ends on the same date.
func (t Term) From(start time.Time) Until {
	start = start.UTC()
	n := int(t.Count)
	switch t.Unit {
	case Forever:
		return UntilForever
	case Years:
		return UntilAt(addMonths(start, 12*n))
	case Months:
		return UntilAt(addMonths(start, n))
	case Weeks:
		return UntilAt(start.AddDate(0, 0, 7*n))
	case Days:
		return UntilAt(start.AddDate(0, 0, n))
	default:
		return UntilAt(start.Add(time.Duration(t.Count*unitSeconds(t.Unit)) * time.Second))
	}
}

// addMonths ends on the same day of the month; where the month lacks that day
// the term ends on the first of the next one, never earlier.
func addMonths(t time.Time, months int) time.Time { return t.AddDate(0, months, 0) }

// Compare orders two terms. Equal units compare as counts (calendar terms);
// different ones by seconds, with 366 days a year and 31 a month; weeks and
// years against days included. Forever is longest.
func (t Term) Compare(u Term) int {
	switch {
	case t.IsForever() || u.IsForever():
		return cmp.Compare(b2i(t.IsForever()), b2i(u.IsForever()))
	case t.Unit == u.Unit:
		return cmp.Compare(t.Count, u.Count)
	}
	return cmp.Compare(t.Count*unitSeconds(t.Unit), u.Count*unitSeconds(u.Unit))
}

// WholeDays is the term in days, rounded up; -1 stands for forever.
func (t Term) WholeDays() int64 {
	if t.IsForever() {
		return -1
	}
	const day = 24 * 60 * 60
	return (t.Count*unitSeconds(t.Unit) + day - 1) / day
}

func unitSeconds(u Unit) int64 {
	const day = 24 * 60 * 60
	switch u {
	case Seconds:
		return 1
	case Minutes:
		return 60
	case Hours:
		return 60 * 60
	case Days:
		return day
	case Weeks:
		return 7 * day
	case Months:
		return MonthDays * day
	case Years:
		return YearDays * day
	}
	return 0
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
