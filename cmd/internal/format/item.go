package format

import (
	"strings"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema/diag"
)

// Level says how loud an item is.
type Level string

// The levels: an error is why the program did not end with 0.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Note    Level = "note"
)

// Item is one thing to look at: a finding, a diagnostic, or something that a
// change of configuration weakens.
type Item struct {
	Rule        string // stable: a control's id, a diagnostic's code
	Title       string // of the rule
	Level       Level
	Result      policy.Result // of a finding; "" for everything else
	Severity    policy.Severity
	Word        string // says what it is, where the command found what it looks for
	Message     string
	Consequence string // sentences on what it means, or ""
	Address     string
	Range       *diag.Range
	Source      *diag.Snippet
	Clauses     []string
	Waiver      *policy.WaiverNote // what lets it pass
}

// Findings are the items of a judgement, those that block first; each keeps the
// engine's order. source gives the text that a range points at, or nil.
func Findings(all []policy.Finding, source func(*diag.Range) *diag.Snippet) []Item {
	var blocking, others []Item
	for i := range all {
		f := &all[i]
		item := Item{
			Rule: f.Control, Title: f.Title, Level: levelOf(f), Result: f.Result, Severity: f.Severity,
			Message: f.Message, Address: f.Address, Range: f.Range, Source: source(f.Range), Clauses: f.Clauses, Waiver: f.Waiver,
		}
		if f.Brake != "" && f.Blocks() {
			item.Consequence = "If this is meant, -allow=" + f.Brake + " lets it pass once and is recorded."
		}
		if f.Blocks() {
			blocking = append(blocking, item)
		} else {
			others = append(others, item)
		}
	}
	return append(blocking, others...)
}

func levelOf(f *policy.Finding) Level {
	switch {
	case f.Blocks():
		return Error
	case f.Result == policy.Waived || f.Result == policy.Deferred:
		return Note
	}
	return Warning
}

// Diagnostics are the items of a list, sorted as every view sorts it.
func Diagnostics(ds diag.List) []Item {
	var items []Item
	for _, d := range ds.Sorted() {
		item := Item{
			Rule: d.Code, Title: d.Summary, Level: Error, Message: d.Detail,
			Address: d.Address, Range: d.Range, Source: d.Snippet,
		}
		if d.Severity == diag.Warning {
			item.Level = Warning
		}
		items = append(items, item)
	}
	return items
}

// word says in one word what an item is, for people.
func (i *Item) word() string {
	switch {
	case i.Word != "":
		return i.Word
	case i.Result == policy.Waived:
		return "Waived"
	case i.Result == policy.Deferred:
		return "Deferred"
	case i.Result != "" && i.Level == Error && i.Result == policy.Unknown:
		return "Denied (unknown)"
	case i.Result != "" && i.Level == Error:
		return "Denied"
	case i.Result == policy.Unknown:
		return "Unknown"
	case i.Result == policy.Fail:
		return "Advice"
	case i.Level == Error:
		return "Error"
	}
	return "Warning"
}

// heading names an item for people: a control by its id, the rest by its title.
func (i *Item) heading() string {
	if i.Title == "" || i.Word == "" && i.Result != "" {
		return strings.TrimSpace(i.Rule + " " + i.Title)
	}
	return i.Title
}

// waiver says who let an item pass, or "".
func (i *Item) waiver() string {
	w := i.Waiver
	if w == nil {
		return ""
	}
	text := "Waived by " + w.Name
	for n, who := range w.ApprovedBy {
		text += map[bool]string{true: ", approved by ", false: " and "}[n == 0] + who
	}
	if len(w.ApprovedBy) > 0 && !w.Verified {
		text += " (approver not verified)"
	}
	if w.Expires != "" {
		text += ", until " + w.Expires
	}
	if w.Reason != "" {
		text += ": " + w.Reason
	}
	return text
}

// counts are the items of each level.
func counts(items []Item) map[Level]int {
	n := map[Level]int{}
	for i := range items {
		n[items[i].Level]++
	}
	return n
}
