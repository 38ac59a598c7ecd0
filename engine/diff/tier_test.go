package diff

import (
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

func archived(t *testing.T) *world {
	b := protect(t, "docs", "vault")
	b.Copies[0].ArchiveAfter = parse(t, "30d")
	b.Verify.Scrub = parse(t, "60d")
	w := newWorld(t, b)
	w.put("a", 7)
	w.put("empty", 0)
	w.run()
	return w
}

const due = `archive archive_due backup.docs.copy.vault["a"] #1 (copied on 2026-01-01)`

func TestArchiveAfter(t *testing.T) {
	w := archived(t)
	w.sleep("29d")
	expect(t, w.run(), ``)
	w.sleep("1d")
	changes, s, _ := w.plan()
	expect(t, changes, due)
	c := changes[0]
	if c.Before.Tier != "" || c.After.Tier != "archival" || c.After.TieredAt != w.now || c.CopiesAfter != 2 || c.CopiesBefore != 2 || c.Remaining != 1 {
		t.Errorf("%s", c.AppendJSON(nil))
	}
	if n := s.Actions[plan.Archive]; n != (plan.Count{Objects: 1, Bytes: 7}) {
		t.Errorf("%+v", n)
	}
	w.apply(changes)
	expect(t, w.run(), ``)
	w.sleep("100d") // the scrub of what is archived is not due, that of the other is
	expect(t, w.run(), `verify scrub_due backup.docs.copy.vault["empty"] #1 (verified last on 2026-01-01)`)
}

func TestWhatIsNotArchived(t *testing.T) {
	for name, c := range map[string]struct {
		with func(*world)
		want string
	}{
		"held": {func(w *world) {
			w.cfg.Holds = []*schema.Hold{{Addr: resource(w.t, "hold.h"), Match: include("/a")}}
		}, `hold hold_set backup.docs.copy.vault["a"] #1`},
		"recorded hold":         {func(w *world) { w.rows[0].Holds = []string{"old"} }, ``},
		"damaged":               {func(w *world) { w.rows[0].Status = record.Damaged }, `recopy copy_damaged backup.docs.copy.vault["a"] #1>2`},
		"changed":               {func(w *world) { w.put("a", 8) }, "copy content_changed backup.docs.copy.vault[\"a\"] #1>2 (size 8, was 7)\n" + due},
		"gone":                  {func(w *world) { w.remove("a") }, "tag source_gone backup.docs.copy.vault[\"a\"] #1\n" + due},
		"never verified":        {func(w *world) { w.rows[0].Status = record.Written }, "verify not_verified backup.docs.copy.vault[\"a\"] #1\n" + due},
		"asked already":         {func(w *world) { w.rows[0].Tier = "archival" }, ``},
		"archived already":      {func(w *world) { w.rows[0].Tier = "archived" }, ``},
		"brought back":          {func(w *world) { w.rows[0].Tier, w.rows[0].TieredAt = "live", w.now.UnixMilli()-6*86400_000 }, ``},
		"on its way":            {func(w *world) { w.rows[0].Tier, w.rows[0].TieredAt = "unarchiving", w.now.UnixMilli() }, ``},
		"brought back long ago": {func(w *world) { w.rows[0].Tier, w.rows[0].TieredAt = "live", w.now.UnixMilli()-7*86400_000 }, due},
		"another wants it live": {func(w *world) {
			more := protect(w.t, "more", "vault")
			more.Copies[0].Tier = "live"
			w.configure(w.cfg.Backups[0], more)
			w.rows[0].Claims = []string{"backup.docs/vault", "backup.more/vault"}
			w.rows[1].Claims = w.rows[0].Claims
		}, ``},
		"another does not say": {func(w *world) {
			w.configure(w.cfg.Backups[0], protect(w.t, "more", "vault"))
			w.rows[0].Claims = []string{"backup.docs/vault", "backup.more/vault"}
			w.rows[1].Claims = w.rows[0].Claims
		}, ``},
	} {
		t.Run(name, func(t *testing.T) {
			w := archived(t)
			w.sleep("40d")
			c.with(w)
			changes, _, _ := w.plan()
			expect(t, changes, c.want)
		})
	}
}

func TestTierAsked(t *testing.T) {
	w := archived(t)
	w.sleep("30d")
	w.run()
	w.cfg.Backups[0].Copies[0].ArchiveAfter = nil
	expect(t, w.run(), ``) // what nobody asks for is left where it is
	w.cfg.Backups[0].Copies[0].Tier = "live"
	expect(t, w.run(), `unarchive tier_asked backup.docs.copy.vault["a"] #1`)
	w.sleep("50d")
	w.cfg.Backups[0].Copies[0].Tier = "archived"
	changes, _, _ := w.plan()
	if !strings.Contains(show(changes), `archive archive_due backup.docs.copy.vault["a"]`) {
		t.Errorf("%s", show(changes))
	}
}

// A superseded version costs as much as a current one, and is archived like it,
// once; nothing brings it back.
func TestSupersededVersionsAreArchived(t *testing.T) {
	w := archived(t)
	w.cfg.Backups[0].Retention.KeepSuperseded = *parse(t, "200d")
	w.sleep("10d")
	w.put("a", 8)
	w.run()
	w.sleep("19d")
	expect(t, w.run(), ``)
	w.sleep("1d")
	changes, _, _ := w.plan()
	expect(t, changes, due)
	if c := changes[0]; c.Before.SupersededAt.IsZero() || c.After.SupersededAt.IsZero() || c.After.Tier != "archival" {
		t.Errorf("%s", c.AppendJSON(nil))
	}
	w.apply(changes)
	expect(t, w.run(), ``)
	w.sleep("10d")
	expect(t, w.run(), `archive archive_due backup.docs.copy.vault["a"] #2 (copied on 2026-01-11)`)
	w.cfg.Backups[0].Copies[0].ArchiveAfter, w.cfg.Backups[0].Copies[0].Tier = nil, "live"
	expect(t, w.run(), `unarchive tier_asked backup.docs.copy.vault["a"] #2`)
	w.row("vault", "a", 1).Tier, w.row("vault", "a", 1).TieredAt = "live", 0
	expect(t, w.run(), ``)
}

// Archiving makes no copy, though one is made beside it: else COPY-8 would refuse
// to archive what gets another destination on the same day.
func TestArchivingBesideACopyCountsNone(t *testing.T) {
	w := archived(t)
	w.sleep("30d")
	more := protect(t, "docs", "vault", "attic")
	more.Copies[0].ArchiveAfter = parse(t, "30d")
	w.configure(more)
	changes, _, _ := w.plan()
	seen := 0
	for _, c := range changes {
		if c.Action == plan.Archive {
			seen++
			if c.CopiesAfter != 2 || c.CopiesBefore != 2 {
				t.Errorf("%s: %d copies before, %d after", c.Address, c.CopiesBefore, c.CopiesAfter)
			}
		} else if c.Action == plan.Copy && c.CopiesAfter != 3 {
			t.Errorf("%s: %d copies after", c.Address, c.CopiesAfter)
		}
	}
	if seen != 1 {
		t.Errorf("%s", show(changes))
	}
}

// A superseded version that is held, bad or on its way out is left where it is.
func TestSupersededVersionsThatStay(t *testing.T) {
	for name, with := range map[string]func(*world, *record.Copy){
		"held":    func(_ *world, r *record.Copy) { r.Holds = []string{"old"} },
		"damaged": func(_ *world, r *record.Copy) { r.Status = record.Damaged },
		"retired": func(w *world, r *record.Copy) {
			r.Status, r.RetiredFrom, r.RetiredAt = record.Retired, record.Verified, w.now.UnixMilli()
		},
		"came back": func(w *world, r *record.Copy) { r.Tier, r.TieredAt = "live", w.now.UnixMilli() },
		"term over": func(w *world, _ *record.Copy) { w.sleep("400d") },
	} {
		t.Run(name, func(t *testing.T) {
			w := archived(t)
			w.sleep("10d")
			w.put("a", 8)
			w.run()
			w.sleep("25d")
			with(w, w.row("vault", "a", 1))
			changes, _, _ := w.plan()
			if text := show(changes); strings.Contains(text, due) {
				t.Error(text)
			}
		})
	}
}

// What was asked back is read again in its cycle once it must have come.
func TestScrubOfWhatCameBack(t *testing.T) {
	w := archived(t)
	w.cfg.Backups[0].Copies[0].ArchiveAfter = nil
	w.row("vault", "a", 1).Tier, w.row("vault", "a", 1).TieredAt = "unarchiving", w.now.AddDate(0, 0, 55).UnixMilli()
	w.sleep("60d")
	expect(t, w.run(), `verify scrub_due backup.docs.copy.vault["empty"] #1 (verified last on 2026-01-01)`)
	w.sleep("2d")
	expect(t, w.run(), `verify scrub_due backup.docs.copy.vault["a"] #1 (verified last on 2026-01-01)`)
}

// What a deep refresh sees counts, whatever the record says.
func TestTierDrift(t *testing.T) {
	w := archived(t)
	w.sleep("30d")
	w.run()
	seen := storage.TierLive
	w.request = func(r *Request) {
		r.Deviations = func(string) iter.Seq2[Deviation, error] {
			return func(yield func(Deviation, error) bool) {
				yield(Deviation{Path: "a", Destination: "vault", Seq: 1, Tier: seen}, nil)
			}
		}
	}
	w.sleep("10d")
	changes, _, _ := w.plan()
	expect(t, changes, due)
	seen = storage.TierArchived
	changes, _, _ = w.plan()
	expect(t, changes, ``)
}

func TestRightsAreRevokedFirst(t *testing.T) {
	w := archived(t)
	w.put("b", 1)
	const vault = "destination.filesystem.vault"
	w.request = func(r *Request) {
		r.Rights = []Right{
			{vault, storage.Grant{Who: "org-x", Level: "CONTRIBUTE"}}, {vault, storage.Grant{Who: "protected", Level: "false", Want: "true"}}, {vault, storage.Grant{Who: "user-a", Level: "VIEW"}},
		}
	}
	changes, s, _ := w.plan()
	expect(t, changes, `revoke access_drift destination.filesystem.vault.access["org-x"] (has CONTRIBUTE)
		revoke setting_drift destination.filesystem.vault.setting["protected"] (is false, meant to be true)
		revoke access_drift destination.filesystem.vault.access["user-a"] (has VIEW)
		copy new_object backup.docs.copy.vault["b"] >1`)
	if s.Actions[plan.Revoke].Objects != 3 {
		t.Errorf("%+v", s.Actions)
	}
	w.request = func(r *Request) { r.Rights = []Right{{vault, storage.Grant{Who: "../x"}}} }
	if _, _, _, err := w.try(); err == nil {
		t.Error("a name that is a path was taken")
	}
}

// cost is a world whose objects an archive block moves in place.
func cost(t *testing.T) *world {
	w := newWorld(t, protect(t, "docs", "vault"))
	w.cfg.Archives = []*schema.Archive{{Addr: resource(t, "archive.old"), Source: resource(t, "source.filesystem.docs"), Match: include("/r/**"), After: parse(t, "30d")}}
	live := &storage.Facts{Class: "file", Tier: storage.TierLive}
	for _, path := range []string{"r/a", "r/b", "r/empty", "s"} {
		w.put(path, 5)
		w.touch(path, func(e *storage.Entry) { e.ID, e.Facts = "file-"+path[len(path)-1:], live })
	}
	w.touch("r/empty", func(e *storage.Entry) { e.Size = 0 })
	w.put("r/applet", 5)
	w.touch("r/applet", func(e *storage.Entry) { e.Facts = &storage.Facts{Class: "applet"} })
	return w
}

func TestArchiveInPlace(t *testing.T) {
	w := cost(t)
	w.run()
	w.sleep("30d")
	const both = `archive cost_measure archive.old["r/a"]
		archive cost_measure archive.old["r/b"]`
	changes, _, _ := w.plan()
	expect(t, changes, both)
	if c := changes[0]; c.Destination != "" || c.Before != nil || c.After != nil || c.CopiesBefore != 2 || c.CopiesAfter != 2 || c.Object.ID != "file-a" {
		t.Errorf("%s", c.AppendJSON(nil))
	}
	w.touch("r/a", func(e *storage.Entry) { e.Facts = &storage.Facts{Class: "file", Tier: storage.TierArchival} })
	changes, _, _ = w.plan()
	expect(t, changes, `archive cost_measure archive.old["r/b"]`)
	w.request = func(r *Request) { r.Targets = []string{"backup.docs"} }
	changes, _, _ = w.plan()
	expect(t, changes, ``)
	w.request = func(r *Request) { r.Targets = []string{"archive.old"} }
	changes, _, _ = w.plan()
	expect(t, changes, `archive cost_measure archive.old["r/b"]`)
	w.request = nil
	w.cfg.Archives[0].Tier = "live"
	changes, _, _ = w.plan()
	expect(t, changes, `unarchive cost_measure archive.old["r/a"]`)
}

// Nothing is archived in place before every copy of it is there and proved: what
// is archived cannot be copied.
func TestInPlaceWaitsForCopies(t *testing.T) {
	for name, c := range map[string]struct {
		with func(*world)
		want bool
	}{
		"all there":      {func(*world) {}, true},
		"one more":       {func(w *world) { w.configure(protect(t, "docs", "attic", "vault")) }, false},
		"damaged":        {func(w *world) { w.row("vault", "r/b", 1).Status = record.Damaged }, false},
		"never verified": {func(w *world) { w.row("vault", "r/b", 1).Status = record.Written }, false},
		"left out": {func(w *world) {
			w.row("vault", "r/b", 1).Status, w.request = record.Written, func(r *Request) { r.Excludes = []string{"backup.docs"} }
		}, false},
		"in no scope": {func(w *world) { w.cfg.Backups[0].Scope.Includes, w.rows = []*schema.Selector{include("/s")}, nil }, true},
	} {
		w := cost(t)
		w.run()
		w.sleep("30d")
		c.with(w)
		var passed []string
		with := w.request
		w.request = func(r *Request) {
			if r.Passed = func(p Passed) { passed = append(passed, p.Path+" "+p.Why) }; with != nil {
				with(r)
			}
		}
		changes, _, _ := w.plan()
		if got := strings.Contains(show(changes), `archive.old["r/b"]`); got != c.want {
			t.Errorf("%s: %s", name, show(changes))
		}
		if slices.Contains(passed, "r/b waiting") == c.want || !slices.Contains(passed, "r/empty empty") {
			t.Errorf("%s: passed over %q", name, passed)
		}
	}
}
