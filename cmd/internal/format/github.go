package format

import (
	"fmt"
	"io"
	"strings"
)

// github prints workflow commands: each becomes an annotation on the lines of
// the pull request. GitHub shows ten of each level and step; the rest stands in
// the log.
type github struct{}

var _ Format = github{}

var githubCommands = map[Level]string{Error: "error", Warning: "warning", Note: "notice"}

func (github) Write(w io.Writer, d *Document) error {
	var b strings.Builder
	for i := range d.Items {
		item := &d.Items[i]
		fmt.Fprintf(&b, "::%s %s::%s\n", githubCommands[item.Level], githubProperties(d, item), githubData(githubText(item)))
	}
	// What follows "::" at the start of a line is a command, so the headline
	// does not begin with it.
	fmt.Fprintf(&b, "backstay %s: %s\n", d.Command, strings.Join(strings.Fields(d.Headline), " "))
	_, err := io.WriteString(w, b.String())
	return err
}

func githubText(i *Item) string {
	text := i.line()
	if i.Address != "" {
		text = i.Address + ": " + text
	}
	if w := i.waiver(); w != "" {
		text += "\n" + w
	}
	return text
}

func githubProperties(d *Document, i *Item) string {
	var list []string
	add := func(name, value string) {
		if value != "" {
			list = append(list, name+"="+githubProperty(value))
		}
	}
	add("file", d.file(i.Range))
	if r := i.Range; r != nil && r.Start.Line > 0 {
		add("line", fmt.Sprint(r.Start.Line))
		add("endLine", fmt.Sprint(max(r.End.Line, r.Start.Line)))
		if r.End.Line == r.Start.Line { // columns are for one line alone
			add("col", fmt.Sprint(r.Start.Column))
			add("endColumn", fmt.Sprint(r.End.Column))
		}
	}
	add("title", strings.TrimSpace(i.Rule+" "+i.Title))
	return strings.Join(list, ",")
}

func githubData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func githubProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
