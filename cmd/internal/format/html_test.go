package format

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/backstay/backstay/schema/diag"
)

// page reads a page as XML, strictly: every element is closed in its place,
// every sign of markup is escaped. It gives the elements and the text.
func pageOf(t *testing.T, d *Document) (elements []xml.StartElement, text string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(string(render(t, "html", d))))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return elements, text
		}
		must(t, err)
		switch x := token.(type) {
		case xml.StartElement:
			elements = append(elements, x.Copy())
		case xml.CharData:
			text += string(x)
		}
	}
}

// A page is whole by itself: nothing in it runs, and nothing is fetched.
func TestHTMLIsSelfContained(t *testing.T) {
	allowed := []string{
		"html", "head", "meta", "title", "style", "body", "header", "main", "section", "article", "div", "h1", "h2", "h3", "p", "ul", "li",
		"code", "pre", "b", "i", "br", "time", "table", "thead", "tbody", "tr", "th", "td",
	}
	attributes := []string{"lang", "charset", "name", "content", "http-equiv", "class", "datetime"}
	for _, d := range []*Document{denied(), passed(), {Command: "plan", Failed: true, Exit: 1, Headline: "No answer."}} {
		elements, text := pageOf(t, d)
		for _, e := range elements {
			if !slices.Contains(allowed, e.Name.Local) {
				t.Errorf("<%s> is in the page", e.Name.Local)
			}
			for _, a := range e.Attr {
				if !slices.Contains(attributes, a.Name.Local) {
					t.Errorf("<%s> has the attribute %s", e.Name.Local, a.Name.Local)
				}
			}
		}
		for _, part := range []string{"url(", "@import", "http:", "https:"} {
			if strings.Contains(text, part) {
				t.Errorf("the page asks the network: %s", part)
			}
		}
		for i := range d.Items {
			if !strings.Contains(text, d.Items[i].line()) {
				t.Errorf("the page does not say %q", d.Items[i].line())
			}
		}
	}
}

// What comes from a configuration is text, wherever it stands.
func TestHTMLEscapes(t *testing.T) {
	const bad = `</style><script>alert("1")</script><img src=x onerror='y'>&`
	d := denied()
	d.Headline, d.Folder, d.Version, d.Summary = bad, bad, bad, []string{bad}
	d.Items = []Item{{
		Rule: bad, Title: bad, Level: Error, Message: bad, Address: bad, Clauses: []string{bad},
		Range: at(bad, 1, 1, 1, 2), Source: &diag.Snippet{Code: bad, StartLine: 1, HighlightStart: 3, HighlightEnd: 9},
	}}
	d.Controls[0].Control, d.Controls[0].Reason = bad, bad
	elements, text := pageOf(t, d)
	for _, e := range elements {
		if e.Name.Local == "script" || e.Name.Local == "img" {
			t.Errorf("<%s> came through", e.Name.Local)
		}
	}
	if n := strings.Count(text, bad); n < 9 {
		t.Errorf("what was written is told %d times as it was written", n)
	}
}

// What turns text around, or cannot be seen, is shown as such.
func TestHTMLShowsWhatIsThere(t *testing.T) {
	_, text := pageOf(t, &Document{Command: "check", Headline: "a\u202eb\x01c\xff"})
	if !strings.Contains(text, "A\uFFFDb\uFFFDc\uFFFD") {
		t.Errorf("got %q", text)
	}
}

func TestHTMLLines(t *testing.T) {
	lines := htmlLines(&diag.Snippet{Code: "one\ntwo three\nfour\n", StartLine: 7, HighlightStart: 8, HighlightEnd: 16})
	want := []htmlLine{{7, "one", "", ""}, {8, "two ", "three", ""}, {9, "", "fo", "ur"}}
	if !slices.Equal(lines, want) {
		t.Errorf("got %+v", lines)
	}
	if htmlLines(nil) != nil {
		t.Error("no snippet has no lines")
	}
}
