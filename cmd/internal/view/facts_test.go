package view

import (
	"slices"
	"testing"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/plan"
)

func TestFacts(t *testing.T) {
	r := planned(change(plan.Copy, plan.NewObject, "a", plan.File, 2048))
	r.Summary.Actions = map[plan.Action]plan.Count{plan.Copy: {Objects: 1200, Bytes: 2048}}
	r.Summary.Unchanged, r.Summary.Orphans = plan.Count{Objects: 5}, plan.Count{Objects: 1, Bytes: 1024}
	got := PlanFacts(r)
	want := []string{"plan: 1,200 to copy (2.0 KiB), 0 to remove", "unchanged: 5 objects", "orphans: 1 copy (1.0 KiB) that no backup plan claims"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	r.Summary.Cost = plan.Cost{Currency: "USD", StorageMonth: 112.4, StorageBefore: 100, Egress: 3.1, Missing: []string{"a", "b"}}
	if got := PlanFacts(r); !slices.Equal(got, append(want, "cost: +12.40 USD a month, egress 3.10 USD once; 2 prices unknown: a, b")) {
		t.Errorf("%q", got)
	}
	r.Summary.Cost = plan.Cost{}
	r.Summary.Actions = nil
	if got := PlanFacts(r); !slices.Equal(got, []string{"no changes: 5 objects as recorded"}) {
		t.Errorf("%q", got)
	}
	if got := PlanFacts(&engine.PlanResult{Outcome: engine.Failed}); got != nil {
		t.Errorf("figures of a plan that failed: %q", got)
	}
	c := &engine.CheckResult{Coverage: []engine.Coverage{{
		Backup: "backup.docs", Objects: plan.Count{Objects: 10}, Protected: plan.Count{Objects: 7}, Partly: plan.Count{Objects: 2}, Unprotected: plan.Count{Objects: 1},
	}}}
	if got := CheckFacts(c); !slices.Equal(got, []string{"backup.docs: 7 of 10 objects protected, 2 in part, 1 not at all"}) {
		t.Errorf("%q", got)
	}
	c = &engine.CheckResult{Orphans: plan.Count{Objects: 1}, Trend: &engine.Trend{Since: noon}}
	trend := []string{"orphans: 1 copy that no backup plan claims", "since the check of 2026-03-01 12:00:00 UTC: no control fails or is unknown more or less often"}
	if got := CheckFacts(c); !slices.Equal(got, trend) {
		t.Errorf("%q", got)
	}
}
