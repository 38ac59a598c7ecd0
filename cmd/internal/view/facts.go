package view

import (
	"fmt"
	"strings"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/plan"
)

// PlanFacts are the figures of a plan, a line each, for reports that other
// tools show: what it would do, and what it leaves.
func PlanFacts(r *engine.PlanResult) []string {
	if r.Outcome == engine.Failed || !compared(r) {
		return nil
	}
	s := &r.Summary
	if s.Changes() == 0 {
		return append([]string{"no changes: " + amount(s.Unchanged, "object", "objects") + " as recorded"}, costFact(&s.Cost)...)
	}
	facts := []string{"plan: " + tally(s)}
	if s.Unchanged.Objects > 0 {
		facts = append(facts, "unchanged: "+amount(s.Unchanged, "object", "objects"))
	}
	if s.Orphans.Objects > 0 {
		facts = append(facts, "orphans: "+amount(s.Orphans, "copy", "copies")+" that no backup plan claims")
	}
	return append(facts, costFact(&s.Cost)...)
}

// costFact is what a plan costs, where that is worth a word.
func costFact(c *plan.Cost) []string {
	if line := costLine(c); line != "" {
		return []string{"cost: " + line}
	}
	return nil
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
	if r.Orphans.Objects > 0 {
		facts = append(facts, "orphans: "+amount(r.Orphans, "copy", "copies")+" that no backup plan claims")
	}
	if r.Trend != nil {
		facts = append(facts, since(r.Trend))
	}
	return facts
}

// since says what changed since the check before, in order of controls.
func since(t *engine.Trend) string {
	text := "since the check of " + moment(t.Since)
	if t.PoliciesChanged {
		text += ", which other policies judged"
	}
	if len(t.Controls) == 0 {
		return text + ": no control fails or is unknown more or less often"
	}
	var changes []string
	for _, c := range t.Controls {
		var parts []string
		if c.Fail != c.FailBefore {
			parts = append(parts, fmt.Sprintf("%s fail (%s before)", number(c.Fail), number(c.FailBefore)))
		}
		if c.Unknown != c.UnknownBefore {
			parts = append(parts, fmt.Sprintf("%s unknown (%s before)", number(c.Unknown), number(c.UnknownBefore)))
		}
		changes = append(changes, printable(c.Control)+" "+strings.Join(parts, ", "))
	}
	return text + ": " + strings.Join(changes, "; ")
}
