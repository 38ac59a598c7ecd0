package diag

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"unicode/utf8"
)

func at(file string, b int) *Range { return &Range{Filename: file, Start: Pos{Byte: b, Line: 1}} }

func TestSortedIsByPlace(t *testing.T) {
	list := List{
		{Code: "nowhere"},
		{Code: "b2", Range: at("b", 2)},
		{Code: "z", Range: at("a", 7)},
		{Code: "a", Range: at("a", 7)},
		{Code: "b1", Range: at("b", 1)},
	}
	want := []string{"a", "z", "b1", "b2", "nowhere"}
	for i, d := range list.Sorted() {
		if d.Code != want[i] {
			t.Errorf("at %d: got %s, want %s", i, d.Code, want[i])
		}
	}
	if list[0].Code != "nowhere" {
		t.Error("sorting changed the list it was asked of")
	}
}

func TestHasErrors(t *testing.T) {
	warnings := List{}.Append(Diagnostic{Severity: Warning})
	if warnings.HasErrors() || !warnings.Append(Diagnostic{Severity: Error}).HasErrors() {
		t.Error("warnings alone are not errors, and one error is enough")
	}
}

func TestFromErrorFindsTheDiagnostic(t *testing.T) {
	d := Diagnostic{Code: "c", Summary: "S", Detail: "D."}
	err := fmt.Errorf("while listing: %w", Fail(d))
	if got := FromError(err, "other", "Other"); got.Code != "c" || got.Summary != "S" {
		t.Errorf("got %+v", got)
	}
	plain := FromError(errors.New("boom"), "io", "Input failed")
	if plain.Code != "io" || plain.Detail != "boom" || plain.Severity != Error {
		t.Errorf("got %+v", plain)
	}
	if got := Fail(d).Error(); got != "S: D." {
		t.Errorf("a failure prints as %q", got)
	}
	if got := Fail(Diagnostic{Summary: "S"}).Error(); got != "S" {
		t.Errorf("a failure without detail prints as %q", got)
	}
}

func TestJSONNames(t *testing.T) {
	d := Diagnostic{
		Severity: Warning, Code: "c", Summary: "s", Detail: "d", Address: "backup.a", Range: &Range{Filename: "f"},
		Snippet: &Snippet{Code: "x", Values: []Value{{Expression: "var.a", Statement: "1"}}},
	}
	got, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"severity":"warning","code":"c","summary":"s","detail":"d","address":"backup.a",` +
		`"range":{"filename":"f","start":{"line":0,"column":0,"byte":0},"end":{"line":0,"column":0,"byte":0}},` +
		`"snippet":{"code":"x","start_line":0,"highlight_start_offset":0,"highlight_end_offset":0,"values":[{"expression":"var.a","statement":"1"}]}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRangeIsZero(t *testing.T) {
	if !(Range{}).IsZero() || at("a", 0).IsZero() {
		t.Error("only the range that points nowhere is zero")
	}
}

func TestCut(t *testing.T) {
	src := []byte("package a\n\ndeny contains \"x\" if {\n\tinput.chnge\n}\n")
	at := bytes.Index(src, []byte("chnge"))
	s := Cut(src, Range{Filename: "a.rego", Start: Pos{Line: 4, Column: 8, Byte: at}, End: Pos{Line: 4, Column: 13, Byte: at + 5}})
	if s == nil || s.Code != "\tinput.chnge" || s.StartLine != 4 || s.Code[s.HighlightStart:s.HighlightEnd] != "chnge" {
		t.Errorf("%+v", s)
	}
	long := append(bytes.Repeat([]byte("é"), 500), []byte("bad")...)
	if s := Cut(long, Range{Start: Pos{Line: 1, Byte: 1000}, End: Pos{Line: 1, Byte: 1003}}); s == nil || len(s.Code) > 260 || s.Code[s.HighlightStart:s.HighlightEnd] != "bad" || !utf8.ValidString(s.Code) {
		t.Errorf("%+v", s)
	}
	for _, r := range []Range{{}, {Start: Pos{Line: 1, Byte: 99}}, {Start: Pos{Line: 1, Byte: -1}}} {
		if s := Cut(src, r); s != nil {
			t.Errorf("%+v gave %+v", r, s)
		}
	}
}
