package view

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema/diag"
)

// Policy shows controls.
type Policy interface {
	// List shows all of them, one a line.
	List(all []policy.Description, ds diag.List) error
	// Explain shows one; its id is empty where there is none.
	Explain(d policy.Description, ds diag.List) error
}

// NewPolicy gives the view that the output asks for.
func NewPolicy(o *Output) Policy {
	if o.JSON {
		return &policyJSON{o}
	}
	return &policyText{o}
}

type policyText struct{ o *Output }

func (v *policyText) List(all []policy.Description, _ diag.List) error {
	t := &text{s: &v.o.Out}
	for _, part := range []struct {
		title  string
		chosen bool
	}{{"In force here", true}, {"Not asked for", false}} {
		t.controls(part.title, slices.DeleteFunc(slices.Clone(all), func(d policy.Description) bool { return d.Chosen != part.chosen }))
	}
	return v.o.flush(t)
}

func (t *text) controls(title string, all []policy.Description) {
	if len(all) == 0 {
		return
	}
	width := 0
	for _, d := range all {
		width = max(width, len(d.ID))
	}
	t.printf("%s:\n", t.s.paint(bold, title))
	for _, d := range all {
		t.printf("  %-*s  %-11s  %-17s  %s\n", width, clean(d.ID), d.Severity, phases(&d), clean(d.Title))
	}
	t.printf("\n")
}

func phases(d *policy.Description) string {
	words := make([]string, len(d.Phases))
	for i, p := range d.Phases {
		words[i] = string(p)
	}
	return strings.Join(words, ",")
}

func (v *policyText) Explain(d policy.Description, _ diag.List) error {
	if d.ID == "" {
		return nil
	}
	t := &text{s: &v.o.Out}
	t.printf("%s\n", t.s.paint(bold, clean(strings.TrimSpace(d.ID+" "+d.Title))))
	if d.Description != "" {
		t.printf("\n%s", t.s.wrap("  ", clean(strings.TrimSpace(d.Description))))
	}
	t.printf("\nSeverity  %s\nPhases    %s\n", d.Severity, phases(&d))
	for _, line := range []struct {
		label string
		words []string
	}{{"Asked by", d.Clauses}, {"Packs", d.Packs}, {"File", []string{d.File}}} {
		if text := strings.Join(line.words, "; "); text != "" {
			t.printf("%-8s  %s\n", line.label, clean(text))
		}
	}
	t.parameters(&d)
	if d.Fix != "" {
		t.printf("\nTo satisfy it:\n%s", t.s.wrap("  ", clean(strings.TrimSpace(d.Fix))))
	}
	if !d.Chosen {
		t.printf("\nIt is not in force here: no policy block of the configuration asks for it.\n")
	}
	return v.o.flush(t)
}

func (t *text) parameters(d *policy.Description) {
	if len(d.Parameters) == 0 {
		return
	}
	t.printf("\nParameters:\n")
	for _, name := range slices.Sorted(maps.Keys(d.Parameters)) {
		p := d.Parameters[name]
		value, ok := d.Values[name]
		if !ok {
			value = p.Default
		}
		t.printf("  %s = %s (%s)\n", name, valueText(value), clean(p.Type))
		if p.Description != "" {
			t.printf("%s", t.s.wrap("      ", clean(p.Description)))
		}
	}
}

// valueText is a parameter as JSON writes it: strings in quotes, lists in
// brackets.
func valueText(v any) string {
	b, err := encode(v)
	if err != nil {
		return clean(fmt.Sprint(v))
	}
	return clean(string(b))
}

type policyJSON struct{ o *Output }

func (v *policyJSON) List(all []policy.Description, ds diag.List) error {
	d := newDocument(v.o)
	items(d, "controls", all)
	items(d, "diagnostics", ds.Sorted())
	return d.close(true)
}

func (v *policyJSON) Explain(one policy.Description, ds diag.List) error {
	d := newDocument(v.o)
	if one.ID != "" {
		d.member("control", one)
	}
	items(d, "diagnostics", ds.Sorted())
	return d.close(true)
}
