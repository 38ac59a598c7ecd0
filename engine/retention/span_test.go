package retention

import (
	"testing"
	"time"

	"github.com/backstay/backstay/schema"
)

// FuzzSpan holds the integer arithmetic against the calendar of package time.
func FuzzSpan(f *testing.F) {
	f.Add(int64(7), uint8(6), int64(1709210096123456789)) // 29 February
	f.Add(int64(1), uint8(5), int64(1769817599999999999)) // last instant of 30 January
	f.Add(int64(1), uint8(5), int64(1769903999999999999)) // and of 31 January
	f.Add(int64(13), uint8(5), int64(-86400000000001))
	f.Add(int64(1000000), uint8(6), int64(0))
	units := []schema.Unit{schema.Seconds, schema.Minutes, schema.Hours, schema.Days, schema.Weeks, schema.Months, schema.Years, schema.Forever}
	f.Fuzz(func(t *testing.T, n int64, unit uint8, ns int64) {
		if n < 0 || n > 1_000_000 {
			return
		}
		term := schema.Term{Count: n, Unit: units[int(unit)%len(units)]}
		if got, want := compileSpan(term).afterNano(ns), term.From(time.Unix(0, ns)); got != want {
			t.Errorf("%s from %d is %s (%d), the calendar says %s (%d)", term, ns, got, got, want, want)
		}
	})
}

func BenchmarkFits(b *testing.B) {
	keep := schema.Term{Count: 7, Unit: schema.Years}
	claims := []Claim{{Rule: Compile("backup.docs/vault", &schema.Retention{Keep: &keep})}}
	created := time.Date(2026, 2, 3, 4, 5, 6, 7, time.UTC).UnixNano()
	end := keep.From(time.Unix(0, created))
	b.ReportAllocs()
	for b.Loop() {
		if !Fits(claims, created, end) {
			b.Fatal("the very end does not fit")
		}
	}
}
