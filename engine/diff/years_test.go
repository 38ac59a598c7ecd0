package diff

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/scope"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// A version that was superseded: kept through its term, retired when it is
// over, removed when its quarantine is, and nothing else ever.
func TestYearsOfOneVersion(t *testing.T) {
	w := newWorld(t, protect(t, "docs", "vault"))
	w.put("a", 1)
	w.run()
	w.sleep("10d")
	w.put("a", 2)
	expect(t, w.run(), `copy content_changed backup.docs.copy.vault["a"] #1>2 (size 2, was 1)`)
	w.now = time.Date(2027, 1, 1, 11, 50, 0, 0, time.UTC)
	expect(t, w.run(), ``)
	w.now = time.Date(2027, 1, 1, 12, 0, 1, 0, time.UTC)
	expect(t, w.run(), `retire term_over backup.docs.copy.vault["a"] #1 (term over since 2027-01-01T12:00:00.000Z: keep 1y after it was created (backup.docs/vault))`)
	w.sleep("29d")
	expect(t, w.run(), ``)
	w.sleep("1d")
	expect(t, w.run(), `expire quarantine_over backup.docs.copy.vault["a"] #1 (retired on 2027-01-01; term over since 2027-01-01T12:00:00.000Z: keep 1y after it was created (backup.docs/vault))`)
	w.sleep("50y")
	expect(t, w.run(), ``)
	if len(w.rows) != 1 || w.rows[0].Seq != 2 {
		t.Errorf("left: %+v", w.rows)
	}
}

func TestVanishedThroughItsTerm(t *testing.T) {
	w := newWorld(t, protect(t, "docs", "vault"))
	w.put("a", 1)
	w.put("keep", 1)
	w.run()
	w.sleep("350d")
	w.remove("a")
	expect(t, w.run(), `tag source_gone backup.docs.copy.vault["a"] #1`)
	w.sleep("89d")
	expect(t, w.run(), ``)
	w.sleep("1d")
	changes, s, _ := w.plan()
	expect(t, changes, `retire term_over backup.docs.copy.vault["a"] #1 (term over since 2027-03-17T12:06:00.000Z: keep_superseded 90d after its source was gone (backup.docs/vault))`)
	if c := changes[0]; c.Object.Live || c.Remaining != 0 || c.CopiesBefore != 1 || c.CopiesAfter != 0 || c.Before.Key == "" {
		t.Errorf("%s", c.AppendJSON(nil))
	}
	if s.Destinations[0].Retire.Objects != 1 {
		t.Errorf("%+v", s.Destinations)
	}
}

// Random years: whatever happens to tree, configuration and copies, a plan that
// was applied leaves nothing to do, and the promises hold.
func FuzzYears(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		y := &years{Rand: rand.New(rand.NewPCG(seed, 7)), world: newWorld(t)}
		y.limits()
		for range 40 {
			y.happen()
			y.step()
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	})
}

type years struct {
	*rand.Rand
	*world
}

func (y *years) limits() {
	one := protect(y.t, "docs", "attic", "vault")
	one.Retention.Keep = parse(y.t, []string{"1d", "60d", "1y", "forever"}[y.IntN(4)])
	one.Retention.KeepLast = y.IntN(4)
	one.Retention.KeepMonthly = y.IntN(3)
	one.Retention.KeepSuperseded = *parse(y.t, []string{"0d", "10d", "3mo"}[y.IntN(3)])
	if y.IntN(3) == 0 {
		one.Retention.Anchor = "study_end"
	}
	if y.IntN(2) == 0 {
		one.Copies[1].ArchiveAfter = parse(y.t, []string{"10d", "2mo"}[y.IntN(2)])
		one.Verify.Scrub = parse(y.t, "50d")
	}
	two := protect(y.t, "extra", "vault")
	switch y.IntN(4) {
	case 0:
		two.Copies[0].ArchiveAfter = parse(y.t, "20d")
	case 1:
		two.Copies[0].Tier = "live"
	}
	two.Scope.Includes = []*schema.Selector{include("/a"), include("**/*.x")}
	two.Scope.Excludes = []*schema.Selector{include("**/2.x")}
	y.configure([][]*schema.Backup{{one}, {one, two}, {two}}[y.IntN(3)]...)
}

var names = []string{"a/1", "a/2.x", "a/3.x", "b/1", "b/2.x", "c", "d.x", "a/s/4.x"}

func (y *years) happen() {
	name := names[y.IntN(len(names))]
	_, there := y.docs()[name]
	switch k := y.IntN(24); {
	case k < 5:
		y.put(name, int64(1+y.IntN(3)))
	case k == 5 && there:
		y.remove(name)
	case k == 6 && there:
		y.touch(name, func(e *storage.Entry) { e.CTime++ })
	case k == 7:
		y.set(storage.Entry{Path: name, Kind: storage.Symlink, Size: 1})
	case k == 8:
		y.set(storage.Entry{Path: name, Kind: storage.Special})
	case k == 9:
		clear(y.docs())
	case k == 10:
		y.limits()
	case k == 11:
		y.cfg.Backups = y.cfg.Backups[:y.IntN(len(y.cfg.Backups)+1)]
	case k == 12 && len(y.rows) > 0:
		r := &y.rows[y.IntN(len(y.rows))]
		if r.Status == record.Verified {
			r.Status = []record.Status{record.Damaged, record.Missing, record.Written}[y.IntN(3)]
		}
	case k == 13:
		y.cfg.Holds = append(y.cfg.Holds, &schema.Hold{Addr: resource(y.t, fmt.Sprintf("hold.h%d", y.IntN(3))), Match: include("/a")})
	case k == 14:
		y.cfg.Releases = append(y.cfg.Releases, &schema.Release{Hold: fmt.Sprintf("h%d", y.IntN(3))})
	case k == 15:
		y.cfg.Holds, y.cfg.Releases = nil, nil
	case k == 16:
		y.cfg.Retires = []*schema.Retire{{Addr: resource(y.t, "retire.r"), Targets: []string{"backup.extra"}, Match: include("/b", "**/3.x")}}
	case k == 17:
		y.cfg.Retires = nil
	case k == 18:
		y.cfg.Attests = []*schema.Attest{{Addr: resource(y.t, "attest.e"), Fact: "study_end", Date: y.now.Format(time.DateOnly), Match: include("/a")}}
	case k == 19 && len(y.rows) > 0:
		r := y.rows[y.IntN(len(y.rows))]
		if r.Status == record.Verified {
			y.request = func(q *Request) { q.Deviations = oneBad(r) }
		}
	}
}

func (y *years) step() {
	before := slices.Clone(y.rows)
	dead := len(y.expired)
	changes, s, _ := y.plan()
	y.promises(changes, s)
	y.thoroughly(changes, s)
	y.request = nil
	y.recordHolds()
	y.apply(changes)
	left, _, _ := y.plan()
	// A copy that is proved, or a hold that is released, may let others go; one that
	// was thought bad, and was not, may go to the archive.
	freed := slices.ContainsFunc(changes, func(c *plan.Change) bool {
		return c.Action == plan.Release || c.Action == plan.Verify && c.Reason == plan.CopyMissing
	})
	left = slices.DeleteFunc(left, func(c *plan.Change) bool { return c.Action.Removes() || freed && c.Action == plan.Archive })
	if len(left) > 0 {
		y.t.Errorf("left after apply:\n%sapplied:\n%s", show(left), show(changes))
	}
	y.covered()
	for _, r := range before {
		if i := slices.IndexFunc(y.rows, func(n record.Copy) bool { return byPath(r, n) == 0 }); i >= 0 &&
			y.rows[i].RetainUntil < r.RetainUntil && r.RetainUntil != schema.UntilOpen {
			y.t.Errorf("the term of %s #%d fell from %s to %s", r.Path, r.Seq, r.RetainUntil, y.rows[i].RetainUntil)
		}
	}
	for _, r := range y.expired[dead:] {
		y.mayHaveGone(r)
	}
	y.sleep([]string{"1d", "5d", "20d", "40d", "1y"}[y.IntN(5)])
}

// thoroughly plans again without the quick way for unchanged objects.
func (y *years) thoroughly(changes []*plan.Change, s *plan.Summary) {
	quick := y.request
	y.request = func(r *Request) {
		if r.thorough = true; quick != nil {
			quick(r)
		}
	}
	same, sum, _ := y.plan()
	if show(same) != show(changes) {
		y.t.Errorf("the quick way finds\n%sthe long one\n%s", show(changes), show(same))
	}
	if a, b := fmt.Sprintf("%+v", s), fmt.Sprintf("%+v", sum); a != b {
		y.t.Errorf("the quick way counts\n%s\nthe long one\n%s", a, b)
	}
}

// recordHolds does what apply does with the holds themselves.
func (y *years) recordHolds() {
	for _, h := range y.cfg.Holds {
		y.held = slices.DeleteFunc(y.held, func(r record.Hold) bool { return r.Name == h.Addr.Name && r.ReleasedAt != 0 })
		if !slices.ContainsFunc(y.held, func(r record.Hold) bool { return r.Name == h.Addr.Name }) {
			y.held = append(y.held, record.Hold{Name: h.Addr.Name, Selector: scope.Encode(h.Match)})
		}
	}
	for _, r := range y.cfg.Releases {
		for i := range y.held {
			if y.held[i].Name == r.Hold {
				y.held[i].ReleasedAt = y.now.UnixMilli()
			}
		}
	}
}

func (y *years) promises(changes []*plan.Change, s *plan.Summary) {
	for i, c := range changes {
		if i > 0 && c.Object.Kind != plan.Directory && changes[i-1].Object.Kind != plan.Directory && c.Object.Path < changes[i-1].Object.Path {
			y.t.Errorf("%s comes after %s", c.Address, changes[i-1].Address)
		}
		if c.Action.Removes() && (len(c.Before.Held) > 0 || c.Reason != plan.GivenUp && !c.Before.RetainUntil.Passed(y.now)) {
			y.t.Errorf("%s %s: held %v, until %s", c.Action, c.Address, c.Before.Held, c.Before.RetainUntil)
		}
		if c.Action == plan.Archive && (len(c.Before.Held) > 0 || c.Before.RetiredAt != (time.Time{}) || c.Before.Size == 0 || c.Remaining == 0) {
			y.t.Errorf("%s archives what should stay: %+v", c.Address, c.Before)
		}
		if c.Action == plan.Verify && (c.Before.Tier == "archived" || c.Before.Tier == "archival") && c.Before.Status == "verified" && c.Reason == plan.ScrubDue {
			y.t.Errorf("%s is archived and cannot be read", c.Address)
		}
		if c.Action.Removes() && c.Object.Live && c.Object.Kind == plan.File && c.Reason != plan.GivenUp && c.Remaining == 0 {
			y.t.Errorf("%s %s leaves nothing of a living object", c.Action, c.Address)
		}
	}
	if n := int64(len(changes)); s.Changes() != n {
		y.t.Errorf("%d changes, the summary has %d", n, s.Changes())
	}
}

// covered: every living object in scope has a verified copy of what it is now,
// at every destination.
func (y *years) covered() {
	for _, b := range y.cfg.Backups {
		m, err := scope.Compile(b, y.now)
		if err != nil {
			y.t.Fatal(err)
		}
		for _, e := range y.docs() {
			o := scope.Object{Path: e.Path, Kind: e.Kind.String(), Size: e.Size, MTime: e.MTime}
			if e.Kind == storage.Special || !m.Match(&o).In || len(y.cfg.Retires) > 0 {
				continue
			}
			for _, c := range b.Copies {
				if !slices.ContainsFunc(y.rows, func(r record.Copy) bool {
					return r.Path == e.Path && r.Destination == c.To.Name && r.Current() && proved(r.Status) && r.MTime == e.MTime &&
						(r.Size == e.Size || e.Kind == storage.Directory) && r.GoneAt == 0 && slices.Contains(r.Claims, plan.Claim(b.Addr.String(), c.Name))
				}) {
					y.t.Errorf("%s is not at %s", e.Path, c.To.Name)
				}
			}
		}
	}
}

// mayHaveGone looks at a copy that was removed just now.
func (y *years) mayHaveGone(r record.Copy) {
	if r.Status != record.Retired || len(r.Holds) > 0 || y.now.Sub(time.UnixMilli(r.RetiredAt)) < 7*24*time.Hour {
		y.t.Errorf("removed: %+v", r)
	}
	if len(y.cfg.Retires) > 0 || r.Kind != "file" {
		return
	}
	e, lives := y.docs()[r.Path]
	if lives && e.Kind == storage.File && !slices.ContainsFunc(y.rows, func(o record.Copy) bool { return o.Path == r.Path && o.Status == record.Verified }) {
		y.t.Errorf("the last verified copy of %s is gone, and it lives", r.Path)
	}
}
