package engine

import (
	"context"
	"math"
	"slices"

	"github.com/backstay/backstay/engine/audit"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/record"
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

// tests are the last restore test of each backup plan and destination. Tests of
// one run follow each other: one took from the end of the one before, or from
// when the run began.
func (k *checking) tests(ctx context.Context, began map[string]int64, backups []policy.StateBackup) ([]policy.StateTest, error) {
	last, took := map[[2]string]record.Evidence{}, map[[2]string]int64{}
	var order [][2]string
	for ev, err := range k.st.Evidence(ctx, "restore_test") {
		if err != nil {
			return nil, err
		}
		key := [2]string{ev.Backup, ev.Destination}
		if _, seen := last[key]; !seen {
			order = append(order, key)
		}
		if ev.At >= last[key].At {
			last[key], took[key] = ev, 0
			if start := began[ev.Run]; start > 0 {
				took[key] = max(1, ev.At-start)
			}
		}
		began[ev.Run] = ev.At
	}
	slices.SortFunc(order, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	var out []policy.StateTest
	for _, key := range order {
		ev := last[key]
		test := policy.StateTest{Backup: ev.Backup, Outcome: ev.Outcome, Objects: ev.Objects, Failed: ev.Failed, AgeDays: *k.days(ev.At)}
		if ev.Destination != "" {
			test.Destination = k.destinationAddress(ev.Destination)
		}
		test.Hours = wholeHours(took[key], &ev, backups)
		out = append(out, test)
	}
	return out, nil
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
