package apply_test

import (
	"os"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/plan"
)

// renamed leaves a world in which an object was renamed after it was copied, and the
// change that has it take over its copy.
func renamed(t *testing.T) (*world, *plan.Change) {
	t.Helper()
	w := newWorld(t)
	w.put("a", "the same bytes")
	w.apply(w.plan()...)
	w.clock.Advance(day)
	w.must(os.Rename(w.path("tree/a"), w.path("tree/b")))
	changes := w.plan()
	if len(changes) != 1 || changes[0].From != "a" {
		t.Fatalf("the plan: %+v", changes)
	}
	return w, changes[0]
}

func TestARenamedObjectTakesOverItsCopy(t *testing.T) {
	w, c := renamed(t)
	was := w.row("a")
	res := w.apply(c)
	if res.Done[plan.Adopt] != (plan.Count{Objects: 1, Bytes: 14}) || res.Failed+res.Skipped > 0 {
		t.Fatalf("result: %+v", res)
	}
	now := w.row("b")
	if now.Key != was.Key || now.Digest != was.Digest || now.CopiedAt != was.CopiedAt || now.VerifiedAt != was.VerifiedAt || now.RetainUntil < was.RetainUntil || now.GoneAt != 0 {
		t.Errorf("was %+v\nis  %+v", was, now)
	}
	if rows := w.rows("one", "a"); len(rows) > 0 {
		t.Errorf("the old path still has %+v", rows)
	}
	w.audit()
	again := w.request(c)
	again.Resume = true
	if res, err := apply.Run(w.ctx(), again); err != nil || res.Present != 1 {
		t.Errorf("resumed: %+v, %v", res, err)
	}

	// The number of the old path's copy is never given again, and evidence tells of no
	// read-back that was not made.
	w.put("a", "something new")
	w.apply(w.plan()...)
	if rows := w.rows("one", "a"); len(rows) != 1 || rows[0].Key != "tree/a.~2~" {
		t.Errorf("at the old path: %+v", rows)
	}
	for _, e := range w.evidence(w.state) {
		if e.Kind == "verify" && e.At >= w.clock.Now().Add(-time.Hour).UnixMilli() && e.Objects != 1 {
			t.Errorf("evidence: %+v", e)
		}
	}
	w.audit()
}

// Whatever speaks against it, the object is copied, and the totals say so.
func TestWhatOnlyLooksRenamedIsCopied(t *testing.T) {
	for name, spoil := range map[string]func(*world, *plan.Change){
		"other bytes": func(w *world, c *plan.Change) {
			w.must(os.WriteFile(w.path("tree/b"), []byte("the same BYTES"), 0o644))
			at := time.Unix(0, c.Object.MTime)
			w.must(os.Chtimes(w.path("tree/b"), at, at))
		},
		"the old path is there again": func(w *world, _ *plan.Change) { w.put("a", "the same bytes") },
		"a folder is there now":       func(w *world, _ *plan.Change) { w.must(os.Mkdir(w.path("tree/a"), 0o755)) },
		"a hold came":                 func(w *world, _ *plan.Change) { w.alter("a", func(r *record.Copy) { r.Holds = []string{"case"} }) },
		"it is damaged":               func(w *world, _ *plan.Change) { w.alter("a", func(r *record.Copy) { r.Status = record.Damaged }) },
		"it lost its place":           func(w *world, _ *plan.Change) { w.alter("a", func(r *record.Copy) { r.SupersededAt = 1 }) },
	} {
		t.Run(name, func(t *testing.T) {
			w, c := renamed(t)
			spoil(w, c)
			if c = w.plan()[len(w.plan())-1]; c.From == "" { // facts moved on; the pair did not
				c.Action, c.From, c.Before = plan.Adopt, "a", &plan.CopyFacts{Seq: 1}
			}
			res := w.apply(c)
			if res.Done[plan.Copy].Objects != 1 || res.Done[plan.Adopt].Objects != 0 || res.Failed > 0 {
				t.Fatalf("result: %+v", res)
			}
			if r := w.row("b"); r.Key != "tree/b" || w.read("one", r.Key) != w.read("tree/b") {
				t.Errorf("copied as %+v", r)
			}
			if r := w.row("a"); r.Key != "tree/a" {
				t.Errorf("the old path has %+v", r)
			}
		})
	}
}

// alter changes a row behind the plan's back.
func (w *world) alter(path string, change func(*record.Copy)) {
	w.Helper()
	row := w.row(path)
	change(&row)
	w.record(row)
}

// Two changes that name one copy: the first gets it, also in one batch.
func TestTwoObjectsNeverShareACopy(t *testing.T) {
	w, c := renamed(t)
	w.must(os.Link(w.path("tree/b"), w.path("tree/c")))
	other := *c
	other.Object.Path, other.Address = "c", one+"/c"
	e := w.list()
	c.Object, other.Object = object(e["b"]), object(e["c"])
	res := w.apply(c, &other)
	if res.Done[plan.Adopt].Objects != 1 || res.Done[plan.Copy].Objects != 1 || res.Failed > 0 {
		t.Fatalf("result: %+v", res)
	}
	if w.row("b").Key != "tree/a" || w.row("c").Key != "tree/c" {
		t.Errorf("%+v\n%+v", w.row("b"), w.row("c"))
	}
	w.audit()
}

// A catalogue that was set back tells of a copy that changed its owner since, and
// then two rows name one key. Of those that go, only the last takes the bytes along,
// and none of them gives its copy away.
func TestBytesThatTwoRowsNameGoWithTheLast(t *testing.T) {
	w, c := renamed(t)
	twin := w.row("a")
	w.apply(c)
	w.record(twin)

	w.must(os.Rename(w.path("tree/b"), w.path("tree/c")))
	move, was := w.plan()[0], w.row("b")
	move.Action, move.Reason, move.From, move.Before = plan.Adopt, plan.SourceMoved, "b", facts(&was)
	if res := w.apply(move); res.Done[plan.Copy].Objects != 1 {
		t.Errorf("a copy that two rows name was given away: %+v", res)
	}
	w.alter("b", func(r *record.Copy) { r.GoneAt = 1 })
	w.alter("a", func(r *record.Copy) { r.GoneAt = 1 })

	w.clock.Advance(400 * day)
	w.apply(w.about(plan.Retire, plan.TermOver, w.row("a")), w.about(plan.Retire, plan.TermOver, w.row("b")))
	w.clock.Advance(30 * day)
	if res := w.apply(w.about(plan.Expire, plan.QuarantineOver, w.row("a"))); res.Failed > 0 || len(w.rows("one", "a")) > 0 || w.read("one", "tree/a") != "the same bytes" {
		t.Fatalf("the first took the bytes along: %+v", res)
	}
	w.record(twin)
	w.alter("a", func(r *record.Copy) {
		r.GoneAt, r.Status, r.RetiredFrom, r.RetiredAt = 1, record.Retired, record.Verified, w.clock.Now().Add(-30*day).UnixMilli()
	})
	res := w.apply(w.about(plan.Expire, plan.QuarantineOver, w.row("a")), w.about(plan.Expire, plan.QuarantineOver, w.row("b")))
	if _, err := os.Stat(w.path("one/tree/a")); res.Failed > 0 || !os.IsNotExist(err) {
		t.Errorf("the last left the bytes: %+v, %v", res, err)
	}
}

// record puts a row into the state that no run made.
func (w *world) record(row record.Copy) {
	w.Helper()
	w.must(w.state.Commit(w.ctx(), state.Outcome{Run: "r", N: 1, Destination: row.Destination, Events: []record.Event{{Op: record.OpTag, At: w.clock.Now(), Copy: &row}}}))
}

// What a row names is no other object's, even where the state lost the number that
// the old path gave away.
func TestAKeyThatARowNamesIsNotTakenOver(t *testing.T) {
	for _, action := range []plan.Action{plan.Copy, plan.Adopt} {
		w := newWorld(t)
		w.put("b", "the same bytes")
		w.apply(w.plan()...)
		row := w.row("b")
		w.must(os.Rename(w.path("one/tree/b"), w.path("one/tree/a")))
		row.Key = "tree/a"
		w.record(row)
		w.put("a", "the same bytes")
		c := w.plan()[0]
		c.Action, c.Reason, c.From, c.Before = action, plan.EqualCopyThere, "", nil
		res := w.apply(c)
		if got := w.row("a"); got.Key != "tree/a.~2~" || res.Failed > 0 || w.row("b").Key != "tree/a" {
			t.Errorf("%s: %+v, %+v", action, got, res)
		}
	}
}
