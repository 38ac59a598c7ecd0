package tree

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"
)

// roots are the names that the module's root folder may hold.
var roots = map[string]bool{
	"cmd": true, "engine": true, "policies": true, "schema": true, "plan": true, "examples": true,
	"go.mod": true, "go.sum": true, "Makefile": true, "README.md": true, "LICENSE": true,
	// Configuration of tools that look for it here.
	".ci": true, ".github": true, ".gitignore": true, ".gitattributes": true, ".errcheck-excludes": true,
}

var topLevel = Rule{
	Name: "top level",
	Why:  "The root holds what a newcomer needs to find the way, and nothing else. Put it into the package that owns it.",
	Check: func(m *Module) []Problem {
		seen := map[string]bool{}
		for _, name := range m.Files {
			root, _, _ := strings.Cut(name, "/")
			seen[root] = true
		}
		var problems []Problem
		for name := range seen {
			if !roots[name] {
				problems = append(problems, Problem{Where: name, What: "does not belong to the top level"})
			}
		}
		sort.Slice(problems, func(i, j int) bool { return problems[i].Where < problems[j].Where })
		return problems
	},
}

// The words are put together here so that this file does not hold them.
var (
	undone  = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)
	machine = regexp.MustCompile(`(^|[^\w.])(/wo` + `rk/(main|shared|seeds)|/ro` + `ot/|/tmp/ba` + `sh|/ho` + `me/[a-z]{3,}/|/Us` + `ers/)`)
)

var unfinished = Rule{
	Name: "nothing unfinished",
	Why:  "What is not done is an issue, where somebody sees it, not a note in the source. Do it, or file it and delete the note.",
	Check: func(m *Module) []Problem {
		return m.grep(undone, func(name string) bool { return name != "LICENSE" && name != "go.sum" })
	},
}

var machinePaths = Rule{
	Name: "no machine paths",
	Why: "A path of one machine works nowhere else and tells about its owner. Use a path relative to the module, a temporary folder, " +
		"or in examples one that nobody takes for real (/srv/data).",
	Check: func(m *Module) []Problem {
		return m.grep(machine, func(string) bool { return true })
	},
}

// link finds the target of a Markdown link.
var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

var links = Rule{
	Name: "links",
	Why:  "A reader follows a link when lost; one that leads nowhere is worse than none. Name the file as it is called, or write the document.",
	Check: func(m *Module) []Problem {
		there := map[string]bool{}
		for _, name := range m.Files {
			for ; name != "."; name = path.Dir(name) {
				there[name] = true
			}
		}
		var problems []Problem
		for _, name := range m.Files {
			if path.Ext(name) == ".md" {
				problems = append(problems, m.leadNowhere(name, there)...)
			}
		}
		return problems
	},
}

func (m *Module) leadNowhere(name string, there map[string]bool) []Problem {
	content, err := m.read(name)
	if err != nil {
		return []Problem{{Where: name, What: err.Error()}}
	}
	var problems []Problem
	for i, line := range strings.Split(string(content), "\n") {
		for _, found := range link.FindAllStringSubmatch(line, -1) {
			target, _, _ := strings.Cut(found[1], "#")
			if target == "" || strings.Contains(target, "://") {
				continue
			}
			if to := path.Join(path.Dir(name), target); !there[to] {
				problems = append(problems, Problem{Where: fmt.Sprintf("%s:%d", name, i+1), What: "leads to " + to + ", which is not there"})
			}
		}
	}
	return problems
}

// grep reports each line of a text file that the expression finds.
func (m *Module) grep(expression *regexp.Regexp, wanted func(name string) bool) []Problem {
	var problems []Problem
	for _, name := range m.Files {
		if !wanted(name) {
			continue
		}
		content, err := m.read(name)
		if err != nil || !utf8.Valid(content) || !expression.Match(content) {
			continue // links and binaries hold no notes
		}
		for i, line := range bytes.Split(content, []byte("\n")) {
			if found := expression.Find(line); found != nil {
				problems = append(problems, Problem{
					Where: fmt.Sprintf("%s:%d", name, i+1),
					What:  fmt.Sprintf("holds %q", bytes.TrimSpace(found)),
				})
			}
		}
	}
	return problems
}
