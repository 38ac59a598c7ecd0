package apply_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

func TestFirstCopy(t *testing.T) {
	w := newWorld(t, one, two)
	w.put("a.txt", "alpha")
	w.put("d/empty", "")
	w.put("d/b.bin", strings.Repeat("b", 3<<20))
	w.must(os.Symlink("a.txt", w.path("tree", "link")))
	res := w.apply(w.plan()...)
	if res.Done[plan.Copy] != (plan.Count{Objects: 6, Bytes: 2 * (5 + 3<<20)}) || res.Done[plan.Tag].Objects != 4 {
		t.Errorf("done: %v", res.Done)
	}
	if res.Failed+res.Skipped+res.Left != 0 || len(res.Stops) > 0 || res.Open {
		t.Errorf("result: %+v", res)
	}
	for _, name := range []string{"one", "two"} {
		if got := w.read(name, "tree/a.txt"); got != "alpha" {
			t.Errorf("%s holds %q", name, got)
		}
	}
	row := w.row("a.txt")
	want := record.Copy{
		Destination: "one", Source: "tree", Path: "a.txt", Seq: 1, Kind: "file", Status: record.Verified,
		Key: "tree/a.txt", Size: 5, CopiedAt: day0.UnixMilli(), VerifiedAt: day0.UnixMilli(),
		Digest: "sha256:8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8",
	}
	if row.Digest != want.Digest || row.Status != want.Status || row.Key != want.Key || row.CopiedAt != want.CopiedAt ||
		row.VerifiedAt != want.VerifiedAt || row.ID == "" || row.MTime == 0 || row.RetainUntil != until(30) ||
		strings.Join(row.Claims, ",") != "backup.b/one" || !strings.HasPrefix(row.VerifyMethod, "read-back") {
		t.Errorf("row: %+v", row)
	}
	if link := w.row("link"); link.Status != record.Entry || link.Target != "a.txt" {
		t.Errorf("link: %+v", link)
	}
	if again := w.plan(); len(again) != 0 {
		t.Errorf("a second plan has %d changes, the first is %+v", len(again), again[0])
	}
	w.audit()
}

func TestNewVersionSupersedes(t *testing.T) {
	w := newWorld(t)
	w.put("a.txt", "first")
	w.apply(w.plan()...)
	w.clock.Advance(time.Hour)
	w.put("a.txt", "second, longer")
	res := w.apply(w.plan()...)
	rows := w.rows("one", "a.txt")
	if res.Done[plan.Copy].Objects != 1 || len(rows) != 2 {
		t.Fatalf("done %v, %d rows", res.Done, len(rows))
	}
	old, now := rows[0], rows[1]
	if old.SupersededAt != day0.Add(time.Hour).UnixMilli() || old.RetainUntil != until(90) || old.TermReason != "keep_superseded" {
		t.Errorf("old: %+v", old)
	}
	if now.Seq != 2 || now.Key != "tree/a.txt.~2~" || now.SupersededAt != 0 {
		t.Errorf("new: %+v", now)
	}
	if w.read("one", "tree/a.txt") != "first" || w.read("one", "tree/a.txt.~2~") != "second, longer" {
		t.Error("contents")
	}
	w.audit()
}

func TestSourceThatMovedIsSkipped(t *testing.T) {
	w := newWorld(t)
	w.put("changed", "before")
	w.put("vanished", "x")
	w.put("stays", "y")
	changes := w.plan()
	w.put("changed", "after, and longer")
	w.must(os.Remove(w.path("tree", "vanished")))
	res := w.apply(changes...)
	if res.Skipped != 2 || res.Failed != 0 || res.Done[plan.Copy].Objects != 1 {
		t.Fatalf("result: %+v", res)
	}
	for _, p := range res.Problems {
		if p.What != apply.Moved || p.Path == "stays" {
			t.Errorf("problem: %+v", p)
		}
	}
	w.audit()
}

func TestTakenKeys(t *testing.T) {
	w := newWorld(t)
	w.put("equal", "same bytes")
	w.put("foreign", "ours")
	w.must(os.MkdirAll(w.path("one/tree"), 0o755))
	w.must(os.WriteFile(w.path("one/tree/equal"), []byte("same bytes"), 0o644))
	w.must(os.WriteFile(w.path("one/tree/foreign"), []byte("theirs"), 0o644))
	res := w.apply(w.plan()...)
	if res.Done[plan.Copy].Objects != 2 || res.Failed != 0 {
		t.Fatalf("result: %+v", res)
	}
	if r := w.row("equal"); r.Key != "tree/equal" || r.Status != record.Verified || r.Seq != 1 || r.ID == "" {
		t.Errorf("equal: %+v", r)
	}
	if r := w.row("foreign"); r.Key != "tree/foreign.~2~" || r.Seq != 2 {
		t.Errorf("foreign: %+v", r)
	}
	if w.read("one/tree/foreign") != "theirs" || w.read("one/tree/foreign.~2~") != "ours" {
		t.Error("the foreign object was touched")
	}
	if len(res.Problems) != 1 || res.Problems[0].What != apply.Foreign || res.Problems[0].Key != "tree/foreign" {
		t.Errorf("problems: %+v", res.Problems)
	}
}

func TestRecheck(t *testing.T) {
	w := newWorld(t)
	w.put("same", "content")
	w.put("other", "content")
	w.apply(w.plan()...)
	recheck := func(path, content string) *plan.Change {
		row := w.row(path)
		w.put(path, content)
		w.must(os.Chtimes(w.path("tree", path), time.Time{}, time.Unix(0, row.MTime)))
		c := w.about(plan.Recheck, plan.InodeChanged, row)
		c.Object = object(w.list()[path])
		c.Object.Mode = 0o100600
		return c
	}
	a, b := recheck("same", "content"), recheck("other", "CONTENT")
	res := w.apply(a, b)
	if res.Done[plan.Recheck].Objects != 2 {
		t.Fatalf("result: %+v", res)
	}
	if r := w.row("same"); r.Seq != 1 || r.CTime != a.Object.CTime || r.Mode != 0o100600 {
		t.Errorf("same: %+v", r)
	}
	rows := w.rows("one", "other")
	if len(rows) != 2 || rows[0].SupersededAt == 0 || w.read("one", rows[1].Key) != "CONTENT" {
		t.Errorf("other: %+v", rows)
	}
	w.audit()
}

func TestRecopyTakesANewKey(t *testing.T) {
	w := newWorld(t)
	w.put("a", "content")
	w.apply(w.plan()...)
	w.must(os.Chmod(w.path("one/tree/a"), 0o600))
	w.must(os.WriteFile(w.path("one/tree/a"), []byte("cOntent"), 0o600))
	res := w.apply(w.about(plan.Verify, plan.ScrubDue, w.row("a")))
	bad := w.row("a")
	if res.Failed != 1 || bad.Status != record.Damaged || res.Problems[0].What != apply.Damaged {
		t.Fatalf("row %+v, result %+v", bad, res)
	}
	c := w.about(plan.Recopy, plan.CopyDamaged, bad)
	c.Object = object(w.list()["a"])
	res = w.apply(c)
	rows := w.rows("one", "a")
	if res.Done[plan.Recopy].Objects != 1 || len(rows) != 2 {
		t.Fatalf("result %+v", res)
	}
	if rows[0].Status != record.Damaged || rows[0].SupersededAt == 0 || rows[0].RetainUntil != bad.RetainUntil {
		t.Errorf("bad one: %+v", rows[0])
	}
	if rows[1].Status != record.Verified || rows[1].Key != "tree/a.~2~" {
		t.Errorf("new one: %+v", rows[1])
	}
}

func TestVerify(t *testing.T) {
	w := newWorld(t)
	w.put("whole", "x")
	w.put("gone", "y")
	w.apply(w.plan()...)
	w.must(os.Remove(w.path("one/tree/gone")))
	w.clock.Advance(time.Hour)
	res := w.apply(w.about(plan.Verify, plan.ScrubDue, w.row("whole")), w.about(plan.Verify, plan.ScrubDue, w.row("gone")))
	if res.Failed != 1 || res.Done[plan.Verify].Objects != 1 {
		t.Errorf("result: %+v", res)
	}
	if r := w.row("whole"); r.VerifiedAt != day0.Add(time.Hour).UnixMilli() || r.Status != record.Verified {
		t.Errorf("whole: %+v", r)
	}
	if r := w.row("gone"); r.Status != record.Missing {
		t.Errorf("gone: %+v", r)
	}
}

func TestTagsMoveNoBytes(t *testing.T) {
	w := newWorld(t)
	w.put("a", "x")
	w.apply(w.plan()...)
	w.clock.Advance(48 * time.Hour)
	gone := w.about(plan.Tag, plan.SourceGone, w.row("a"))
	gone.After.GoneAt = day0.Add(47 * time.Hour) // as-of; the record takes apply's own clock
	gone.After.RetainUntil, gone.After.TermReason = until(92), "keep_superseded"
	w.apply(gone)
	r := w.row("a")
	if r.GoneAt != day0.Add(48*time.Hour).UnixMilli() || r.RetainUntil != until(92) || len(r.Claims) != 1 {
		t.Errorf("gone: %+v", r)
	}
	held := w.about(plan.Hold, plan.HoldSet, r)
	held.After.Held = []string{"legal"}
	back := w.about(plan.Tag, plan.Orphaned, r)
	back.After.GoneAt, back.After.Claims, back.After.RetainUntil = time.Time{}, nil, until(1)
	back.After.Held = []string{"legal"}
	w.apply(held, back)
	r = w.row("a")
	if r.GoneAt != 0 || len(r.Claims) != 0 || r.RetainUntil != until(92) || strings.Join(r.Holds, ",") != "legal" {
		t.Errorf("back: %+v", r)
	}
}

func TestUnsupportedActionsAreProblems(t *testing.T) {
	w := newWorld(t)
	w.put("a", "x")
	w.apply(w.plan()...)
	for _, a := range []plan.Action{plan.Archive, plan.Unarchive, plan.Lock, plan.Revoke} {
		res := w.apply(w.about(a, "", w.row("a")))
		if res.Failed != 1 || res.Problems[0].What != apply.Unsupported {
			t.Errorf("%s: %+v", a, res)
		}
	}
}

func TestHardLinksShareAGroup(t *testing.T) {
	w := newWorld(t)
	w.put("a", "x")
	w.must(os.Link(w.path("tree/a"), w.path("tree/b")))
	w.put("single", "x")
	w.apply(w.plan()...)
	a, b := w.row("a"), w.row("b")
	if a.HardLink == "" || a.HardLink != b.HardLink || w.row("single").HardLink != "" {
		t.Errorf("groups %q, %q, %q", a.HardLink, b.HardLink, w.row("single").HardLink)
	}
	w.audit()
}

func TestManyObjectsInSmallBatches(t *testing.T) {
	w := newWorld(t, one, two)
	for i := range 600 {
		w.put(strings.Repeat("d/", i%3)+"f"+string(rune('a'+i%26))+strings.Repeat("x", i/26), "content "+time.Duration(i).String())
	}
	var last apply.Event
	req := w.request(w.plan()...)
	req.Observe = func(e apply.Event) { last = e }
	res, err := apply.Run(w.ctx(), req)
	w.must(err)
	if res.Done[plan.Copy].Objects != 1200 || res.Left != 0 {
		t.Errorf("done %v, left %d", res.Done, res.Left)
	}
	if last.Kind != apply.Progress || last.Objects != req.Expect.Objects {
		t.Errorf("last event: %+v", last)
	}
	w.audit()
}

// A term comes down by the change that a shorten block causes, and by no other;
// never below what the backup plans ask for.
func TestOnlyAShortenBlockLowersATerm(t *testing.T) {
	w := newWorld(t)
	w.put("a", "alpha")
	w.apply(w.plan()...)
	lower := func(reason plan.Reason, days int) record.Copy {
		c := w.about(plan.Tag, reason, w.row("a"))
		c.Object.Live, c.After.RetainUntil, c.After.TermReason = true, until(days), "less"
		req := w.request(c)
		req.Terms.Retain = func(*record.Copy, []record.Copy) (schema.Until, string) { return until(10), "asked" }
		if res, err := apply.Run(w.ctx(), req); err != nil || res.Failed > 0 {
			t.Fatalf("%+v, %v", res, err)
		}
		return w.row("a")
	}
	if r := lower(plan.MetadataChanged, 20); r.RetainUntil != until(30) {
		t.Errorf("a plain tag lowered the term to %s", r.RetainUntil)
	}
	if r := lower(plan.TermLowered, 20); r.RetainUntil != until(20) || r.TermReason != "less" {
		t.Errorf("term %s: %s", r.RetainUntil, r.TermReason)
	}
	if r := lower(plan.TermLowered, 5); r.RetainUntil != until(10) || r.TermReason != "asked" {
		t.Errorf("term %s: %s", r.RetainUntil, r.TermReason)
	}
	w.audit()
}
