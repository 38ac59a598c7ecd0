package view

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/backstay/backstay/schema/diag"
)

// Diagnostics prints all diagnostics on the error stream, sorted. It is their
// text form in every command; a JSON document has them as diagnostics[] too.
func (o *Output) Diagnostics(ds diag.List) error {
	if len(ds) == 0 {
		return nil
	}
	t := &text{s: &o.Err}
	for _, d := range ds.Sorted() {
		t.diagnostic(&d)
	}
	return o.flush(t)
}

func (t *text) diagnostic(d *diag.Diagnostic) {
	word, c := "Error", red
	if d.Severity == diag.Warning {
		word, c = "Warning", yellow
	}
	t.printf("%s %s\n", t.s.paint(c, word+":"), t.s.paint(bold, clean(d.Summary)))
	t.place(d.Range, d.Address)
	t.snippet(d.Snippet, c)
	if d.Detail != "" {
		t.printf("\n%s", t.s.wrap("  ", clean(d.Detail)))
	}
	if d.Code != "" {
		t.printf("  (%s)\n", d.Code)
	}
	t.printf("\n")
}

// place prints "  on FILE:LINE:COLUMN, in ADDRESS", or what there is of it.
func (t *text) place(r *diag.Range, address string) {
	var parts []string
	if r != nil && !r.IsZero() {
		parts = append(parts, "on "+position(r))
	}
	if address != "" {
		parts = append(parts, "in "+oneLine(address))
	}
	if len(parts) > 0 {
		t.printf("  %s\n", strings.Join(parts, ", "))
	}
}

// position is FILE:LINE:COLUMN, as editors and terminals follow it.
func position(r *diag.Range) string {
	return fmt.Sprintf("%s:%d:%d", printable(r.Filename), r.Start.Line, r.Start.Column)
}

// snippet prints source lines with their numbers, a caret line below the first
// highlighted one, and the values of what stands there.
func (t *text) snippet(s *diag.Snippet, c color) {
	if s == nil || s.Code == "" {
		return
	}
	offset := 0
	marked := false
	for i, line := range strings.Split(s.Code, "\n") {
		from, to := s.HighlightStart-offset, s.HighlightEnd-offset
		offset += len(line) + 1
		line = strings.TrimRight(line, "\r")
		if i > 0 && line == "" && offset > len(s.Code) {
			break
		}
		t.printf("  %4d | %s\n", s.StartLine+i, clean(line))
		if !marked && from >= 0 && from <= len(line) {
			marked = true
			t.printf("       | %s%s\n", blank(line[:from]), t.s.paint(c, carets(line, from, to)))
		}
	}
	for _, v := range s.Values {
		t.printf("       = %s is %s\n", clean(v.Expression), clean(v.Statement))
	}
}

// carets is as many ^ as characters are highlighted on this line, one at least.
func carets(line string, from, to int) string {
	to = min(max(to, from), len(line))
	return strings.Repeat("^", max(1, utf8.RuneCountInString(line[from:to])))
}

// blank is white space as wide as the text: tabs stay tabs.
func blank(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, s)
}
