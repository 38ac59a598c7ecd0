package view

import (
	"fmt"

	"github.com/backstay/backstay/engine"
)

// PlanFacts are the figures of a plan, a line each, for reports that other
// tools show: what it would do, and what it leaves.
func PlanFacts(r *engine.PlanResult) []string {
	if r.Outcome == engine.Failed || !compared(r) {
		return nil
	}
	s := &r.Summary
	if s.Changes() == 0 {
		return []string{"no changes: " + amount(s.Unchanged, "object", "objects") + " as recorded"}
	}
	facts := []string{"plan: " + tally(s)}
	if s.Unchanged.Objects > 0 {
		facts = append(facts, "unchanged: "+amount(s.Unchanged, "object", "objects"))
	}
	if s.Orphans.Objects > 0 {
		facts = append(facts, "orphans: "+amount(s.Orphans, "copy", "copies")+" that no backup plan claims")
	}
	return facts
}

// CheckFacts are the figures of a check, a line for each backup plan.
func CheckFacts(r *engine.CheckResult) []string {
	var facts []string
	for _, c := range r.Coverage {
		line := fmt.Sprintf("%s: %s of %s protected", printable(c.Backup), number(c.Protected.Objects), amount(c.Objects, "object", "objects"))
		if c.Partly.Objects > 0 {
			line += ", " + number(c.Partly.Objects) + " in part"
		}
		if c.Unprotected.Objects > 0 {
			line += ", " + number(c.Unprotected.Objects) + " not at all"
		}
		facts = append(facts, line)
	}
	return facts
}
