package engine

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/audit"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/lang"
)

// facts adds holds, restore tests, runs and the audit chain to the totals.
func (k *checking) facts(ctx context.Context, t *policy.StateTotals) error {
	holds, err := k.st.Holds(ctx)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if h.ReleasedAt == 0 {
			t.Holds = append(t.Holds, policy.StateHold{Name: h.Name, Targets: h.Targets, Held: k.held[h.Name].whole, Missing: k.held[h.Name].missing})
		}
	}
	began := map[string]int64{}
	for run, err := range k.st.Runs(ctx) {
		if err != nil {
			return err
		}
		t.Runs.Known++
		if run.Command == "drill" {
			began[run.ID] = run.StartedAt.UnixMilli()
		}
		if run.Command == "apply" && (run.PlanDigest == "" || run.ConfigDigest == "" || run.PolicyDigest == "") {
			t.Runs.WithoutDigests++
		}
	}
	if t.Tests, err = k.tests(ctx, began, t.Backups); err != nil {
		return err
	}
	if t.Runs.WithoutVersion, err = k.withoutVersion(ctx); err != nil {
		return err
	}
	t.Audit, err = k.auditTotals(ctx)
	return err
}

// withoutVersion counts applied runs by a release that required_version does not
// name, as the log of runs has them; nil where it names none.
func (k *checking) withoutVersion(ctx context.Context) (*int64, error) {
	required := k.l.cfg.Settings.RequiredVersion
	if required == "" {
		return nil, nil
	}
	var n int64
	readable := true
	for link, err := range k.st.AuditEntries(ctx) {
		if err != nil {
			return nil, err
		}
		entry, err := audit.Parse(link.Entry)
		readable = readable && err == nil
		if err == nil && entry.Command == "apply" && !lang.Released(entry.Program, required) {
			n++
		}
	}
	if !readable { // which AUD-1 finds
		return nil, nil
	}
	return &n, nil
}

// heldCount is what a hold keeps.
type heldCount struct{ whole, missing policy.Count }

// countHeld notes a copy under each hold on it.
func (k *checking) countHeld(c *record.Copy) {
	for _, name := range c.Holds {
		n := k.held[name]
		n.whole.Objects++
		n.whole.Bytes += c.Size
		if c.Status == record.Damaged || c.Status == record.Missing {
			n.missing.Objects++
			n.missing.Bytes += c.Size
		}
		k.held[name] = n
	}
}

// tests are the last restore tests with how long it would take to bring back
// everything. Tests of one run follow each other: one took from the end of the
// one before, or from when the run began.
func (k *checking) tests(ctx context.Context, began map[string]int64, backups []policy.StateBackup) ([]policy.StateTest, error) {
	took := map[[2]string]int64{}
	last, err := lastTests(ctx, k.st, func(key [2]string, ev *record.Evidence) {
		took[key] = 0
		if start := began[ev.Run]; start > 0 {
			took[key] = max(1, ev.At-start)
		}
		began[ev.Run] = ev.At
	})
	out := testSubjects(last, k.l.cfg, k.now)
	for i := range last {
		out[i].Hours = wholeHours(took[testKey(&last[i])], &last[i], backups)
	}
	return out, err
}

func testKey(ev *record.Evidence) [2]string { return [2]string{ev.Backup, ev.Destination} }

// lastTests are the last restore test of each backup plan and destination, in
// order of both. Each test is shown on the way if it is the last one so far.
func lastTests(ctx context.Context, st *state.State, show func(key [2]string, ev *record.Evidence)) ([]record.Evidence, error) {
	last := map[[2]string]record.Evidence{}
	for ev, err := range st.Evidence(ctx, "restore_test") {
		if err != nil {
			return nil, err
		}
		if key := testKey(&ev); ev.At >= last[key].At {
			last[key] = ev
			if show != nil {
				show(key, &ev)
			}
		}
	}
	out := slices.Collect(maps.Values(last))
	slices.SortFunc(out, func(a, b record.Evidence) int {
		return cmp.Or(strings.Compare(a.Backup, b.Backup), strings.Compare(a.Destination, b.Destination))
	})
	return out, nil
}

// testSubjects are restore tests as rules see them; never nil.
func testSubjects(last []record.Evidence, cfg *schema.Configuration, now time.Time) []policy.StateTest {
	out := make([]policy.StateTest, len(last))
	for i := range last {
		ev := &last[i]
		out[i] = policy.StateTest{
			Backup: ev.Backup, Outcome: ev.Outcome, Objects: ev.Objects, Failed: ev.Failed,
			AgeDays: int64(math.Ceil(now.Sub(millis(ev.At)).Hours() / 24)),
		}
		if ev.Destination != "" {
			out[i].Destination = destinationAddress(cfg, ev.Destination)
		}
	}
	return out
}

// planRecord adds to the facts of a plan what the record knows before its first
// change.
func (e *Engine) planRecord(ctx context.Context, cfg *schema.Configuration, st *state.State, f *policy.PlanFacts) error {
	last, err := lastTests(ctx, st, nil)
	if err != nil {
		return err
	}
	f.Tests = testSubjects(last, cfg, f.Now)
	if f.LastApply, err = lastApply(ctx, st); err != nil {
		return err
	}
	lists, err := e.erasing(cfg)
	if err == nil && len(lists.lists) > 0 {
		f.Erased = func(source, path string) bool {
			_, _, found := lists.find(source, path)
			return found
		}
	}
	return err
}

// wholeHours is how long it would take to bring back all that a backup plan
// protects, if everything took as long as the sample: by bytes or by number,
// whichever is longer. Nil where a test brought nothing back, where nobody knows
// how long it took, or how much there is.
func wholeHours(took int64, ev *record.Evidence, backups []policy.StateBackup) *int64 {
	i := slices.IndexFunc(backups, func(b policy.StateBackup) bool { return b.Backup == ev.Backup && b.Listed })
	if took <= 0 || ev.Objects <= 0 || ev.Outcome != "pass" || i < 0 {
		return nil
	}
	matched := backups[i].Matched
	share := float64(matched.Objects) / float64(ev.Objects)
	if ev.Bytes > 0 {
		share = max(share, float64(matched.Bytes)/float64(ev.Bytes))
	}
	hours := int64(math.Ceil(float64(took) * max(share, 1) / 3_600_000))
	return &hours
}
