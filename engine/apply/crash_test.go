package apply_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/internal/fault"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/plan"
)

var crashEvery = flag.Int("every", 17, "kill at every Nth fault point")

// The victim is this test binary run again in a world that the parent made. It
// settles what it finds and applies the plan, until a fault kills it.
const victimDir, victimFault = "APPLY_VICTIM_DIR", "APPLY_VICTIM_FAULT"

func TestVictim(t *testing.T) {
	dir := os.Getenv(victimDir)
	if dir == "" {
		return // only what other tests start does anything
	}
	w := worldAt(t, dir, crashDay, one, two)
	if _, err := fault.Arm(os.Getenv(victimFault)); err != nil {
		t.Fatal(err)
	}
	w.carryOn()
}

// crashDay is when the removal of the scenario is due.
var crashDay = day0.AddDate(0, 0, 200)

// carryOn settles and applies what there is to do.
func (w *world) carryOn() {
	w.Helper()
	if _, err := apply.Settle(w.ctx(), w.request()); err != nil {
		w.Fatal(err)
	}
	res := w.apply(append(w.plan(), w.due()...)...)
	if res.Failed+res.Skipped+res.Left > 0 || len(res.Stops) > 0 {
		w.Fatalf("result: %+v", res)
	}
}

// due are the copies whose quarantine is over, and lost old versions.
func (w *world) due() (out []*plan.Change) {
	w.Helper()
	for _, t := range w.targets {
		for r, err := range w.state.CopiesAt(w.ctx(), t.Name) {
			w.must(err)
			if r.Status == record.Retired {
				out = append(out, w.about(plan.Expire, plan.QuarantineOver, r))
			}
			if r.Path == "lost" && r.Status == record.Missing && len(w.rows(t.Name, r.Path)) < 3 {
				c := w.about(plan.Recopy, plan.CopyMissing, r)
				c.After.Seq = 3
				out = append(out, c)
			}
		}
	}
	return out
}

// scenario leaves a world with something of everything to do: new objects and
// versions, folders, links, and an old version to be removed.
func scenario(w *world) {
	w.put("old", "first version")
	w.put("same", "never changes")
	w.put("lost", "first version")
	w.put("from/here", "stays where it is")
	w.apply(w.plan()...)
	w.put("old", "second version, longer")
	w.put("lost", "second version, longer")
	w.apply(w.plan()...)
	w.must(os.Remove(w.path("one/tree/lost")))
	w.apply(w.about(plan.Verify, plan.CopyMissing, w.rows("one", "lost")[0]))
	w.clock.Advance(150 * 24 * time.Hour)
	for _, name := range []string{"one", "two"} {
		w.apply(w.about(plan.Retire, plan.TermOver, w.rows(name, "old")[0]))
	}
	w.must(os.Rename(w.path("tree/from/here"), w.path("tree/there")))
	w.put("old", "third version, longest of all")
	for i := range 70 {
		w.put(fmt.Sprintf("new/%02d", i), strings.Repeat("x", i*i))
	}
	w.put("new/large", strings.Repeat("large", 1<<18))
	w.must(os.Symlink("large", w.path("tree/new/link")))
	w.audit()
}

// TestKilledAtEveryPoint kills the process at its Nth fault point, then at the
// first ones of the next run's settling, lets the run after that finish, and
// looks at everything.
func TestKilledAtEveryPoint(t *testing.T) {
	for n := 1; ; n += *crashEvery {
		w := worldAt(t, t.TempDir(), day0, one, two)
		scenario(w)
		w.shut()
		if !killed(t, w.dir, fmt.Sprintf("*:%d=kill", n)) {
			if n < 20 {
				t.Errorf("an apply has only %d steps: the fault points are gone", n)
			}
			t.Logf("an apply of two destinations has %d fault points", n-1)
			return
		}
		for again := 1; again <= n%4; again++ {
			killed(t, w.dir, fmt.Sprintf("*:%d=kill", again))
		}
		w = worldAt(t, w.dir, crashDay, one, two)
		w.carryOn()
		w.audit()
		if left := append(w.plan(), w.due()...); len(left) > 0 {
			t.Errorf("killed at %d: %d changes are left, first %+v", n, len(left), left[0])
		}
		for _, name := range []string{"one", "two"} {
			if rows := w.rows(name, "old"); len(rows) != 2 || rows[1].Seq != 3 || w.read(name, "tree/old") != "<no such file or directory>" {
				t.Errorf("killed at %d: %s has %+v", n, name, rows)
			}
			if rows := w.rows("one", "lost"); len(rows) != 3 || !rows[1].Current() || rows[2].SupersededAt == 0 || w.read("one", rows[2].Key) != "first version" {
				t.Errorf("killed at %d: the old version was not made again once: %+v", n, rows)
			}
			if rows := w.rows(name, "new/large"); len(rows) != 1 {
				t.Errorf("killed at %d: %s has %d copies of one version", n, name, len(rows))
			}
		}
		w.shut()
		if t.Failed() {
			t.Fatalf("killed at point %d", n)
		}
	}
}

func killed(t *testing.T, dir, spec string) bool {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$")
	cmd.Env = append(os.Environ(), victimDir+"="+dir, victimFault+"="+spec)
	return wasKilled(t, cmd)
}

// wasKilled runs a victim.
func wasKilled(t *testing.T, cmd *exec.Cmd) bool {
	t.Helper()
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && !exit.Exited() {
		return true
	}
	if err != nil {
		t.Fatalf("the victim failed by itself: %v\n%s", err, out)
	}
	return false
}
