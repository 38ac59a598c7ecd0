package retention

import (
	"strings"
	"time"

	"github.com/backstay/backstay/schema"
)

// Verdict is the answer for one version.
type Verdict struct {
	Until  schema.Until // end of the term; what is stored
	Term   string       // the rule that sets it
	Over   bool         // nothing keeps the version any more, but see Guard
	Reason string       // what keeps it, or why nothing does
}

// Judge decides on the versions of one object at one destination, by rising
// number. live tells whether the object is at its source and in scope: the
// counts (keep_last and so on) speak of living objects only.
func Judge(versions []Version, live bool, now time.Time) []Verdict {
	verdicts := make([]Verdict, len(versions))
	var selected []string
	if live {
		selected = Select(versions, now)
	}
	for i := range versions {
		v := &versions[i]
		d := &verdicts[i]
		d.Until, d.Term = Term(v)
		chosen := ""
		if live {
			chosen = selected[i]
		}
		d.Reason = keeps(v, d, chosen, now)
		if d.Over = d.Reason == ""; d.Over {
			d.Reason = "term over since " + d.Until.String() + ": " + d.Term
			if v.GivenUp {
				d.Reason = "given up by a retire block"
			}
		}
	}
	return verdicts
}

// keeps gives the reason that keeps a version, or "". Holds and locks come
// first: nothing passes them.
func keeps(v *Version, d *Verdict, selected string, now time.Time) string {
	switch {
	case len(v.Held) > 0:
		return "held by " + strings.Join(v.Held, ", ")
	case v.LockedUntil != schema.UntilNone && !v.LockedUntil.Passed(now):
		return "locked until " + v.LockedUntil.String()
	case v.GivenUp:
		return ""
	case v.Current:
		return "current version of a live object"
	case len(v.Claims) == 0:
		return "no backup plan claims it; only a retire block gives it up"
	case !d.Until.Passed(now):
		return "until " + d.Until.String() + ": " + d.Term
	}
	return selected
}

// QuarantineEnd is when a version that was retired may be removed: the longest
// quarantine of its claims, and never before MinimumQuarantine.
func QuarantineEnd(v *Version) schema.Until {
	end := span{ms: MinimumQuarantine.Milliseconds()}.after(v.RetiredAt)
	if len(v.Claims) == 0 {
		return max(end, compileSpan(defaultQuarantine).after(v.RetiredAt))
	}
	for i := range v.Claims {
		end = max(end, v.Claims[i].Rule.quarantine.after(v.RetiredAt))
	}
	return end
}

// Standing is one copy of an object, at any destination, as Guard sees it.
type Standing struct {
	Verified bool // proved, not damaged, not retired
	Present  bool // of the version that the source has, or had last
	Until    schema.Until
	Leaving  bool // wants to go: its verdict is Over
	GivenUp  bool
}

// Guard keeps the last good copy: of the copies that want to leave it tells
// which may. While the object lives, a verified copy of its present version
// must stay; while it is gone and the term of any of its copies runs, a
// verified copy must. What a retire block gives up may leave in any case.
func Guard(copies []Standing, live bool, now time.Time) []bool {
	staying, running := 0, live
	good := func(c *Standing) bool { return c.Verified && (c.Present || !live) }
	for i := range copies {
		c := &copies[i]
		if good(c) && !(c.Leaving && c.GivenUp) {
			staying++
		}
		running = running || !c.Until.Passed(now) && !c.GivenUp
	}
	may := make([]bool, len(copies))
	for i := range copies {
		c := &copies[i]
		switch {
		case !c.Leaving:
		case c.GivenUp || !running:
			may[i] = true
		case good(c):
			if may[i] = staying > 1; may[i] {
				staying--
			}
		default:
			may[i] = staying > 0
		}
	}
	return may
}
