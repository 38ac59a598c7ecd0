package apply_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

const day = 24 * time.Hour

// oldVersion leaves an object whose first version was superseded on day 0 and
// retired on day 150: its term of 90 days was over, its quarantine of 30 lasts.
func oldVersion(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.put("a", "first")
	w.apply(w.plan()...)
	w.put("a", "second, longer")
	w.apply(w.plan()...)
	w.clock.Advance(150 * day)
	res := w.apply(w.about(plan.Retire, plan.TermOver, w.rows("one", "a")[0]))
	if res.Done[plan.Retire].Objects != 1 {
		t.Fatalf("retire: %+v", res)
	}
	return w
}

func TestRetireIsARecord(t *testing.T) {
	w := oldVersion(t)
	r := w.rows("one", "a")[0]
	if r.Status != record.Retired || r.RetiredFrom != record.Verified || r.RetiredAt != day0.Add(150*day).UnixMilli() {
		t.Errorf("row: %+v", r)
	}
	if w.read("one/tree/a") != "first" {
		t.Error("bytes moved")
	}
	w.audit()
}

func TestRetireIsRefused(t *testing.T) {
	w := newWorld(t)
	w.put("a", "first")
	w.apply(w.plan()...)
	refused := func(why string, c *plan.Change) {
		t.Helper()
		res := w.apply(c)
		if res.Failed != 1 || res.Problems[0].What != apply.Refused || !strings.Contains(res.Problems[0].Detail, why) {
			t.Errorf("want %q: %+v", why, res)
		}
	}
	refused("term runs until", w.about(plan.Retire, plan.TermOver, w.row("a")))
	w.clock.Advance(60 * day)
	refused("current version", w.about(plan.Retire, plan.TermOver, w.row("a")))
	held := w.about(plan.Hold, plan.HoldSet, w.row("a"))
	held.After.Held = []string{"legal"}
	w.apply(held)
	refused("hold legal", w.about(plan.Retire, plan.GivenUp, w.row("a")))
}

func TestExpireRemoves(t *testing.T) {
	w := oldVersion(t)
	w.clock.Advance(30 * day)
	res := w.apply(w.about(plan.Expire, plan.QuarantineOver, w.rows("one", "a")[0]))
	if res.Done[plan.Expire] != (plan.Count{Objects: 1, Bytes: 5}) || res.Failed != 0 {
		t.Fatalf("result: %+v", res)
	}
	rows := w.rows("one", "a")
	if len(rows) != 1 || rows[0].Seq != 2 || w.read("one/tree/a") != "<no such file or directory>" {
		t.Errorf("rows: %+v", rows)
	}
	if last, err := w.state.LastSeq(w.ctx(), "tree", "a", "one"); last != 2 || err != nil {
		t.Errorf("last version %d, %v", last, err)
	}
	w.audit()
}

// A number is not given twice: not even to an object that the state has
// forgotten but for a tombstone.
func TestNumbersOfRemovedVersionsStayTaken(t *testing.T) {
	w := oldVersion(t)
	w.clock.Advance(30 * day)
	w.apply(w.about(plan.Expire, plan.QuarantineOver, w.rows("one", "a")[0]))
	second := w.row("a")
	gone := w.about(plan.Tag, plan.SourceGone, second)
	gone.After.GoneAt = w.clock.Now()
	w.must(os.Remove(w.path("tree/a")))
	w.apply(gone)
	w.clock.Advance(150 * day)
	w.apply(w.about(plan.Retire, plan.TermOver, w.row("a")))
	w.clock.Advance(40 * day)
	w.apply(w.about(plan.Expire, plan.QuarantineOver, w.row("a")))
	if rows := w.rows("one", "a"); len(rows) != 0 {
		t.Fatalf("rows: %+v", rows)
	}
	w.put("a", "born again")
	w.apply(w.plan()...)
	if r := w.row("a"); r.Seq != 3 || r.Key != "tree/a.~3~" {
		t.Errorf("row: %+v", r)
	}
	w.audit()
}

func TestExpireIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		why     string
		prepare func(*world, *apply.Request)
	}{
		"quarantine": {"quarantine ends on 2026-08-05", func(w *world, _ *apply.Request) { w.clock.Advance(-23*day - time.Hour) }},
		"longer quarantine": {"quarantine ends", func(_ *world, r *apply.Request) {
			r.Terms.Quarantine = func(*record.Copy) schema.Term { return schema.Term{Count: 1, Unit: schema.Years} }
		}},
		"hold": {"hold legal", func(w *world, _ *apply.Request) {
			c := w.about(plan.Hold, plan.HoldSet, w.rows("one", "a")[0])
			c.After.Held = []string{"legal"}
			w.apply(c)
		}},
		"term": {"term runs until", func(w *world, _ *apply.Request) {
			c := w.about(plan.Tag, plan.TermRaised, w.rows("one", "a")[0])
			c.After.RetainUntil = until(1000)
			w.apply(c)
		}},
		"last verified": {"last verified copy", func(w *world, _ *apply.Request) {
			w.must(os.Remove(w.path("one/tree/a.~2~")))
			w.apply(w.about(plan.Verify, plan.ScrubDue, w.rows("one", "a")[1]))
		}},
		"guard": {"policy", func(_ *world, r *apply.Request) {
			r.Guard = func(_ context.Context, row *record.Copy, all []record.Copy) error {
				if row.Seq != 1 || len(all) != 2 {
					return nil
				}
				return errors.New("policy says no")
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := oldVersion(t)
			w.clock.Advance(30 * day)
			req := w.request(w.about(plan.Expire, plan.QuarantineOver, w.rows("one", "a")[0]))
			c.prepare(w, &req)
			res, err := apply.Run(w.ctx(), req)
			w.must(err)
			if res.Failed != 1 || res.Problems[0].What != apply.Refused || !strings.Contains(res.Problems[0].Detail, c.why) {
				t.Errorf("result: %+v", res)
			}
			if w.read("one/tree/a") != "first" {
				t.Error("it was removed")
			}
		})
	}
}

func TestExpireLeavesWhatTookThePlace(t *testing.T) {
	w := oldVersion(t)
	w.clock.Advance(30 * day)
	w.must(os.Remove(w.path("one/tree/a")))
	w.must(os.WriteFile(w.path("one/tree/a"), []byte("theirs"), 0o600))
	res := w.apply(w.about(plan.Expire, plan.QuarantineOver, w.rows("one", "a")[0]))
	if res.Failed != 1 || res.Problems[0].What != apply.Foreign || w.read("one/tree/a") != "theirs" {
		t.Errorf("result: %+v", res)
	}
}

func TestRemovalsAreLeftWhereAnythingFailed(t *testing.T) {
	w := oldVersion(t)
	w.clock.Advance(30 * day)
	w.must(os.Remove(w.path("one/tree/a.~2~")))
	verify := w.about(plan.Verify, plan.ScrubDue, w.rows("one", "a")[1])
	expire := w.about(plan.Expire, plan.QuarantineOver, w.rows("one", "a")[0])
	res := w.apply(expire, verify) // the order in the plan does not matter
	if res.Failed != 1 || res.Done[plan.Expire].Objects != 0 || res.Left != 1 || w.read("one/tree/a") != "first" {
		t.Errorf("result: %+v", res)
	}
	if len(res.Stops) != 1 || res.Stops[0].Code != "removals_left" {
		t.Errorf("stops: %+v", res.Stops)
	}
	req := w.request(expire)
	req.Partial = true
	res, err := apply.Run(w.ctx(), req)
	w.must(err)
	if res.Left != 1 || w.read("one/tree/a") != "first" {
		t.Errorf("partial: %+v", res)
	}
}

// spread leaves an object with two versions at two destinations, the first of
// which is about to go from destination one; at two it has a longer term and, if
// hurt is set, lost its bytes. gone says that the source has no object any more.
func spread(t *testing.T, hurt, gone bool) *world {
	t.Helper()
	w := newWorld(t, one, two)
	w.put("a", "first")
	w.apply(w.plan()...)
	if gone {
		w.must(os.Remove(w.path("tree/a")))
	} else {
		w.put("a", "second, longer")
		w.apply(w.plan()...)
	}
	for _, name := range []string{"one", "two"} {
		c := w.about(plan.Tag, plan.TermRaised, w.rows(name, "a")[0])
		if gone {
			c.After.GoneAt = w.clock.Now()
		}
		if name == "two" {
			c.After.RetainUntil = until(1000)
		}
		w.apply(c)
	}
	if hurt {
		w.must(os.WriteFile(w.path("two/tree/a"), []byte("worse"), 0o600))
		w.apply(w.about(plan.Verify, plan.ScrubDue, w.rows("two", "a")[0]))
	}
	w.clock.Advance(150 * day)
	w.apply(w.about(plan.Retire, plan.TermOver, w.rows("one", "a")[0]))
	w.clock.Advance(40 * day)
	return w
}

func TestLastVerifiedWhileATermRuns(t *testing.T) {
	for name, c := range map[string]struct {
		hurt, gone bool
		why        string
	}{
		"whole elsewhere":       {false, true, ""},
		"damaged elsewhere":     {true, true, "term runs elsewhere"},
		"old version elsewhere": {false, false, ""},
		"old version damaged":   {true, false, "same bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			w := spread(t, c.hurt, c.gone)
			res := w.apply(w.about(plan.Expire, plan.QuarantineOver, w.rows("one", "a")[0]))
			if c.why == "" {
				if res.Failed != 0 || res.Done[plan.Expire].Objects != 1 {
					t.Errorf("result: %+v", res)
				}
				return
			}
			if res.Failed != 1 || res.Problems[0].What != apply.Refused || !strings.Contains(res.Problems[0].Detail, c.why) {
				t.Errorf("result: %+v", res)
			}
			if w.read("one/tree/a") != "first" {
				t.Error("it was removed")
			}
		})
	}
}

func TestNothingIsRemovedOnceTheLeaseIsLost(t *testing.T) {
	w := oldVersion(t)
	w.clock.Advance(30 * day)
	req := w.request(w.about(plan.Expire, plan.QuarantineOver, w.rows("one", "a")[0]))
	req.Guard = func(ctx context.Context, _ *record.Copy, _ []record.Copy) error {
		other, err := state.Open(ctx, w.path("state.db"), state.Options{})
		if err != nil {
			return err
		}
		_, err = other.ForceUnlock(ctx)
		return errors.Join(err, other.Close())
	}
	res, err := apply.Run(w.ctx(), req)
	if !errors.Is(err, state.ErrFenced) || !res.Open {
		t.Errorf("error %v, result %+v", err, res)
	}
	if w.read("one/tree/a") != "first" {
		t.Error("it was removed")
	}
}

// A copy on a new disk is not the object on record, and is left alone until a
// verification has read it.
func TestACopyOnANewDiskIsRemovedOnceItWasRead(t *testing.T) {
	w := oldVersion(t)
	w.clock.Advance(30 * day)
	at := w.path("one", w.rows("one", "a")[0].Key)
	data, err := os.ReadFile(at)
	w.must(err)
	w.must(os.WriteFile(at+".new", data, 0o444))
	w.must(os.Rename(at+".new", at))
	expire := func() apply.Result {
		return w.apply(w.about(plan.Expire, plan.QuarantineOver, w.rows("one", "a")[0]))
	}
	if res := expire(); res.Failed != 1 || res.Problems[0].What != apply.Foreign || w.read("one/tree/a") != "first" {
		t.Fatalf("not the object on record: %+v", res)
	}
	if res := w.apply(w.about(plan.Verify, plan.ScrubDue, w.rows("one", "a")[0])); res.Failed != 0 {
		t.Fatalf("verify: %+v", res)
	}
	if res := expire(); res.Failed != 0 || w.read("one/tree/a") != "<no such file or directory>" {
		t.Errorf("after it was read: %+v", res)
	}
	w.audit()
}
