package query

import (
	"testing"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

func input(t *testing.T, body string) *wire.Input {
	t.Helper()
	in, err := wire.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		glob, name string
		want       bool
	}{
		{"*", "", true},
		{"*.bam", "x.bam", true},
		{"*.bam", "x.bamx", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{`\*`, "*", true},
		{`\*`, "x", false},
		{"a[bc]", "ab", true},
		{"a[!bc]", "ab", false},
		{"a[!bc]", "ad", true},
		{"a[", "a[", true},
		{"a.c", "abc", false},
		{"(x)", "(x)", true},
		{"*", "two\nlines", true},
		{`x\`, `x\`, true},
		{"[z-a]", "[z-a]", true},
	} {
		if got := glober(c.glob)(c.name); got != c.want {
			t.Errorf("%q fits %q: %v", c.glob, c.name, got)
		}
	}
}

// FuzzGlob: a name whose signs are all escaped fits itself.
func FuzzGlob(f *testing.F) {
	f.Add("a*b?[c]\\")
	f.Fuzz(func(t *testing.T, name string) {
		if len(name) > 500 {
			return // longer than any name; compiling it would measure regexp
		}
		escaped := ""
		for _, r := range name {
			escaped += `\` + string(r)
		}
		clean := string([]rune(name))
		if !glober(escaped)(clean) {
			t.Errorf("%q does not fit %q", escaped, clean)
		}
		_ = glober(name) // whatever it is, it compiles
	})
}

func TestRefusals(t *testing.T) {
	for _, body := range []string{
		`{"name":1}`, `{"name":{"regexp":"("}}`, `{"name":{}}`, `{"properties":{"k":1}}`, `{"properties":{"$or":[1]}}`, `{"tags":1}`,
		`{"tags":{"$or":[1]}}`, `{"created":{"after":"x"}}`, `{"created":"x"}`, `{"class":1}`, `{"state":"x"}`, `{"link":1}`, `{"visibility":"x"}`,
		`{"archivalState":"x"}`, `{"id":"x"}`,
	} {
		in := input(t, body)
		if ObjectOf(in); in.Err() == nil {
			t.Errorf("%s was taken", body)
		}
	}
}

func TestConditions(t *testing.T) {
	have := map[string]string{"a": "1", "b": "2"}
	for body, want := range map[string]bool{
		`{"p":{"a":"1"}}`: true, `{"p":{"a":"2"}}`: false, `{"p":{"a":true,"b":"2"}}`: true, `{"p":{"c":true}}`: false,
		`{"p":{"$or":[{"c":true},{"a":"1"}]}}`: true, `{"p":{"$and":[{"c":true},{"a":"1"}]}}`: false,
		`{"p":{"$and":[{"$or":[{"a":"1"}]},{"b":true}]}}`: true,
	} {
		in := input(t, body)
		if got := PropertiesOf(in, "p")(have); got != want || in.Err() != nil {
			t.Errorf("%s: %v, %v", body, got, in.Err())
		}
	}
	for body, want := range map[string]bool{
		`{"t":"a"}`: true, `{"t":"c"}`: false, `{"t":["a","b"]}`: true, `{"t":{"$or":["c","b"]}}`: true, `{"t":{"$and":["a",{"$or":["c","d"]}]}}`: false,
	} {
		in := input(t, body)
		if got := LabelsOf(in, "t")([]string{"a", "b"}); got != want || in.Err() != nil {
			t.Errorf("%s: %v, %v", body, got, in.Err())
		}
	}
	for body, want := range map[string]bool{
		`{"s":{"after":5}}`: true, `{"s":{"after":11}}`: false, `{"s":{"before":9}}`: false, `{"s":{"after":10,"before":10}}`: true, `{"s":11}`: false, `{}`: true,
	} {
		if got := SpanOf(input(t, body), "s").Holds(10); got != want {
			t.Errorf("%s: %v", body, got)
		}
	}
}
