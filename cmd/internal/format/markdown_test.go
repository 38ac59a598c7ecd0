package format

import (
	"fmt"
	"strings"
	"testing"

	"github.com/backstay/backstay/schema/diag"
)

// However much there is to say, a reader sees ten lines before the folded part.
func TestMarkdownTop(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 300} {
		d := &Document{Command: "review", Headline: fmt.Sprintf("%d weakened.", n)}
		for i := range n {
			d.Items = append(d.Items, Item{Rule: fmt.Sprintf("R-%d", i), Level: Error, Message: "line one\nline two"})
		}
		text := string(render(t, "markdown", d))
		top, rest, _ := strings.Cut(text, "<details>")
		if lines := strings.Count(strings.TrimRight(top, "\n"), "\n") + 1; lines > 10 {
			t.Errorf("%d items: %d lines before the fold:\n%s", n, lines, top)
		}
		if n > 7 && !strings.Contains(top, fmt.Sprintf("and %d more", n-6)) {
			t.Errorf("%d items: the top does not say how many are folded:\n%s", n, top)
		}
		if n > markdownItems && !strings.Contains(rest, fmt.Sprintf("%d more are in the answer", n-markdownItems)) {
			t.Errorf("%d items: the cut is silent", n)
		}
		if len(text) > 60000 {
			t.Errorf("%d items: %d bytes do not fit in a comment", n, len(text))
		}
	}
}

func TestMarkdownCode(t *testing.T) {
	for in, want := range map[string]string{"a": "`a`", "a`b": "``a`b``", "`": "`` ` ``", "a\nb": "`a\uFFFDb`"} {
		if got := code(in); got != want {
			t.Errorf("%q: %s", in, got)
		}
	}
	block := fenced(&diag.Snippet{Code: "```\n</details>\n"})
	if !strings.HasPrefix(block, "````hcl\n") || !strings.HasSuffix(block, "\n````\n\n") {
		t.Errorf("the fence can be closed from inside:\n%s", block)
	}
}

// Nothing that is escaped can open a tag, a link, a mention or a new line.
func FuzzMarkdownEscape(f *testing.F) {
	for _, s := range []string{"<img src=x>", "[a](b)", "@someone", "a\nb", "\\*", "| x |", "&lt;", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := escaped(s)
		if strings.ContainsAny(got, "<>@\n\r\t") {
			t.Fatalf("%q became %q", s, got)
		}
		for i, r := range got {
			if strings.ContainsRune("`*_[]|~!", r) && (i == 0 || got[i-1] != '\\') {
				t.Fatalf("%q became %q: %q is markup", s, got, r)
			}
		}
	})
}
