package apply_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/internal/fault"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage/filesystem"
	"github.com/backstay/backstay/plan"
)

// broken runs an apply that fails at a point and leaves its journal open.
func (w *world) broken(point string, changes ...*plan.Change) {
	w.Helper()
	disarm, err := fault.Arm(point + "=error")
	w.must(err)
	defer disarm()
	if res := w.apply(changes...); !res.Open && !strings.HasPrefix(point, "head") {
		w.Fatalf("%s left nothing open: %+v", point, res)
	}
}

func (w *world) settle() apply.Settlement {
	w.Helper()
	got, err := apply.Settle(w.ctx(), w.request())
	w.must(err)
	return got
}

func TestSettleRecordsWhatCameAbout(t *testing.T) {
	w := newWorld(t)
	w.put("a", "first")
	w.apply(w.plan()...)
	w.put("a", "second, longer")
	w.put("b", "new")
	w.broken("apply.finished", w.plan()...)
	if got := w.settle(); got.Recorded != 2 || got.Dropped != 0 || len(got.Problems) != 0 {
		t.Errorf("settled: %+v", got)
	}
	rows := w.rows("one", "a")
	if len(rows) != 2 || rows[0].SupersededAt == 0 || rows[1].Status != record.Verified || rows[1].ID == "" || rows[1].RetainUntil != until(30) {
		t.Errorf("rows: %+v", rows)
	}
	if got := w.settle(); got.Intents != 0 {
		t.Errorf("settled twice: %+v", got)
	}
	w.audit()
	if left := w.plan(); len(left) != 0 {
		t.Errorf("left: %+v", left[0])
	}
}

func TestSettleDropsWhatDidNot(t *testing.T) {
	w := newWorld(t)
	w.put("a", "x")
	w.broken("apply.intended", w.plan()...)
	serial := w.state.Identity().Serial
	if got := w.settle(); got.Dropped != 1 || got.Recorded != 0 {
		t.Errorf("settled: %+v", got)
	}
	if len(w.rows("one", "a")) != 0 || w.state.Identity().Serial < serial {
		t.Error("something was recorded")
	}
	w.audit()
}

func TestSettleReadsTheSegment(t *testing.T) {
	w := newWorld(t)
	w.put("a", "x")
	w.must(os.Mkdir(w.path("tree/folder"), 0o755))
	w.broken("apply.catalogued", w.plan()...)
	w.settle()
	if w.row("a").Status != record.Verified || w.row("folder/").Status != record.Entry {
		t.Error("what the segment says was not recorded")
	}
	w.audit()
}

func TestSettleLeavesForeignObjects(t *testing.T) {
	w := newWorld(t)
	w.put("a", "ours")
	w.broken("apply.intended", w.plan()...)
	w.must(os.MkdirAll(w.path("one/tree"), 0o755))
	w.must(os.WriteFile(w.path("one/tree/a"), []byte("theirs"), 0o600))
	got := w.settle()
	if got.Dropped != 1 || len(got.Problems) != 1 || got.Problems[0].What != apply.Foreign || w.read("one/tree/a") != "theirs" {
		t.Errorf("settled: %+v", got)
	}
	w.apply(w.plan()...)
	if r := w.row("a"); r.Seq != 2 || w.read("one", r.Key) != "ours" || w.read("one/tree/a") != "theirs" {
		t.Errorf("row: %+v", r)
	}
}

// litter leaves what a dead attempt would.
func (w *world) litter(destination string) {
	w.Helper()
	w.must(os.MkdirAll(w.path(destination, ".backstay/tmp"), 0o700))
	w.must(os.WriteFile(w.path(destination, ".backstay/tmp/dead-7-1"), []byte("half"), 0o600))
}

func TestSettleSweeps(t *testing.T) {
	w := newWorld(t)
	w.litter("one")
	if got := w.settle(); got.Swept != 0 || len(got.Problems) != 0 {
		t.Errorf("a place that nothing was begun at was swept: %+v", got)
	}
	if _, err := os.Stat(w.path("one/.backstay/heads")); err == nil {
		t.Error("an empty journal made a head")
	}
	w.put("a", "x")
	w.broken("head.marker", w.plan()...)
	if got := w.settle(); got.Swept != 1 || got.Left != 0 {
		t.Errorf("a place that we were about to mark: %+v", got)
	}
	w.carryOn()
	w.litter("one")
	if got := w.settle(); got.Swept != 1 {
		t.Errorf("settled: %+v", got)
	}
	w.audit()
}

// An unmounted disk looks like an empty one: what was under way there is neither
// dropped nor taken for removed, and another disk is not touched.
func TestSettleLeavesWhatIsNotTheDestinationItKnows(t *testing.T) {
	for name, swap := range map[string]func(w *world){
		"unmounted": func(*world) {},
		"another disk": func(w *world) {
			w.must(os.MkdirAll(w.path("one/.backstay"), 0o700))
			f, err := catalogue.MarkerFile(catalogue.NewMarker("elsewhere", "one", day0))
			w.must(err)
			w.must(os.WriteFile(w.path("one", f.Key), f.Data, 0o600))
		},
		"damaged marker": func(w *world) {
			w.must(os.MkdirAll(w.path("one/.backstay"), 0o700))
			w.must(os.WriteFile(w.path("one", catalogue.MarkerKey), []byte("{"), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, one, two)
			w.put("a", "first")
			w.apply(w.plan()...)
			w.put("b", "new")
			w.broken("apply.finished", w.plan()...)
			w.must(os.Rename(w.path("one"), w.path("away")))
			w.must(os.Mkdir(w.path("one"), 0o700))
			swap(w)
			w.litter("one")
			w.reopen()
			got := w.settle()
			if got.Left == 0 || got.Swept != 0 || len(got.Problems) != 1 || got.Problems[0].What != apply.Unmarked || got.Problems[0].Destination != "one" {
				t.Errorf("settled: %+v", got)
			}
			w.must(os.RemoveAll(w.path("one")))
			w.must(os.Rename(w.path("away"), w.path("one")))
			w.reopen()
			if got := w.settle(); got.Left != 0 || got.Recorded != 1 || len(got.Problems) != 0 {
				t.Errorf("mounted again: %+v", got)
			}
			w.carryOn()
			w.audit()
		})
	}
}

// What a run left open at a place that was let pass is not ended by the batches
// of the same run once it is resumed.
func TestAResumedRunDoesNotEndWhatItLeftOpen(t *testing.T) {
	w := newWorld(t)
	w.put("a", "left open")
	req := w.request(w.plan()...)
	disarm, err := fault.Arm("apply.finished=error")
	w.must(err)
	_, err = apply.Run(w.ctx(), req)
	disarm()
	w.must(err)
	w.must(os.Rename(w.path("tree/a"), w.path("a")))
	w.put("b", "of the second life")
	req.Changes, req.Resume = stream(w.plan()), true
	res, err := apply.Run(w.ctx(), req)
	w.must(err)
	if len(res.Stops) > 0 || len(w.rows("one", "b")) != 1 {
		t.Fatalf("result: %+v", res)
	}
	if got := w.settle(); got.Recorded != 1 || w.row("a").Status != record.Verified {
		t.Errorf("settled: %+v", got)
	}
	w.audit()
}

// reopen opens the destinations again, as the next run does.
func (w *world) reopen() {
	w.Helper()
	for _, t := range w.targets {
		d, err := filesystem.OpenDestination(w.path(t.Name), filesystem.DestinationOptions{})
		w.must(err)
		w.Cleanup(func() { _ = d.Close() })
		t.Driver = d
	}
}

// The heads of a run that died are ours, and are settled before anything is
// written.
func TestSettleHeads(t *testing.T) {
	for _, point := range []string{"head.opened", "head.closed"} {
		w := newWorld(t)
		w.put("a", "x")
		w.broken(point, w.plan()...)
		heads, err := w.state.Heads(w.ctx())
		w.must(err)
		before := heads["one"].N
		w.settle()
		heads, err = w.state.Heads(w.ctx())
		w.must(err)
		last, err := catalogue.LatestHead(w.ctx(), apply.Files(w.targets[one].Driver))
		w.must(err)
		if heads["one"].N != before+1 || heads["one"].N != last.N || heads["one"].Digest != last.Digest {
			t.Errorf("%s: state %+v, destination %+v", point, heads["one"], last)
		}
		w.carryOn()
		w.audit()
	}
}

func TestHoldsAreRecordedEverywhere(t *testing.T) {
	w := newWorld(t, one, two)
	req := w.request()
	hold := record.Hold{Name: "legal", Reason: "case 7", SetAt: day0.UnixMilli()}
	req.Holds = []record.Event{{Op: record.OpHold, At: day0, Run: req.Run, Hold: &hold}}
	res, err := apply.Run(w.ctx(), req)
	w.must(err)
	if len(res.Stops) > 0 {
		t.Fatalf("stops: %+v", res.Stops)
	}
	for _, target := range w.targets {
		found := false
		w.replay(target.Name, func(e record.Event) { found = found || e.Hold != nil && e.Hold.Name == "legal" })
		if !found {
			t.Errorf("%s does not know the hold", target.Name)
		}
	}
	holds, err := w.state.Holds(w.ctx())
	w.must(err)
	if len(holds) != 1 {
		t.Errorf("holds: %+v", holds)
	}
}

// A long tail of segments ends in a checkpoint, from which a rebuild starts.
func TestCheckpoint(t *testing.T) {
	w := newWorld(t)
	for i := range 67 {
		w.put(fmt.Sprintf("f%02d", i), "x")
		if res := w.apply(w.plan()...); len(res.Stops) > 0 {
			t.Fatalf("run %d: %+v", i, res.Stops)
		}
	}
	heads, err := w.state.Heads(w.ctx())
	w.must(err)
	h := heads["one"]
	if h.Checkpoint == 0 || h.CheckpointRecords < 64 || h.Segments > 4 {
		t.Errorf("head: %+v", h)
	}
	w.audit()
}

// Changes of one object that are far apart in the plan never run at once: the
// later sees what the earlier did.
func TestChangesOfOneObjectKeepTheirOrder(t *testing.T) {
	w := newWorld(t)
	fill(w, 120)
	w.apply(w.plan()...)
	var first, second []*plan.Change
	for i := range 120 {
		row := w.row(fmt.Sprintf("f%04d", i))
		held := w.about(plan.Hold, plan.HoldSet, row)
		held.After.Held = []string{"legal"}
		first = append(first, held)
		raised := w.about(plan.Tag, plan.TermRaised, row)
		raised.After.Held = []string{"legal"}
		raised.After.RetainUntil = until(500)
		second = append(second, raised)
	}
	w.apply(append(first, second...)...)
	for i := range 120 {
		if r := w.row(fmt.Sprintf("f%04d", i)); len(r.Holds) != 1 || r.RetainUntil != until(500) {
			t.Fatalf("row: %+v", r)
		}
	}
	w.audit()
}

func TestAdopt(t *testing.T) {
	w := newWorld(t)
	w.put("equal", "same bytes")
	w.put("other", "source bytes")
	changes := w.plan()
	w.must(os.MkdirAll(w.path("one/tree"), 0o755))
	w.must(os.WriteFile(w.path("one/tree/equal"), []byte("same bytes"), 0o600))
	w.must(os.WriteFile(w.path("one/tree/other"), []byte("other bytes!"), 0o600))
	for _, c := range changes {
		c.Action, c.Reason = plan.Adopt, plan.EqualCopyThere
	}
	res := w.apply(changes...)
	if res.Done[plan.Adopt].Objects != 1 || res.Done[plan.Copy].Objects != 1 || res.Failed != 0 {
		t.Fatalf("result: %+v", res)
	}
	if r := w.row("equal"); r.Key != "tree/equal" || r.Status != record.Verified || r.ID == "" {
		t.Errorf("equal: %+v", r)
	}
	if r := w.row("other"); w.read("one", r.Key) != "source bytes" || w.read("one/tree/other") != "other bytes!" {
		t.Errorf("other: %+v", r)
	}
	row := w.row("equal")
	moved := w.about(plan.Adopt, plan.LabelMoved, row)
	moved.After.Claims = []string{"backup.renamed/one"}
	w.apply(moved)
	if r := w.row("equal"); strings.Join(r.Claims, ",") != "backup.renamed/one" || r.Key != row.Key {
		t.Errorf("moved: %+v", r)
	}
}
