package engine

import (
	"context"
	"slices"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/record"
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
	if t.Tests, err = k.tests(ctx); err != nil {
		return err
	}
	for run, err := range k.st.Runs(ctx) {
		if err != nil {
			return err
		}
		t.Runs.Known++
		if run.Command == "apply" && (run.PlanDigest == "" || run.ConfigDigest == "" || run.PolicyDigest == "") {
			t.Runs.WithoutDigests++
		}
	}
	t.Audit, err = k.auditTotals(ctx)
	return err
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

// tests are the last restore test of each backup plan and destination.
func (k *checking) tests(ctx context.Context) ([]policy.StateTest, error) {
	last := map[[2]string]record.Evidence{}
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
			last[key] = ev
		}
	}
	slices.SortFunc(order, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	var out []policy.StateTest
	for _, key := range order {
		ev := last[key]
		test := policy.StateTest{Backup: ev.Backup, Outcome: ev.Outcome, Objects: ev.Objects, Failed: ev.Failed, AgeDays: *k.days(ev.At)}
		if ev.Destination != "" {
			test.Destination = k.destinationAddress(ev.Destination)
		}
		out = append(out, test)
	}
	return out, nil
}
