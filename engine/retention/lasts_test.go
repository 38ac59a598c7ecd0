package retention

import (
	"testing"
	"time"

	"github.com/backstay/backstay/schema"
)

func TestLasts(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	past, soon, late := schema.UntilAt(now.AddDate(0, -1, 0)), schema.UntilAt(now.AddDate(0, 1, 0)), schema.UntilAt(now.AddDate(1, 0, 0))
	claims := []Claim{{Rule: Compile("backup.a/b", &schema.Retention{KeepLast: 1})}}
	for name, c := range map[string]struct {
		v    Version
		d    Verdict
		want schema.Until
	}{
		"over":             {Version{Claims: claims}, Verdict{Until: past, Over: true}, schema.UntilAt(now)},
		"term":             {Version{Claims: claims}, Verdict{Until: soon}, soon},
		"lock after term":  {Version{Claims: claims, LockedUntil: late}, Verdict{Until: soon}, late},
		"lock before term": {Version{Claims: claims, LockedUntil: soon}, Verdict{Until: late}, late},
		"old lock":         {Version{Claims: claims, LockedUntil: past}, Verdict{Until: soon}, soon},
		"held":             {Version{Claims: claims, Held: []string{"h"}}, Verdict{Until: past}, schema.UntilOpen},
		"living":           {Version{Claims: claims, Current: true}, Verdict{Until: past}, schema.UntilOpen},
		"orphan":           {Version{}, Verdict{Until: past}, schema.UntilOpen},
		"given up, locked": {Version{GivenUp: true, LockedUntil: soon}, Verdict{Until: late}, soon},
		"counted":          {Version{Claims: claims}, Verdict{Until: past}, schema.UntilOpen},
	} {
		if got := Lasts(&c.v, &c.d, now); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// What Judge lets go is over now, and what it keeps lasts longer than now.
func TestLastsAgreesWithJudge(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	keep := schema.Term{Count: 1, Unit: schema.Years}
	rule := Compile("backup.a/b", &schema.Retention{Keep: &keep, KeepLast: 1})
	for days := range 800 {
		v := []Version{{Seq: 1, Created: now.AddDate(0, 0, -days).UnixNano(), SupersededAt: now.AddDate(0, 0, -days).UnixMilli(), Claims: []Claim{{Rule: rule}}}}
		d := Judge(v, days%2 == 0, now)
		if lasts := Lasts(&v[0], &d[0], now); (lasts == schema.UntilAt(now)) != d[0].Over {
			t.Fatalf("%d days: lasts until %s, and the verdict is %+v", days, lasts, d[0])
		}
	}
}
