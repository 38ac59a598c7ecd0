package diff

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// A removed backup block orphans its copies: nothing changes, they are counted,
// and no time makes them go.
func TestOrphans(t *testing.T) {
	docs := protect(t, "docs", "vault")
	w := newWorld(t, docs)
	w.put("a/1", 7)
	w.run()
	w.cfg.Backups = nil
	w.sleep("50y")
	changes, s, brakes := w.plan()
	expect(t, changes, ``)
	if s.Orphans != (plan.Count{Objects: 1, Bytes: 7}) || s.Destinations[0].Orphans != s.Orphans || len(brakes) > 0 {
		t.Errorf("orphans %+v, brakes %+v", s.Orphans, brakes)
	}
	if src := s.Sources[0]; src.Lost.Objects != 0 || src.Uncovered.Objects != 1 {
		t.Errorf("%+v", src)
	}
	w.cfg.Sources, w.cfg.Destinations = nil, nil
	changes, s, _ = w.plan()
	expect(t, changes, ``)
	if s.Orphans.Objects != 1 || s.Sources[0].Source != "docs" || s.Destinations[0].Destination != "destination.vault" {
		t.Errorf("without its source: %+v", s)
	}
	w.configure(docs)
	expect(t, w.run(), ``)
}

// A retire block gives orphans up, by the old address of their backup plan; the
// quarantine is kept, and a hold keeps all.
func TestRetireBlock(t *testing.T) {
	w := newWorld(t, protect(t, "docs", "vault"))
	w.put("a", 7)
	w.put("b", 7)
	w.run()
	w.cfg.Backups = nil
	w.cfg.Retires = []*schema.Retire{{Addr: resource(t, "retire.old"), Targets: []string{"backup.docs"}, Match: include("/a")}}
	changes, _, brakes := w.plan()
	expect(t, changes, `retire given_up destination.filesystem.vault["a"] #1 (given up by retire.old)`)
	if len(brakes) != 1 || brakes[0].Name != RetireBrake {
		t.Errorf("half of all copies go: %+v", brakes)
	}
	w.apply(changes)
	w.sleep("29d")
	expect(t, w.run(), ``)
	w.sleep("1d")
	w.cfg.Retires[0].Targets = []string{"backup.other"}
	expect(t, w.run(), ``)
	w.cfg.Retires[0].Targets = []string{"backup.docs.copy.vault"}
	w.cfg.Holds = []*schema.Hold{{Addr: resource(t, "hold.case"), Match: include("/a")}}
	expect(t, w.run(), `hold hold_set destination.filesystem.vault["a"] #1`)
	w.cfg.Holds = nil
	expect(t, w.run(), ``)
	w.cfg.Releases = []*schema.Release{{Hold: "case"}}
	w.held = []record.Hold{{Name: "case", Selector: `{"paths":["/a"]}`}}
	changes, _, _ = w.plan()
	expect(t, changes, `release hold_released destination.filesystem.vault["a"] #1`)
	w.apply(changes)
	expect(t, w.run(), `expire given_up destination.filesystem.vault["a"] #1 (retired on 2026-01-01; given up by retire.old)`)
}

func TestRetireBlockOfLivingBackup(t *testing.T) {
	w := newWorld(t, protect(t, "docs", "vault", "attic"))
	w.put("a", 7)
	w.put("b", 7)
	w.run()
	w.cfg.Retires = []*schema.Retire{{Addr: resource(t, "retire.subject"), Targets: []string{"destination.filesystem.attic"}, Match: include("/a")}}
	expect(t, w.run(), `retire given_up backup.docs.copy.attic["a"] #1 (given up by retire.subject)`)
	w.sleep("31d")
	expect(t, w.run(), `expire given_up backup.docs.copy.attic["a"] #1 (retired on 2026-01-01; given up by retire.subject)`)
	w.cfg.Retires = nil
	changes, _, _ := w.plan()
	expect(t, changes, `copy new_object backup.docs.copy.attic["a"] >1`)
}

// Two backup plans share one copy of an object; the later term wins, and what
// both claim is one change.
func TestTwoBackupsShareACopy(t *testing.T) {
	short, long := protect(t, "short", "vault"), protect(t, "long", "vault")
	long.Retention.Keep = parse(t, "7y")
	w := newWorld(t, short, long)
	w.put("a", 1)
	changes := w.run()
	expect(t, changes, `copy new_object backup.short.copy.vault["a"] >1`)
	if a := changes[0].After; strings.Join(a.Claims, " ") != "backup.long/vault backup.short/vault" || a.TermReason != "keep 7y after it was created (backup.long/vault)" {
		t.Errorf("%+v", a)
	}
	w.configure(short)
	expect(t, w.run(), ``)
	w.configure(long, short)
	long.Retention.Keep = parse(t, "8y")
	expect(t, w.run(), `tag term_raised backup.long.copy.vault["a"] #1 (2034-01-01T12:00:00.000Z: keep 8y after it was created (backup.long/vault))`)
	long.Retention.Keep = parse(t, "1d")
	expect(t, w.run(), ``)
}

// Folders above an object in scope are recorded with it; others are not.
func TestFoldersFollowTheirObjects(t *testing.T) {
	b := protect(t, "docs", "vault")
	b.Scope.Includes = []*schema.Selector{include("**/*.pdf")}
	c := protect(t, "logs", "attic")
	c.Scope.Includes = []*schema.Selector{include("/a/c/*.log", "/z")}
	w := newWorld(t, b, c)
	for _, p := range []string{"a/b/1.txt", "a/c/2.pdf", "a/c/3.log", "d/e/4.txt", "f/5.pdf", "z/"} {
		w.put(p, 1)
	}
	expect(t, w.run(), `
		tag new_entry backup.docs.copy.vault["a/"] >1
		tag new_entry backup.docs.copy.vault["a/c/"] >1
		copy new_object backup.docs.copy.vault["a/c/2.pdf"] >1
		tag new_entry backup.logs.copy.attic["a/"] >1
		tag new_entry backup.logs.copy.attic["a/c/"] >1
		copy new_object backup.logs.copy.attic["a/c/3.log"] >1
		tag new_entry backup.docs.copy.vault["f/"] >1
		copy new_object backup.docs.copy.vault["f/5.pdf"] >1
		tag new_entry backup.logs.copy.attic["z/"] >1
	`)
	w.remove("f/5.pdf")
	w.touch("f/", func(e *storage.Entry) { e.MTime++ })
	expect(t, w.run(), `
		tag source_gone backup.docs.copy.vault["f/5.pdf"] #1
		tag out_of_scope backup.docs.copy.vault["f/"] #1
	`)
	w.put("f/6.pdf", 1)
	expect(t, w.run(), `
		tag source_back backup.docs.copy.vault["f/"] #1
		copy new_object backup.docs.copy.vault["f/6.pdf"] >1
	`)
}

// What leaves all scopes without a reason is counted once: in the plan that says
// so, and neither with a reason nor where another backup plan has it.
func TestLeftScope(t *testing.T) {
	b, c := protect(t, "docs", "vault"), protect(t, "logs", "attic")
	c.Scope.Includes = []*schema.Selector{include("/b")}
	w := newWorld(t, b, c)
	for _, p := range []string{"a", "b", "c", "d", "never"} {
		w.put(p, 2)
	}
	b.Scope.Excludes = []*schema.Selector{include("/never")}
	w.run()
	b.Scope.Excludes = append(b.Scope.Excludes, include("/a"), include("/b"), include("/c"))
	b.Scope.Excludes[3].Reason = "made again"
	w.remove("d")
	changes, s, _ := w.plan()
	if got := s.Sources[0]; got.LeftScope != (plan.Count{Objects: 1, Bytes: 2}) || got.Uncovered.Objects != 2 || got.Lost.Objects != 1 {
		t.Errorf("%+v", got)
	}
	w.apply(changes)
	if _, s, _ := w.plan(); s.Sources[0].LeftScope.Objects != 0 {
		t.Errorf("counted again: %+v", s.Sources[0])
	}
}

// A scope that shrinks keeps what it leaves out through its term, and the last
// verified copy as long as the object lives.
func TestScopeShrinks(t *testing.T) {
	b := protect(t, "docs", "vault", "attic")
	w := newWorld(t, b)
	w.put("a", 1)
	w.put("b", 1)
	w.run()
	b.Scope.Excludes = []*schema.Selector{include("/a")}
	b.Scope.Excludes[0].Reason = "made again"
	changes, s, brakes := w.plan()
	expect(t, changes, `
		tag out_of_scope backup.docs.copy.attic["a"] #1
		tag out_of_scope backup.docs.copy.vault["a"] #1
	`)
	if src := s.Sources[0]; src.Excluded.Objects != 1 || src.Lost.Objects != 0 || len(brakes) > 0 || !changes[0].Object.Live {
		t.Errorf("%+v %+v", src, brakes)
	}
	w.apply(changes)
	w.sleep("364d")
	expect(t, w.run(), ``)
	w.sleep("1d")
	expect(t, w.run(), `retire term_over backup.docs.copy.attic["a"] #1 (term over since 2027-01-01T12:00:00.000Z: keep 1y after it was created (backup.docs/attic))`)
	w.sleep("50y")
	expect(t, w.run(), `expire quarantine_over backup.docs.copy.attic["a"] #1 (retired on 2027-01-01; term over since 2027-01-01T12:00:00.000Z: keep 1y after it was created (backup.docs/attic))`)
	b.Scope.Excludes = nil
	expect(t, w.run(), `
		copy new_object backup.docs.copy.attic["a"] >1
		tag source_back backup.docs.copy.vault["a"] #1
	`)
}

func TestHolds(t *testing.T) {
	w := newWorld(t, protect(t, "docs", "vault", "attic"))
	w.put("a/1", 1)
	w.put("b/2", 1)
	w.run()
	h := &schema.Hold{Addr: resource(t, "hold.case"), Match: include("/a"), Targets: nil}
	h.Targets = append(h.Targets, resource(t, "destination.filesystem.vault"))
	w.cfg.Holds = []*schema.Hold{h}
	w.put("a/3", 1)
	changes := w.run()
	expect(t, changes, `
		hold hold_set backup.docs.copy.vault["a/1"] #1
		copy new_object backup.docs.copy.attic["a/3"] >1
		copy new_object backup.docs.copy.vault["a/3"] >1
	`)
	if held := changes[2].After.Held; len(held) != 1 || held[0] != "case" || changes[1].After.Held != nil {
		t.Errorf("a new copy is held by %v, the other by %v", held, changes[1].After.Held)
	}
	// The hold outlives its block, and what is removed meanwhile.
	w.held = []record.Hold{{Name: "case", Selector: `{"paths":["/a"]}`, Targets: []string{"destination.filesystem.vault"}}}
	w.cfg.Holds = nil
	w.remove("a/1")
	w.run()
	w.sleep("30y")
	expect(t, w.run(), `retire term_over backup.docs.copy.attic["a/1"] #1 (term over since 2027-01-01T12:00:00.000Z: keep 1y after it was created (backup.docs/attic))`)
	w.held[0].Selector = "{"
	if _, _, _, err := w.try(); err == nil {
		t.Error("a hold that cannot be read is passed over")
	}
	w.held[0].Selector = `{"paths":["/a"]}`
	w.held[0].ReleasedAt = w.now.UnixMilli()
	changes, _, _ = w.plan()
	expect(t, changes, `
		release hold_released backup.docs.copy.vault["a/1"] #1
		release hold_released backup.docs.copy.vault["a/3"] #1
	`)
}

func TestOpenTerm(t *testing.T) {
	b := protect(t, "docs", "vault")
	b.Retention.Anchor = "study_end"
	w := newWorld(t, b)
	w.put("a", 1)
	w.put("b", 1)
	changes := w.run()
	if u := changes[0].After.RetainUntil; u != schema.UntilOpen {
		t.Errorf("until %s", u)
	}
	w.remove("a")
	w.run()
	w.sleep("90y")
	expect(t, w.run(), ``)
	w.cfg.Attests = []*schema.Attest{{Addr: resource(t, "attest.end"), Fact: "study_end", Date: "2115-12-01", Match: include("/a")}}
	expect(t, w.run(), `tag term_raised backup.docs.copy.vault["a"] #1 (2116-12-01T00:00:00.000Z: keep 1y after "study_end" (backup.docs/vault))`)
	w.sleep("20y")
	expect(t, w.run(), `retire term_over backup.docs.copy.vault["a"] #1 (term over since 2116-12-01T00:00:00.000Z: keep 1y after "study_end" (backup.docs/vault))`)
}

func TestBrakes(t *testing.T) {
	for name, c := range map[string]struct {
		n, lost, changed int
		limit            float64
		want             string
	}{
		"all of few":       {n: 3, lost: 3, limit: -1, want: "source_loss source.filesystem.docs 3/3 25%"},
		"most of few":      {n: 10, lost: 9, limit: -1},
		"a quarter":        {n: 12, lost: 3, limit: -1},
		"more than that":   {n: 12, lost: 4, limit: -1, want: "source_loss source.filesystem.docs 4/12 25%"},
		"own limit":        {n: 12, lost: 4, limit: 0.5},
		"few changed":      {n: 10, changed: 10, limit: -1},
		"quarter changed":  {n: 12, changed: 3, limit: -1},
		"too many changed": {n: 12, changed: 4, limit: -1, want: "source_change source.filesystem.docs 4/12 25%"},
	} {
		lax, strict := protect(t, "lax", "vault"), protect(t, "strict", "vault")
		lax.Limits.SourceLoss, lax.Limits.SourceChange = 0.9, 0.9
		strict.Limits.SourceLoss = c.limit
		w := newWorld(t, lax, strict)
		for i := range c.n {
			w.set(storage.Entry{Path: fmt.Sprint("f", i), Kind: storage.File})
		}
		w.set(storage.Entry{Path: "link", Kind: storage.Symlink})
		w.run()
		for i := range c.lost {
			w.remove(fmt.Sprint("f", i))
		}
		for i := range c.changed {
			w.touch(fmt.Sprint("f", i), func(e *storage.Entry) { e.Size++ })
		}
		_, _, brakes := w.plan()
		if got := showBrakes(brakes); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func showBrakes(brakes []Brake) string {
	var lines []string
	for _, b := range brakes {
		lines = append(lines, fmt.Sprintf("%s %s %d/%d %s", b.Name, b.Address, b.Count.Objects, b.Of.Objects, b.Limit))
	}
	return strings.Join(lines, "; ")
}

func TestRetireBrake(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*schema.Limits)
		want string
	}{
		"default": {func(*schema.Limits) {}, "retire destination.filesystem.vault 4/40 5%"},
		"ratio":   {func(l *schema.Limits) { l.RetireRatio = 0.1 }, ""},
		"objects": {func(l *schema.Limits) { l.RetireRatio, l.RetireObjects = 1, 3 }, "retire destination.filesystem.vault 4/40 3 objects"},
		"bytes":   {func(l *schema.Limits) { l.RetireRatio, l.RetireBytes = 1, 39 }, "retire destination.filesystem.vault 4/40 39 bytes"},
		"none":    {func(l *schema.Limits) { l.RetireRatio, l.RetireBytes = 1, 40 }, ""},
	} {
		b := protect(t, "docs", "vault")
		c.set(&b.Limits)
		w := newWorld(t, b)
		for i := range 40 {
			w.put(fmt.Sprintf("f%02d", i), 10)
		}
		w.run()
		for i := range 4 {
			w.remove(fmt.Sprintf("f%02d", i))
		}
		w.run()
		w.sleep("2y")
		_, _, brakes := w.plan()
		if got := showBrakes(brakes); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestTargets(t *testing.T) {
	w := newWorld(t, protect(t, "docs", "vault", "attic"), protect(t, "extra", "third"))
	for _, p := range []string{"a/1.txt", "b/2.txt", "c.pdf"} {
		w.put(p, 1)
	}
	for name, c := range map[string]struct {
		targets, excludes []string
		want              int
	}{
		"all":              {nil, nil, 15},
		"backup":           {[]string{"backup.docs"}, nil, 10},
		"copy":             {[]string{"backup.docs.copy.vault"}, nil, 5},
		"destination":      {[]string{"destination.filesystem.attic"}, nil, 5},
		"any destination":  {[]string{"destination.*.attic"}, nil, 5},
		"source":           {[]string{"source.filesystem.docs"}, nil, 15},
		"other source":     {[]string{"source.filesystem.logs"}, nil, 0},
		"path":             {[]string{"/a"}, nil, 6},
		"path glob":        {[]string{"**/*.txt"}, nil, 6},
		"address and path": {[]string{`backup.docs.copy.vault["a/**"]`}, nil, 2},
		"unquoted":         {[]string{`backup.docs.copy.*[c.pdf]`}, nil, 2},
		"two":              {[]string{"backup.extra", "/c.pdf"}, nil, 7},
		"exclude":          {nil, []string{"backup.docs"}, 5},
		"both":             {[]string{"backup.docs"}, []string{"/a", "/b"}, 2},
	} {
		w.request = func(r *Request) { r.Targets, r.Excludes = c.targets, c.excludes }
		changes, s, _ := w.plan()
		if len(changes) != c.want || s.Changes() != int64(c.want) || s.Sources[0].InScope.Objects != 3 {
			t.Errorf("%s: %d changes, want %d\n%s", name, len(changes), c.want, show(changes))
		}
	}
	w.request = func(r *Request) { r.Targets = []string{"backup.docs.copy.vault[a"} }
	if _, _, _, err := w.try(); err == nil {
		t.Error("half an address is accepted")
	}
}

// A deep refresh misses copies: the present one is made again, an old one read.
func TestDeepRefresh(t *testing.T) {
	w := newWorld(t, protect(t, "docs", "attic", "vault"))
	w.put("a", 1)
	w.run()
	w.put("a", 2)
	w.run()
	w.request = func(r *Request) {
		r.Deviations = func(string) iter.Seq2[Deviation, error] {
			return func(yield func(Deviation, error) bool) {
				_ = yield(Deviation{"a", "attic", 1, record.Missing, "not listed", ""}, nil) &&
					yield(Deviation{"a", "vault", 2, record.Damaged, "size 1, recorded as 2", ""}, nil)
			}
		}
	}
	changes, _, _ := w.plan()
	expect(t, changes, `
		verify copy_missing backup.docs.copy.attic["a"] #1 (not listed)
		recopy copy_damaged backup.docs.copy.vault["a"] #2>3 (size 1, recorded as 2)
	`)
}

// Before an old version goes, the copies that justify it are looked at.
func TestProbeBeforeRemoval(t *testing.T) {
	w := newWorld(t, protect(t, "docs", "vault"))
	w.put("a", 1)
	w.run()
	w.put("a", 2)
	w.run()
	w.sleep("2y")
	asked := 0
	w.request = func(r *Request) {
		r.Probe = func(_ context.Context, row *record.Copy) (bool, error) {
			asked++
			return row.Seq != 2, nil
		}
	}
	changes, _, _ := w.plan()
	expect(t, changes, `recopy copy_missing backup.docs.copy.vault["a"] #2>3 (not there, or not in its recorded size)`)
	if asked != 1 {
		t.Errorf("%d copies were looked at", asked)
	}
}
