package view

import (
	"iter"
	"strings"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

type planText struct{ o *Output }

// Result prints totals, then what blocks, then the changes in groups with a few
// examples each, removals first, then notes.
func (v *planText) Result(r *engine.PlanResult, changes iter.Seq2[*plan.Change, error], _ diag.List) error {
	if r == nil {
		return nil
	}
	t := &text{s: &v.o.Out}
	if !compared(r) {
		t.printf("%s Policies deny the configuration, so nothing was compared.\n\n", t.s.paint(bold, "No plan."))
		t.findings(&r.Judgement)
		return v.o.flush(t)
	}
	if r.Blocked && r.Summary.Changes() == 0 {
		t.printf("%s The plan is refused, and proposes nothing.\n\n", t.s.paint(bold, "No plan."))
	} else {
		t.totals(&r.Summary)
	}
	var broken error
	if r.Summary.Changes() > 0 {
		g := newGroups()
		broken = g.collect(changes)
		t.groups(g)
	}
	t.notes(&r.Summary)
	t.findings(&r.Judgement)
	t.source(r)
	if err := v.o.flush(t); err != nil {
		return err
	}
	return broken
}

// totals prints the line that begins every plan.
func (t *text) totals(s *plan.Summary) {
	if s.Changes() == 0 {
		t.printf("%s What is recorded is as the configuration asks: %s.\n\n", t.s.paint(bold, "No changes."),
			amount(s.Unchanged, "object", "objects"))
		return
	}
	t.printf("%s %s.\n\n", t.s.paint(bold, "Plan:"), tally(s))
}

// tally lists the actions that occur, and always what would be removed.
func tally(s *plan.Summary) string {
	var parts []string
	for _, a := range plan.Actions {
		c := s.Actions[a]
		if c.Objects == 0 && a != plan.Expire {
			continue
		}
		parts = append(parts, task(a, c))
	}
	return strings.Join(parts, ", ")
}

// task is what there is to do of one action, with its weight where bytes move
// or go.
func task(a plan.Action, c plan.Count) string {
	text := number(c.Objects) + " " + actionWords[a].todo
	if moves(a) {
		text += weight(c.Bytes)
	}
	return text
}

func moves(a plan.Action) bool { return a == plan.Copy || a == plan.Recopy || a.Removes() }

// notes tells what no change shows: what is kept although nobody asks for it.
func (t *text) notes(s *plan.Summary) {
	before := t.Len()
	if s.Changes() > 0 && s.Unchanged.Objects > 0 {
		t.printf("Unchanged: %s.\n", amount(s.Unchanged, "object", "objects"))
	}
	if s.Gone.Objects > 0 {
		t.printf("Protected, source gone: %s, kept through their terms.\n", amount(s.Gone, "object", "objects"))
	}
	if s.Orphans.Objects > 0 {
		t.printf("Orphans: %s that no backup plan claims; kept until a retire block gives them up.\n",
			amount(s.Orphans, "copy", "copies"))
	}
	for _, src := range s.Sources {
		t.special(&src)
		t.incremental(&src)
	}
	if line := costLine(&s.Cost); line != "" {
		t.printf("Cost: %s.\n", line)
	}
	if t.Len() > before {
		t.printf("\n")
	}
}

// special names the first files that cannot be copied.
func (t *text) special(src *plan.SourceTotals) {
	if src.Special == 0 {
		return
	}
	t.printf("Not copied: %s in source %s (sockets, devices, pipes)", plural(src.Special, "special file", "special files"), printable(src.Source))
	for i, f := range src.SpecialFirst {
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		t.printf("%s%s (%s)", sep, printable(f.Path), f.Kind)
	}
	if more := src.Special - int64(len(src.SpecialFirst)); more > 0 && len(src.SpecialFirst) > 0 {
		t.printf(" and %d more", more)
	}
	t.printf(".\n")
}

// incremental says how far the inventory of a source reaches.
func (t *text) incremental(src *plan.SourceTotals) {
	if i := src.Incremental; i != nil {
		t.printf("Source %s: listed was what changed since %s. Everything was last listed at %s: what was removed, moved or archived after that may not show yet, and nothing is taken for gone.\n",
			printable(src.Source), moment(i.Since), moment(i.Whole))
	}
}

// source says what the plan was made from and where it lies.
func (t *text) source(r *engine.PlanResult) {
	h := &r.Header
	t.printf("As of %s, state serial %d, refresh %s.\n", moment(h.AsOf), h.Serial, h.Refresh)
	if len(h.Targets)+len(h.Excludes) > 0 {
		t.printf("Not the whole configuration: -target %s, -exclude %s.\n", globs(h.Targets), globs(h.Excludes))
	}
	if len(h.Allow) > 0 {
		t.printf("Let pass on request: %s.\n", strings.Join(h.Allow, ", "))
	}
	if r.Path == "" {
		return
	}
	t.printf("Kept in %s, digest %s.\n", printable(r.Path), r.Digest)
}

func globs(all []string) string {
	if len(all) == 0 {
		return "none"
	}
	shown := make([]string, len(all))
	for i, g := range all {
		shown[i] = printable(g)
	}
	return strings.Join(shown, " ")
}
