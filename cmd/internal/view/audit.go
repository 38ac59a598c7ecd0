package view

import (
	"cmp"
	"time"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

// Audit shows whether the chain of runs is whole.
type Audit interface {
	Result(r *engine.AuditResult, ds diag.List) error
}

// NewAudit gives the view that the output asks for.
func NewAudit(o *Output) Audit {
	if o.JSON {
		return &auditJSON{o}
	}
	return &auditText{o}
}

type auditText struct{ o *Output }

func (v *auditText) Result(r *engine.AuditResult, _ diag.List) error {
	if r == nil {
		return nil
	}
	t := &text{s: &v.o.Out}
	for _, p := range r.Places {
		word := t.s.paint(green, "agrees")
		if !p.Agrees {
			word = t.s.paint(red, "differs")
		}
		t.printf("%s: %s, %s\n", printable(p.Place), plural(p.Entries, "entry", "entries"), word)
	}
	switch {
	case r.Broken != "":
		t.printf("%s %s\n", t.s.paint(red, "The chain is broken:"), clean(r.Broken))
	case r.Outcome == engine.Done && r.Entries == 0:
		t.printf("The chain is whole: no run is recorded yet.\n")
	case r.Outcome == engine.Done:
		t.printf("The chain is whole: %s from %s to %s.\n", plural(r.Entries, "run", "runs"), moment(r.First), moment(r.Last))
	}
	return v.o.flush(t)
}

type auditJSON struct{ o *Output }

// auditPlace is an engine.AuditPlace as JSON shows it.
type auditPlace struct {
	Place   string `json:"place"`
	Entries int64  `json:"entries"`
	Head    string `json:"head"`
	Agrees  bool   `json:"agrees"`
}

func (v *auditJSON) Result(r *engine.AuditResult, ds diag.List) error {
	if r == nil {
		r = &engine.AuditResult{}
	}
	d := newDocument(v.o)
	d.member("outcome", cmp.Or(r.Outcome, engine.Failed))
	d.member("entries", r.Entries)
	d.member("first", stamp(r.First))
	d.member("last", stamp(r.Last))
	d.member("broken", r.Broken)
	d.array("places")
	for _, p := range r.Places {
		d.item(auditPlace(p))
	}
	d.end()
	items(d, "diagnostics", ds.Sorted())
	return d.close(true)
}

// stamp is a moment for JSON, or null where there is none.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}
