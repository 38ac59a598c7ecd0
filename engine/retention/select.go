package retention

import (
	"strconv"
	"time"
)

// periods are what the counts of a rule count, in its order. Two versions are
// of one period if they were copied in one: UTC, weeks as ISO 8601 has them.
var periods = [5]struct {
	name string
	of   func(t time.Time, seq int) int
}{
	{"keep_last", func(_ time.Time, seq int) int { return seq }},
	{"keep_daily", func(t time.Time, _ int) int { return t.Year()*1000 + t.YearDay() }},
	{"keep_weekly", func(t time.Time, _ int) int { y, w := t.ISOWeek(); return y*100 + w }},
	{"keep_monthly", func(t time.Time, _ int) int { return t.Year()*100 + int(t.Month()) }},
	{"keep_yearly", func(t time.Time, _ int) int { return t.Year() }},
}

// Select gives, for each version of one object at one destination (by rising
// number), the count that keeps it, such as "keep_daily 7 (backup.docs/vault)",
// or "". The latest verified version of a period stands for it. What is not
// verified is not counted and takes nobody's place; what is beyond its ceiling at
// the instant takes its place and is not kept by it.
func Select(versions []Version, now time.Time) []string {
	reasons := make([]string, len(versions))
	for i := range versions {
		for _, c := range versions[i].Claims {
			if first(versions, i, c.Rule) {
				c.Rule.choose(versions, reasons, now)
			}
		}
	}
	return reasons
}

// first tells whether version i is the first that a rule claims.
func first(versions []Version, i int, r *Rule) bool {
	for k := range i {
		if versions[k].claimedBy(r) {
			return false
		}
	}
	return true
}

func (v *Version) claimedBy(r *Rule) bool {
	for i := range v.Claims {
		if v.Claims[i].Rule == r {
			return true
		}
	}
	return false
}

// past tells whether a version is beyond a rule's ceiling.
func (v *Version) past(r *Rule, now time.Time) bool {
	if r.ceiling == nil {
		return false
	}
	for i := range v.Claims {
		if c := &v.Claims[i]; c.Rule == r {
			return c.most(v.Created).Passed(now)
		}
	}
	return false
}

func (r *Rule) choose(versions []Version, reasons []string, now time.Time) {
	for p, left := range r.counts {
		last, seen := 0, false
		for i := len(versions) - 1; i >= 0 && left > 0; i-- {
			v := &versions[i]
			if !v.Verified || !v.claimedBy(r) {
				continue
			}
			key := periods[p].of(time.UnixMilli(v.CopiedAt).UTC(), v.Seq)
			if seen && key == last {
				continue
			}
			last, seen, left = key, true, left-1
			if reasons[i] == "" && !v.past(r, now) {
				reasons[i] = periods[p].name + " " + strconv.Itoa(r.counts[p]) + " (" + r.Claim + ")"
			}
		}
	}
}
