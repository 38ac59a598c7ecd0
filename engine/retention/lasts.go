package retention

import (
	"time"

	"github.com/backstay/backstay/schema"
)

// Lasts tells until when nothing can take a version away, by what is known now:
// the instant itself if its verdict is over, the end of its term or lock if that
// is all that keeps it, and open if it stays for a reason that has no date: a
// hold, a count, a living object, or that nobody claims it.
func Lasts(v *Version, d *Verdict, now time.Time) schema.Until {
	locked := v.LockedUntil != schema.UntilNone && !v.LockedUntil.Passed(now)
	switch {
	case d.Over:
		return schema.UntilAt(now)
	case len(v.Held) > 0:
		return schema.UntilOpen
	case v.GivenUp && locked:
		return v.LockedUntil
	case v.Current || len(v.Claims) == 0:
		return schema.UntilOpen
	case locked:
		return max(v.LockedUntil, d.Until)
	case !d.Until.Passed(now):
		return d.Until
	}
	return schema.UntilOpen
}
