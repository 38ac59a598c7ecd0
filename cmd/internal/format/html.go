package format

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema/diag"
)

// html is a page for people who were not at the terminal: an auditor's file, an
// attachment, a printout. It is one file without scripts that asks the network
// for nothing, says everything without a click, and is well-formed XML besides.
// Whatever comes from a configuration is escaped by the template.
type html struct{}

var _ Format = html{}

//go:embed page.html
var htmlText string

var htmlPage = template.Must(template.New("page").Parse(htmlText))

func (html) Write(w io.Writer, d *Document) error {
	p := htmlDocument{
		Command: d.Command, Version: d.Version, At: d.At.UTC().Format(time.RFC3339), Folder: d.Folder, Exit: d.Exit,
		Headline: upperFirst(d.Headline), Verdict: htmlVerdict(d), Summary: d.Summary,
	}
	for _, level := range []Level{Error, Warning, Note} {
		g := htmlGroup{Level: level, Title: htmlTitles[level]}
		for i := range d.Items {
			if item := &d.Items[i]; item.Level == level {
				g.Items = append(g.Items, htmlItemOf(d, item))
			}
		}
		if len(g.Items) > 0 {
			p.Groups = append(p.Groups, g)
		}
	}
	for i := range d.Controls {
		p.Controls = append(p.Controls, htmlControlOf(&d.Controls[i]))
	}
	// The template writes in many small pieces; a reader that is gone is told of
	// once.
	var b strings.Builder
	if err := htmlPage.Execute(&b, p); err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	_, err := io.WriteString(w, strings.Map(visible, b.String()))
	return err
}

// visible replaces what cannot be seen, and what changes how the rest is seen.
func visible(r rune) rune {
	if r == '\n' || r == '\t' || unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}

// htmlDocument is what the template shows.
type htmlDocument struct {
	Command, Version, At, Folder, Headline, Verdict string
	Exit                                            int
	Summary                                         []string
	Groups                                          []htmlGroup
	Controls                                        []htmlControl
}

type htmlGroup struct {
	Level Level
	Title string
	Items []htmlItem
}

type htmlItem struct {
	Word, Heading, Severity, Place, Address, Text, Waiver string
	Lines                                                 []htmlLine
	Clauses                                               []string
}

// htmlLine is a line of source: what stands before, in and after the part that
// is meant.
type htmlLine struct {
	Number                int
	Before, Meant, Behind string
}

type htmlControl struct {
	policy.ControlCount
	Result string
}

var htmlTitles = map[Level]string{Error: "What stands in the way", Warning: "What to look at", Note: "What else is known"}

func htmlVerdict(d *Document) string {
	switch {
	case d.Failed:
		return "No answer"
	case d.Exit == 3:
		return "Denied"
	}
	return "Passed"
}

func htmlItemOf(d *Document, i *Item) htmlItem {
	return htmlItem{
		Word: i.word(), Heading: i.heading(), Severity: string(i.Severity), Place: d.position(i.Range), Address: i.Address,
		Text: i.line(), Waiver: i.waiver(), Lines: htmlLines(i.Source), Clauses: i.Clauses,
	}
}

// htmlLines splits a snippet into lines, with the part that is highlighted.
func htmlLines(s *diag.Snippet) (out []htmlLine) {
	if s == nil || s.Code == "" {
		return nil
	}
	offset := 0
	for n, line := range strings.Split(strings.TrimRight(s.Code, "\r\n"), "\n") {
		from := min(max(s.HighlightStart-offset, 0), len(line))
		to := min(max(s.HighlightEnd-offset, from), len(line))
		out = append(out, htmlLine{s.StartLine + n, line[:from], line[from:to], line[to:]})
		offset += len(line) + 1
	}
	return out
}

// htmlControlOf says in one word what became of a control.
func htmlControlOf(c *policy.ControlCount) htmlControl {
	out := htmlControl{ControlCount: *c, Result: "pass"}
	switch {
	case c.Fail > 0:
		out.Result = "fail"
	case c.Unknown > 0:
		out.Result = "unknown"
	case c.Waived > 0:
		out.Result = "waived"
	case c.Deferred > 0:
		out.Result = "deferred"
	case c.Subjects == 0:
		out.Result = "not applicable"
	case c.Warn > 0:
		out.Result = "warn"
	}
	return out
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
