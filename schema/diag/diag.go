// Package diag holds diagnostics: everything that Backstay tells a user about
// a mistake, a danger or a refusal.
//
// Callers append to a List and test it with HasErrors; the list is sorted once,
// at the view, which renders text from the JSON form. The package does no I/O
// and never prints.
package diag

import (
	"cmp"
	"errors"
	"slices"
)

// Severity tells whether a diagnostic stops the operation.
type Severity int

// The severities.
const (
	Error Severity = iota
	Warning
)

// String is the JSON spelling: "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// MarshalText makes a severity its spelling in JSON.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Pos is a place in a source file. Line and Column count from 1 (columns in
// grapheme clusters, as HCL counts them), Byte from 0.
type Pos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// Range is a stretch of a source file; End is exclusive.
type Range struct {
	Filename string `json:"filename"`
	Start    Pos    `json:"start"`
	End      Pos    `json:"end"`
}

// IsZero tells whether the range points nowhere.
func (r Range) IsZero() bool { return r.Filename == "" && r.Start.Line == 0 }

// Snippet is the source that a diagnostic points at. Code is one or more whole
// lines; HighlightStart and HighlightEnd are byte offsets into it.
type Snippet struct {
	Code           string  `json:"code"`
	StartLine      int     `json:"start_line"`
	HighlightStart int     `json:"highlight_start_offset"`
	HighlightEnd   int     `json:"highlight_end_offset"`
	Values         []Value `json:"values,omitempty"`
}

// Value is one expression in a snippet with what it stood for, for example
// {"var.keep", "\"7y\""}. Sensitive values come as "(sensitive)".
type Value struct {
	Expression string `json:"expression"`
	Statement  string `json:"statement"`
}

// Diagnostic is one message. Summary is fixed text without user data; Detail
// says in full sentences what is wrong, why it matters and what to do; Code is
// stable and may be looked up.
type Diagnostic struct {
	Severity Severity `json:"severity"`
	Code     string   `json:"code"`
	Summary  string   `json:"summary"`
	Detail   string   `json:"detail,omitempty"`
	Address  string   `json:"address,omitempty"`
	Range    *Range   `json:"range,omitempty"`
	Snippet  *Snippet `json:"snippet,omitempty"`
}

// List is a collection of diagnostics, in the order in which they were found.
type List []Diagnostic

// HasErrors tells whether any diagnostic stops the operation.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Append adds diagnostics and returns the list, as append does.
func (l List) Append(ds ...Diagnostic) List { return append(l, ds...) }

// Sorted returns the list by file, line, column, code and summary; diagnostics
// without a range come last.
func (l List) Sorted() List {
	out := slices.Clone(l)
	slices.SortStableFunc(out, compare)
	return out
}

func compare(a, b Diagnostic) int {
	ra, rb := a.Range, b.Range
	switch {
	case ra == nil && rb != nil:
		return 1
	case ra != nil && rb == nil:
		return -1
	case ra != nil && rb != nil:
		if c := cmp.Or(cmp.Compare(ra.Filename, rb.Filename),
			cmp.Compare(ra.Start.Byte, rb.Start.Byte)); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Summary, b.Summary))
}

// Failure lets a diagnostic travel through code that returns plain errors:
// wrap with Fail, unwrap with FromError at the floor that reports.
type Failure struct{ Diagnostic Diagnostic }

// Error gives summary and detail, for logs; users see the diagnostic itself.
func (f *Failure) Error() string {
	if f.Diagnostic.Detail == "" {
		return f.Diagnostic.Summary
	}
	return f.Diagnostic.Summary + ": " + f.Diagnostic.Detail
}

// Fail makes an error of a diagnostic.
func Fail(d Diagnostic) error { return &Failure{Diagnostic: d} }

// FromError finds the diagnostic in an error's chain, or makes one with the
// given code and summary whose detail is the error's text.
func FromError(err error, code, summary string) Diagnostic {
	var f *Failure
	if errors.As(err, &f) {
		return f.Diagnostic
	}
	return Diagnostic{Severity: Error, Code: code, Summary: summary, Detail: err.Error()}
}
