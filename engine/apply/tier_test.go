package apply_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/internal/fault"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage/memory"
	"github.com/backstay/backstay/plan"
)

// cold has copies below cold/ and, archived already, below warm/; two others
// have rights.
func cold(t testing.TB, n int) (*world, *vault) {
	w := newWorld(t)
	v := w.vaulted()
	for i := range n {
		w.put(fmt.Sprintf("cold/%04d", i), fmt.Sprint("content ", i))
	}
	w.put("warm/x", "brought back")
	w.put("warm/y", "brought back, too")
	w.apply(w.plan()...)
	for _, p := range []string{"warm/x", "warm/y"} {
		w.apply(w.shifting(plan.Archive, w.row(p)))
	}
	w.must(v.write("grants", "org-other", "CONTRIBUTE"))
	w.must(v.write("grants", "user-eve", "VIEW"))
	w.clock.Advance(later)
	return w, v
}

func TestTiersAndRights(t *testing.T) {
	w, v := cold(t, 3)
	before := w.state.Identity().Serial
	clear(v.calls)
	res := w.apply(w.tiering(v)...)
	if res.Failed+res.Skipped+res.Left > 0 || res.Done[plan.Archive].Objects != 3 || res.Done[plan.Unarchive].Objects != 2 || res.Done[plan.Revoke].Objects != 2 {
		t.Fatalf("%+v", res)
	}
	for path, want := range map[string]string{"cold/0000": "archived", "cold/0002": "archived", "warm/x": "live"} {
		if r := w.row(path); r.Tier != want || r.TieredAt != w.clock.Now().UnixMilli() || r.Status != record.Verified {
			t.Errorf("%s: %+v", path, r)
		}
	}
	if got := w.lostRights(); !maps.Equal(got, map[string]int{"org-other had CONTRIBUTE": 1, "user-eve had VIEW": 1}) {
		t.Errorf("evidence: %v", got)
	}
	if w.state.Identity().Serial == before {
		t.Error("a plan that was carried out is not stale")
	}
	if left := w.tiering(v); len(left) > 0 {
		t.Errorf("left: %+v", left[0])
	}
	w.audit()
	var ops []record.Op
	w.replay("one", func(e record.Event) { ops = append(ops, e.Op) })
	for _, op := range []record.Op{record.OpArchive, record.OpUnarchive, record.OpEvidence} {
		if !slices.Contains(ops, op) {
			t.Errorf("the catalogue has no %s", op)
		}
	}
}

// A right alone, too, makes the plan that named it stale: it was an act.
func TestRevokeAloneRaisesTheSerial(t *testing.T) {
	w, v := cold(t, 0)
	changes := slices.DeleteFunc(w.tiering(v), func(c *plan.Change) bool { return c.Action != plan.Revoke })
	before := w.state.Identity().Serial
	if w.apply(changes...); w.state.Identity().Serial == before {
		t.Error("the serial stayed")
	}
	// A run that is resumed tells it no second time.
	req := w.request(changes...)
	req.Resume = true
	res, err := apply.Run(w.ctx(), req)
	if w.must(err); res.Present != 2 || w.lostRights()["user-eve had VIEW"] != 1 {
		t.Errorf("%+v, evidence %v", res, w.lostRights())
	}
	// What is gone already is done.
	if res := w.apply(changes...); res.Failed > 0 || res.Done[plan.Revoke].Objects != 2 {
		t.Errorf("%+v", res)
	}
}

func TestGroupsOfAThousand(t *testing.T) {
	w := newWorld(t)
	v := memory.NewVault(w.clock, time.Hour, time.Hour)
	w.targets[one].Driver = v
	for i := range 2001 { // three groups
		w.put(fmt.Sprintf("%04d", i), "content")
	}
	w.apply(w.plan()...)
	var changes []*plan.Change
	for r, err := range w.state.CopiesAt(w.ctx(), "one") {
		w.must(err)
		changes = append(changes, w.shifting(plan.Archive, r))
	}
	if res := w.apply(changes...); res.Done[plan.Archive].Objects != 2001 {
		t.Fatalf("%+v", res)
	}
	if v.Requests("archive") != 3 || v.Requests("tiers") != 3 {
		t.Errorf("%d and %d calls", v.Requests("archive"), v.Requests("tiers"))
	}
	if r := w.row("2000"); r.Tier != "archival" { // asked; it takes an hour
		t.Errorf("%+v", r)
	}
}

func TestWhatDoesNotMoveIsNamed(t *testing.T) {
	w, v := cold(t, 2)
	v.stuck = "no licence for the archive"
	res := w.apply(w.tiering(v)...)
	if res.Failed != 6 || len(res.Done) > 0 {
		t.Errorf("%+v", res)
	}
	said := fmt.Sprint(res.Problems)
	if !strings.Contains(said, "it is still live: no licence for the archive") || !strings.Contains(said, "user-eve still has VIEW") {
		t.Errorf("%s", said)
	}
	if r := w.row("cold/0000"); r.Tier != "" || r.TieredAt != 0 {
		t.Errorf("%+v", r)
	}
	if len(w.lostRights()) > 0 {
		t.Error("evidence of rights that nobody lost")
	}
	v.stuck = ""
	w.carryTiers(v)
}

// carryTiers settles and carries out what there is to do.
func (w *world) carryTiers(v *vault) {
	w.Helper()
	if _, err := apply.Settle(w.ctx(), w.request()); err != nil {
		w.Fatal(err)
	}
	res := w.apply(append(w.plan(), w.tiering(v)...)...)
	if res.Failed+res.Skipped+res.Left > 0 || len(res.Stops) > 0 {
		w.Fatalf("result: %+v", res)
	}
}

func TestNotArchivedAfterAll(t *testing.T) {
	for name, with := range map[string]func(*world) []*plan.Change{
		"held meanwhile": func(w *world) []*plan.Change {
			r := w.row("cold/0000")
			c := w.shifting(plan.Archive, r)
			h := w.about(plan.Hold, plan.HoldSet, r)
			h.After.Held = []string{"trial"}
			w.apply(h)
			return []*plan.Change{c}
		},
		"damage beside it": func(w *world) []*plan.Change {
			w.must(os.WriteFile(w.path("one/tree/cold/0000"), []byte("Content 0"), 0o600))
			r := w.row("cold/0000")
			return []*plan.Change{w.about(plan.Verify, plan.ScrubDue, r), w.shifting(plan.Archive, r)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, v := cold(t, 1)
			changes := with(w)
			clear(v.calls)
			res := w.apply(changes...)
			if res.Skipped != 1 || v.calls["archive"] != 0 || w.rows("one", "cold/0000")[0].Tier != "" {
				t.Errorf("%+v, calls %v", res, v.calls)
			}
		})
	}
}

// Another version does not keep the one before it from the archive.
func TestArchivedThoughSuperseded(t *testing.T) {
	w, _ := cold(t, 1)
	c := w.shifting(plan.Archive, w.row("cold/0000"))
	w.put("cold/0000", "another content")
	res := w.apply(append(w.plan(), c)...)
	rows := w.rows("one", "cold/0000")
	if res.Skipped+res.Failed > 0 || len(rows) != 2 || rows[0].Tier == "" || rows[1].Tier != "" || rows[0].SupersededAt == 0 {
		t.Errorf("%+v, %+v", res, rows)
	}
}

// A copy on record as being on its way that can be read is live from then on.
func TestVerifyOfWhatCameBack(t *testing.T) {
	w, v := cold(t, 0)
	if res := w.apply(w.shifting(plan.Unarchive, w.row("warm/x"))); res.Failed > 0 || v.calls["unarchive"] != 1 {
		t.Fatalf("%+v", res)
	}
	r := w.row("warm/x")
	r.Tier = "unarchiving"
	w.must(w.state.Commit(w.ctx(), state.Outcome{Run: "r", N: 1, Destination: "one", Events: []record.Event{{Op: record.OpUnarchive, At: w.clock.Now(), Copy: &r}}}))
	w.clock.Advance(time.Hour)
	res := w.apply(w.about(plan.Verify, plan.ScrubDue, r))
	if now := w.row("warm/x"); res.Failed+res.Skipped > 0 || now.Tier != "live" || now.TieredAt != w.clock.Now().UnixMilli() {
		t.Errorf("%+v, %+v", res, now)
	}
}

// A copy that somebody else archived is neither verified nor damaged.
func TestVerifyOfWhatIsArchivedIsSkipped(t *testing.T) {
	w, v := cold(t, 1)
	w.must(v.write("tiers", "tree/cold/0000", "archived"))
	r := w.row("cold/0000")
	res := w.apply(w.about(plan.Verify, plan.ScrubDue, r), w.shifting(plan.Archive, r))
	if now := w.row("cold/0000"); res.Failed > 0 || res.Skipped != 2 || res.Problems[0].What != apply.Archived || now.Status != record.Verified || now.VerifiedAt != r.VerifiedAt {
		t.Errorf("%+v, %+v", res, now)
	}
}

// A verification beside it that passes lets a copy be archived in the same run.
func TestVerifiedThenArchived(t *testing.T) {
	w, v := cold(t, 1)
	r := w.row("cold/0000")
	res := w.apply(w.about(plan.Verify, plan.ScrubDue, r), w.shifting(plan.Archive, r))
	if now := w.row("cold/0000"); res.Failed+res.Skipped > 0 || now.Tier != "archived" || now.VerifiedAt <= r.VerifiedAt || v.calls["archive"] == 0 {
		t.Errorf("%+v, %+v", res, now)
	}
	w.audit()
}

// The victim of TestKilledWhileMoving.
func TestTierVictim(t *testing.T) {
	dir := os.Getenv(victimDir)
	if dir == "" {
		return // only what the other test starts does anything
	}
	w := worldAt(t, dir, day0.Add(later), one)
	if _, err := fault.Arm(os.Getenv(victimFault)); err != nil {
		t.Fatal(err)
	}
	w.carryTiers(w.vaulted())
}

// TestKilledWhileMoving kills a run that archives, brings back and revokes at
// each of its fault points, and settling at its first ones; the next run leaves
// everything where it should be, and nothing is told twice.
func TestKilledWhileMoving(t *testing.T) {
	for n := 1; ; n += 3 {
		w, _ := cold(t, 3)
		w.shut()
		victim := func(spec string) bool {
			cmd := exec.Command(os.Args[0], "-test.run=^TestTierVictim$")
			cmd.Env = append(os.Environ(), victimDir+"="+w.dir, victimFault+"="+spec)
			return wasKilled(t, cmd)
		}
		if !victim(fmt.Sprintf("*:%d=kill", n)) {
			if n < 15 {
				t.Errorf("a run has only %d steps: the fault points are gone", n)
			}
			return
		}
		for again := 1; again <= n%3; again++ {
			victim(fmt.Sprintf("*:%d=kill", again))
		}
		w = worldAt(t, w.dir, day0.Add(later), one)
		v := w.vaulted()
		w.carryTiers(v)
		w.audit()
		if left := w.tiering(v); len(left) > 0 {
			t.Errorf("killed at %d: left %+v", n, left[0])
		}
		for r, err := range w.state.CopiesAt(w.ctx(), "one") {
			if w.must(err); r.Key != "" && string(v.tier(w.ctx(), r.Key)) != r.Tier {
				t.Errorf("killed at %d: %s lies in %s, the record says %q", n, r.Path, v.tier(w.ctx(), r.Key), r.Tier)
			}
		}
		if got := w.lostRights(); !maps.Equal(got, map[string]int{"org-other had CONTRIBUTE": 1, "user-eve had VIEW": 1}) {
			t.Errorf("killed at %d: evidence %v", n, got)
		}
		w.shut()
		if t.Failed() {
			t.Fatalf("killed at point %d", n)
		}
	}
}
