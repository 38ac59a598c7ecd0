package tree

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"
)

// How long a file and a function may grow without giving a reason.
const (
	maxFile     = 500
	maxFunction = 80
	long        = "//lint:long "
)

var lengths = Rule{
	Name: "lengths",
	Why: "Files stay under 500 lines and functions under 80, so that a reader can hold one in the head. Split it along what it does; " +
		"if that would hide something, say why in a comment `" + long + "<reason>` directly above the function, or anywhere in the file for the file.",
	Check: func(m *Module) []Problem {
		var problems []Problem
		for _, p := range m.Packages {
			for _, f := range p.Files {
				if !ast.IsGenerated(f.AST) {
					problems = append(problems, f.tooLong()...)
				}
			}
		}
		return problems
	},
}

func (f *File) tooLong() []Problem {
	var problems []Problem
	excused := f.excuses()
	if f.Lines > maxFile && len(excused) == 0 {
		problems = append(problems, Problem{Where: f.Name, What: "the file is too long"})
	}
	for _, declaration := range f.AST.Decls {
		fn, ok := declaration.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		first, last := f.line(fn.Pos()), f.line(fn.End())
		if last-first+1 > maxFunction && !excused[first-1] {
			problems = append(problems, f.at(fn.Pos(), "%s has %d lines", fn.Name.Name, last-first+1))
		}
	}
	return problems
}

// excuses gives the last lines of the comments that hold a reason for length.
func (f *File) excuses() map[int]bool {
	lines := map[int]bool{}
	for _, group := range f.AST.Comments {
		for _, comment := range group.List {
			if reason, ok := strings.CutPrefix(comment.Text, long); ok && strings.TrimSpace(reason) != "" {
				lines[f.line(group.End())] = true
			}
		}
	}
	return lines
}

func (f *File) line(pos token.Pos) int { return f.Set.Position(pos).Line }

// limits finds a sentence that says what a package does not do.
var limits = regexp.MustCompile(`(?i)\b(never|no|not|nothing|none|without|cannot|neither)\b`)

var comments = Rule{
	Name: "package comments",
	Why: "Every package opens with a comment of more than one line that says what it is, what goes in and out, and what it never does: " +
		"a package is one sentence and its limits. Write it in one file of the package.",
	Check: func(m *Module) []Problem {
		var problems []Problem
		for _, p := range m.Packages {
			problems = append(problems, p.undocumented()...)
		}
		return problems
	},
}

func (p *Package) undocumented() []Problem {
	var texts []string
	sources := 0
	for _, f := range p.Files {
		if f.Test {
			continue
		}
		sources++
		if f.AST.Doc != nil {
			texts = append(texts, f.AST.Doc.Text())
		}
	}
	text := strings.TrimSpace(strings.Join(texts, "\n"))
	switch {
	case sources == 0:
		return nil // tests alone: what they test is said elsewhere
	case text == "":
		return []Problem{{Where: p.Dir, What: "no package comment"}}
	case !strings.Contains(text, "\n"):
		return []Problem{{Where: p.Dir, What: "the package comment is one line"}}
	case !limits.MatchString(text):
		return []Problem{{Where: p.Dir, What: "the package comment does not say what the package never does"}}
	}
	return nil
}
