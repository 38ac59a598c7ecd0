package retention

import (
	"time"

	"github.com/backstay/backstay/schema"
)

// span is a term made ready for arithmetic on integers: a plan asks for the
// end of the term of every copy that it meets, and calendar arithmetic on
// time.Time would cost more than the comparison of the object. A test holds it
// against schema.Term.From.
type span struct {
	months  int64
	ms      int64
	forever bool
}

func compileSpan(t schema.Term) span {
	switch t.Unit {
	case schema.Forever:
		return span{forever: true}
	case schema.Years:
		return span{months: 12 * t.Count}
	case schema.Months:
		return span{months: t.Count}
	}
	// Shorter units have one length, in UTC; From knows it.
	end, _ := t.From(time.Unix(0, 0)).Time()
	if t.From(time.Unix(0, 0)) == schema.UntilForever {
		return span{forever: true}
	}
	return span{ms: end.UnixMilli()}
}

// lastMilli is 9999-12-31: what ends later never ends, as in schema.UntilAt.
var lastMilli = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC).UnixMilli()

// after is the end of the span that starts at ms.
func (s span) after(ms int64) schema.Until {
	if s.forever {
		return schema.UntilForever
	}
	end := ms + s.ms
	if s.months != 0 {
		end = addMonths(ms, s.months)
	}
	if end > lastMilli {
		return schema.UntilForever
	}
	return schema.Until(end)
}

// afterNano is after for an instant in nanoseconds, rounded up.
func (s span) afterNano(ns int64) schema.Until {
	const milli = int64(time.Millisecond)
	ms, rest := floorDiv(ns, milli)
	u := s.after(ms)
	if rest > 0 && u < schema.UntilOpen {
		u++
	}
	return u
}

const dayMillis = 24 * 60 * 60 * 1000

// addMonths goes to the same day of the month, on by months; a day that the
// month lacks runs over into the next one, so that a term never ends early.
func addMonths(ms, months int64) int64 {
	days, clock := floorDiv(ms, dayMillis)
	y, m, d := civil(days)
	years, month := floorDiv(m-1+months, 12)
	return (dayOf(y+years, month+1)+d-1)*dayMillis + clock
}

// civil gives year, month and day of a day counted from 1970-01-01, in the
// proleptic Gregorian calendar. Years are taken from March, so that the leap
// day is the last: era of 400 years, year and day in it.
func civil(days int64) (y, m, d int64) {
	era, dayOfEra := floorDiv(days+719468, 146097)
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/146096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	fromMarch := (5*dayOfYear + 2) / 153
	d = dayOfYear - (153*fromMarch+2)/5 + 1
	m, y = fromMarch+3, yearOfEra+era*400
	if m > 12 {
		m, y = m-12, y+1
	}
	return y, m, d
}

// dayOf is the first day of a month, counted from 1970-01-01.
func dayOf(y, m int64) int64 {
	if m <= 2 {
		y, m = y-1, m+12
	}
	era, yearOfEra := floorDiv(y, 400)
	return era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + (153*(m-3)+2)/5 - 719468
}

// floorDiv divides towards minus infinity; the rest is never negative.
func floorDiv(a, b int64) (quotient, rest int64) {
	quotient, rest = a/b, a%b
	if rest < 0 {
		quotient, rest = quotient-1, rest+b
	}
	return quotient, rest
}
