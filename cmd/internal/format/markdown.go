package format

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/backstay/backstay/schema/diag"
)

// markdown is a comment on a pull request: what matters in at most ten lines,
// then everything else in folded parts. Whatever comes from a configuration is
// escaped: it can neither make markup nor call a person.
type markdown struct{}

var _ Format = markdown{}

const (
	markdownLines = 7   // of the list at the top
	markdownItems = 100 // that are told in full: a comment has its limit
)

func (markdown) Write(w io.Writer, d *Document) error {
	p := &page{d: d}
	p.printf("### Backstay %s: %s\n\n", d.Command, escaped(d.Headline))
	p.top()
	p.details()
	p.controls()
	_, err := io.WriteString(w, p.String())
	return err
}

// page is a document on its way to markdown.
type page struct {
	strings.Builder
	d *Document
}

func (p *page) printf(format string, args ...any) { fmt.Fprintf(&p.Builder, format, args...) }

// top is the list that a reader sees without a click: facts, then errors, then
// the rest as a number.
func (p *page) top() {
	var lines []string
	for _, s := range p.d.Summary {
		lines = append(lines, "- "+escaped(s))
	}
	for i := range p.d.Items {
		if item := &p.d.Items[i]; item.Level == Error {
			lines = append(lines, "- "+p.brief(item))
		}
	}
	left := 0
	if len(lines) > markdownLines {
		left = len(lines) - markdownLines + 1
		lines = lines[:markdownLines-1]
	}
	for _, l := range lines {
		p.printf("%s\n", l)
	}
	if left > 0 {
		p.printf("- and %d more, folded below\n", left)
	}
	if len(lines) > 0 {
		p.printf("\n")
	}
}

func (p *page) brief(i *Item) string {
	text := "**" + escaped(i.heading()) + "**"
	if i.Address != "" {
		text += " " + code(i.Address)
	}
	return text + ": " + escaped(i.line())
}

func (p *page) details() {
	n := len(p.d.Items)
	if n == 0 {
		return
	}
	c := counts(p.d.Items)
	p.printf("<details><summary>Details: %d errors, %d warnings, %d notes</summary>\n\n", c[Error], c[Warning], c[Note])
	for i := range p.d.Items[:min(n, markdownItems)] {
		p.item(&p.d.Items[i])
	}
	if n > markdownItems {
		p.printf("%d more are in the answer of `backstay %s -json`.\n\n", n-markdownItems, p.d.Command)
	}
	p.printf("</details>\n")
}

func (p *page) item(i *Item) {
	p.printf("**%s: %s**", i.word(), escaped(i.heading()))
	if i.Severity != "" {
		p.printf(" (%s)", i.Severity)
	}
	if at := p.d.position(i.Range); at != "" {
		p.printf(" at %s", code(at))
	}
	if i.Address != "" {
		p.printf(" in %s", code(i.Address))
	}
	p.printf("\n\n%s", fenced(i.Source))
	p.printf("%s\n\n", escaped(i.line()))
	if i.Waiver != nil {
		p.printf("%s\n\n", escaped(i.waiver()))
	}
	if len(i.Clauses) > 0 {
		p.printf("Asked by: %s\n\n", escaped(strings.Join(i.Clauses, "; ")))
	}
}

func (p *page) controls() {
	if len(p.d.Controls) == 0 {
		return
	}
	p.printf("\n<details><summary>Controls: %d asked</summary>\n\n", len(p.d.Controls))
	p.printf("| control | severity | subjects | pass | fail | warn | waived | unknown | deferred |\n")
	p.printf("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, c := range p.d.Controls {
		p.printf("| %s | %s | %d | %d | %d | %d | %d | %d | %d |\n", escaped(strings.TrimSpace(c.Control+" "+c.Title)),
			c.Severity, c.Subjects, c.Pass, c.Fail, c.Warn, c.Waived, c.Unknown, c.Deferred)
	}
	p.printf("\n</details>\n")
}

// escaped is running text of which nothing is markup, on one line.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(s), " ") {
		switch {
		case r == '<' || r == '>' || r == '&' || r == '@':
			fmt.Fprintf(&b, "&#%d;", r)
		case strings.ContainsRune("\\`*_{}[]|#~!", r):
			b.WriteRune('\\')
			b.WriteRune(r)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteRune(unicode.ReplacementChar)
		}
	}
	return b.String()
}

// code is a span of code, whatever it contains.
func code(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
	fence := strings.Repeat("`", longestRun(s)+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// fenced is the source of an item as a block of code.
func fenced(s *diag.Snippet) string {
	if s == nil || s.Code == "" {
		return ""
	}
	fence := strings.Repeat("`", max(3, longestRun(s.Code)+1))
	return fence + "hcl\n" + strings.TrimRight(s.Code, "\r\n") + "\n" + fence + "\n\n"
}

// longestRun is the length of the longest run of backticks.
func longestRun(s string) int {
	longest, run := 0, 0
	for _, r := range s {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
