package apply_test

import (
	"os"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/plan"
)

// lostVersion leaves an object whose first version was superseded at two
// destinations and is gone from the first, and the change that mends it.
func lostVersion(t *testing.T) (*world, *plan.Change) {
	t.Helper()
	w := newWorld(t, one, two)
	w.put("a", "first")
	w.apply(w.plan()...)
	w.clock.Advance(day)
	w.put("a", "second, longer")
	w.apply(w.plan()...)
	w.clock.Advance(day)
	w.must(os.Remove(w.path("one/tree/a")))
	w.apply(w.about(plan.Verify, plan.CopyMissing, w.rows("one", "a")[0]))
	c := w.about(plan.Recopy, plan.CopyMissing, w.rows("one", "a")[0])
	c.After.Seq, c.After.Key, c.After.Status = 3, "", string(record.Verified)
	return w, c
}

func TestALostVersionIsMadeOfAnotherDestinationsCopy(t *testing.T) {
	w, c := lostVersion(t)
	old := w.rows("one", "a")[0]
	res := w.apply(c)
	if res.Done[plan.Recopy] != (plan.Count{Objects: 1, Bytes: 5}) || res.Failed != 0 {
		t.Fatalf("result: %+v", res)
	}
	rows := w.rows("one", "a")
	made := rows[2]
	if made.Key != "tree/a.~3~" || made.Status != record.Verified || w.read("one", made.Key) != "first" {
		t.Errorf("made: %+v", made)
	}
	if made.SupersededAt != old.SupersededAt || made.CopiedAt != old.CopiedAt || made.MTime != old.MTime || made.Digest != old.Digest {
		t.Errorf("it is not the old version: %+v", made)
	}
	if rows[0].Status != record.Missing || !rows[1].Current() {
		t.Errorf("others changed: %+v", rows[:2])
	}
	w.audit()
	again := w.request(c)
	again.Resume = true
	if res, err := apply.Run(w.ctx(), again); err != nil || res.Present != 1 || len(w.rows("one", "a")) != 3 {
		t.Errorf("resumed: %+v, %v", res, err)
	}
}

// A copy that turns out to be damaged itself gives nothing.
func TestNothingIsMadeOfADamagedCopy(t *testing.T) {
	w, c := lostVersion(t)
	w.must(os.Chmod(w.path("two/tree/a"), 0o644))
	w.must(os.WriteFile(w.path("two/tree/a"), []byte("fir5t"), 0o644))
	res := w.apply(c)
	if res.Failed != 1 || res.Problems[0].What != apply.Unreadable || !strings.Contains(res.Problems[0].Detail, two) {
		t.Fatalf("result: %+v", res)
	}
	if rows := w.rows("one", "a"); len(rows) != 2 || w.read("one/tree/a.~3~") != "<no such file or directory>" {
		t.Errorf("rows: %+v", rows)
	}
}

// The copy of an object that is gone takes the place of the bad one.
func TestACopyOfAGoneObjectTakesThePlaceOfTheLostOne(t *testing.T) {
	w, _ := lostVersion(t)
	w.must(os.Remove(w.path("one/tree/a.~2~")))
	w.apply(w.about(plan.Verify, plan.CopyMissing, w.rows("one", "a")[1]))
	lost := w.rows("one", "a")[1]
	c := w.about(plan.Recopy, plan.CopyMissing, lost)
	c.After.Seq, c.After.GoneAt, c.Superseded = 3, w.clock.Now(), facts(&lost)
	if res := w.apply(c); res.Failed != 0 {
		t.Fatalf("result: %+v", res)
	}
	rows := w.rows("one", "a")
	if made := rows[2]; made.GoneAt == 0 || !made.Current() || w.read("one", made.Key) != "second, longer" || rows[1].SupersededAt == 0 {
		t.Errorf("rows: %+v", rows)
	}
	w.audit()
}
