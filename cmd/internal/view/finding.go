package view

import (
	"fmt"
	"strings"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema/diag"
)

// maxShown is how many findings of one control are printed: a page is read, a
// thousand lines are not.
const maxShown = 10

// findings prints what policies said, what blocks first, and where everything
// is in order one line that says how much was asked.
func (t *text) findings(j *engine.Judgement) {
	blocking, others := split(j.Findings)
	shown := map[string]int{}
	for _, f := range append(blocking, others...) {
		if shown[f.Control]++; shown[f.Control] <= maxShown {
			t.finding(f, j.Snippet(f.Range))
		}
	}
	for _, c := range j.Controls {
		if more := int64(shown[c.Control]-maxShown) + c.Omitted; shown[c.Control] > maxShown {
			t.printf("... and %s more of %s; -json lists them.\n\n", number(more), c.Control)
		}
	}
	if line := counts(j.Controls); line != "" {
		t.printf("%s\n", line)
	}
}

// split parts findings into those that block and the others; the order within
// each is the engine's.
func split(all []policy.Finding) (blocking, others []*policy.Finding) {
	for i := range all {
		if f := &all[i]; f.Blocks() {
			blocking = append(blocking, f)
		} else {
			others = append(others, f)
		}
	}
	return blocking, others
}

func (t *text) finding(f *policy.Finding, source *diag.Snippet) {
	word, c := verdict(f)
	title := f.Control
	if f.Title != "" && f.Title != f.Control {
		title += " " + f.Title
	}
	t.printf("%s %s (%s)\n", t.s.paint(c, word+":"), t.s.paint(bold, clean(title)), f.Severity)
	t.place(f.Range, f.Address)
	t.snippet(source, c)
	t.printf("\n%s", t.s.wrap("  ", clean(f.Message)))
	if f.Brake != "" && f.Blocks() && !f.Final {
		t.printf("  If this is meant, -allow=%s lets it pass once and is recorded.\n", f.Brake)
	}
	if f.Waiver != nil {
		t.printf("%s", t.s.wrap("  ", waiver(f.Waiver)))
	}
	if len(f.Clauses) > 0 {
		t.printf("%s", t.s.wrap("  ", "Asked by: "+clean(strings.Join(f.Clauses, "; "))))
	}
	t.printf("\n")
}

// verdict is the word that a finding begins with: it alone must say what the
// colour says.
func verdict(f *policy.Finding) (string, color) {
	switch {
	case f.Blocks() && f.Brake != "":
		return "Brake", red
	case f.Blocks() && f.Result == policy.Unknown:
		return "Denied (unknown)", red
	case f.Blocks():
		return "Denied", red
	case f.Result == policy.Waived:
		return "Waived", green
	case f.Result == policy.Deferred:
		return "Deferred", bold
	case f.Result == policy.Unknown:
		return "Unknown", yellow
	case f.Result == policy.Fail:
		return "Advice", yellow
	}
	return "Warning", yellow
}

func waiver(w *policy.WaiverNote) string {
	text := "Waived by " + clean(w.Name)
	if len(w.ApprovedBy) > 0 {
		text += ", approved by " + clean(strings.Join(w.ApprovedBy, ", "))
		if !w.Verified {
			text += " (approver not verified)"
		}
	}
	if w.Expires != "" {
		text += ", until " + w.Expires
	}
	if w.Reason != "" {
		text += ": " + clean(w.Reason)
	}
	return text
}

// counts is one line on all controls: how many were asked and how many subjects
// failed, were waived, and so on. Without controls it is empty.
func counts(all []policy.ControlCount) string {
	if len(all) == 0 {
		return ""
	}
	var asked, pass, fail, warn, waived, unknown, deferred int64
	for _, c := range all {
		if c.Subjects > 0 {
			asked++
		}
		pass, fail, warn = pass+c.Pass, fail+c.Fail, warn+c.Warn
		waived, unknown, deferred = waived+c.Waived, unknown+c.Unknown, deferred+c.Deferred
	}
	line := fmt.Sprintf("Policies: %s decided on %s", plural(asked, "control", "controls"),
		plural(pass+fail+warn+waived+unknown+deferred, "subject", "subjects"))
	for _, p := range []struct {
		n    int64
		word string
	}{{pass, "pass"}, {fail, "fail"}, {warn, "warn"}, {waived, "waived"}, {unknown, "unknown"}, {deferred, "deferred"}} {
		if p.n > 0 {
			line += fmt.Sprintf(", %s %s", number(p.n), p.word)
		}
	}
	return line + "."
}
