package retention

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/backstay/backstay/schema"
)

// random makes rules and histories from a seed. Instants lie within some years,
// so that terms end on either side of them.
type random struct{ *rand.Rand }

var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

func (r random) moment() int64 {
	return epoch.UnixMilli() + r.Int64N(3*366*dayMillis)
}

func (r random) maybe(n int64) int64 {
	if r.IntN(2) == 0 {
		return 0
	}
	return n
}

func (r random) term() schema.Term {
	units := []schema.Unit{schema.Hours, schema.Days, schema.Weeks, schema.Months, schema.Years}
	return schema.Term{Count: r.Int64N(40), Unit: units[r.IntN(len(units))]}
}

func (r random) retention() *schema.Retention {
	keep := r.term()
	s := &schema.Retention{
		Keep: &keep, KeepLast: r.IntN(4), KeepDaily: r.IntN(3), KeepWeekly: r.IntN(3),
		KeepMonthly: r.IntN(3), KeepYearly: r.IntN(3), KeepSuperseded: r.term(), Quarantine: r.term(),
	}
	if r.IntN(4) == 0 {
		s.Anchor = "study_end"
	}
	return s
}

func (r random) versions(rules []*Rule) []Version {
	versions := make([]Version, 1+r.IntN(6))
	for i := range versions {
		v := &versions[i]
		*v = Version{
			Seq: i + 1, Created: r.moment() * 1e6, CopiedAt: r.moment(), SupersededAt: r.maybe(r.moment()),
			GoneAt: r.maybe(r.moment()), RetiredAt: r.maybe(r.moment()), Verified: r.IntN(4) > 0,
			Stored: schema.Until(r.maybe(r.moment())), LockedUntil: schema.Until(r.maybe(r.moment())),
		}
		if r.IntN(8) == 0 {
			v.Stored = schema.UntilOpen
		}
		for _, rule := range rules {
			if r.IntN(3) > 0 {
				v.Claims = append(v.Claims, Claim{Rule: rule, Event: r.maybe(r.moment())})
			}
		}
	}
	last := &versions[len(versions)-1]
	last.Current, last.SupersededAt = r.IntN(2) == 0, 0
	return versions
}

// raise makes one thing of a retention block longer.
func (r random) raise(s schema.Retention) *schema.Retention {
	keep := *s.Keep
	switch r.IntN(9) {
	case 0:
		keep.Count++
	case 1:
		keep = schema.Term{Unit: schema.Forever}
	case 2:
		s.KeepLast++
	case 3:
		s.KeepDaily++
	case 4:
		s.KeepWeekly++
	case 5:
		s.KeepMonthly++
	case 6:
		s.KeepYearly++
	case 7:
		s.KeepSuperseded.Count++
	case 8:
		s.Quarantine.Count++
	}
	s.Keep = &keep
	return &s
}

func FuzzJudge(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := random{rand.New(rand.NewPCG(seed, 1))}
		config := []*schema.Retention{r.retention(), r.retention()}
		rules := []*Rule{Compile("a", config[0]), Compile("b", config[1])}
		versions := r.versions(rules)
		live := r.IntN(2) == 0
		now := time.UnixMilli(r.moment())
		before := Judge(versions, live, now)
		for i, d := range before {
			if v := &versions[i]; d.Until < v.Stored && v.Stored != schema.UntilOpen {
				t.Errorf("version %d: stored %s, now %s", v.Seq, v.Stored, d.Until)
			}
			if d.Reason == "" {
				t.Errorf("version %d: no reason", i+1)
			}
		}
		later := Judge(versions, live, now.Add(time.Duration(r.Int64N(1<<55))))
		noShorter(t, "an earlier moment", later, before, false)

		raised := append([]Version(nil), versions...)
		more := Compile("a", r.raise(*config[0]))
		for i := range raised {
			raised[i].Claims = append([]Claim(nil), raised[i].Claims...)
			for k := range raised[i].Claims {
				if raised[i].Claims[k].Rule == rules[0] {
					raised[i].Claims[k].Rule = more
				}
			}
		}
		noShorter(t, "a raised rule", before, Judge(raised, live, now), true)
		for i := range versions {
			if QuarantineEnd(&raised[i]) < QuarantineEnd(&versions[i]) {
				t.Errorf("a raised rule shortens the quarantine of version %d", i+1)
			}
			claims := versions[i].Claims
			if u, _ := Floor(&versions[i]); u > versions[i].Stored && Fits(claims, versions[i].Created, versions[i].Stored) {
				t.Errorf("version %d: floor %s fits the stored %s", i+1, u, versions[i].Stored)
			}
		}
	})
}

// noShorter: whatever b judges may go, a lets go too, and no end is earlier.
func noShorter(t *testing.T, what string, a, b []Verdict, ends bool) {
	t.Helper()
	for i := range a {
		if ends && b[i].Until < a[i].Until {
			t.Errorf("%s shortens version %d from %s to %s", what, i+1, a[i].Until, b[i].Until)
		}
		if b[i].Over && !a[i].Over {
			t.Errorf("%s lets version %d go: %s, else %s", what, i+1, b[i].Reason, a[i].Reason)
		}
	}
}

func FuzzGuard(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := random{rand.New(rand.NewPCG(seed, 2))}
		copies := make([]Standing, 1+r.IntN(6))
		for i := range copies {
			copies[i] = Standing{
				Verified: r.IntN(2) == 0, Present: r.IntN(2) == 0, Until: schema.Until(r.moment()),
				Leaving: r.IntN(2) == 0, GivenUp: r.IntN(6) == 0,
			}
		}
		now, live := time.UnixMilli(r.moment()), r.IntN(2) == 0
		may := Guard(copies, live, now)
		good, stay, running := 0, 0, live
		for i, c := range copies {
			if may[i] && !c.Leaving {
				t.Errorf("copy %d did not want to go", i)
			}
			if c.Verified && (c.Present || !live) && !(c.GivenUp && c.Leaving) {
				good++
				if !may[i] {
					stay++
				}
			}
			running = running || !c.Until.Passed(now) && !c.GivenUp
		}
		if running && good > 0 && stay == 0 {
			t.Errorf("live %v: the last verified copy goes: %+v %v", live, copies, may)
		}
		for i, c := range copies {
			if running && good == 0 && may[i] && !c.GivenUp {
				t.Errorf("copy %d goes while nothing verified is there", i)
			}
		}
	})
}
