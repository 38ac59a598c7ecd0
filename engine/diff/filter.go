package diff

import (
	"fmt"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/backstay/backstay/engine/scope"
	"github.com/backstay/backstay/plan"
)

// filter is what -target and -exclude leave of a plan. A pattern is an address
// with * and ?, or a glob on object paths. An address names what lies below it
// as well: backup.docs is every change of that backup plan.
type filter struct {
	targets  []pattern
	excludes []pattern
}

// pattern is one of them: path, or head with an optional path in brackets.
type pattern struct {
	head string // "" matches every change
	path *scope.Glob
}

// kinds are the first words of addresses; everything else is a path.
var kinds = []string{"backup.", "destination.", "source.", "archive."}

func compileFilter(targets, excludes []string) (*filter, error) {
	f := new(filter)
	for _, l := range []struct {
		from []string
		to   *[]pattern
	}{{targets, &f.targets}, {excludes, &f.excludes}} {
		for _, text := range l.from {
			p, err := compilePattern(text)
			if err != nil {
				return nil, fmt.Errorf("%q selects no change: %w", text, err)
			}
			*l.to = append(*l.to, p)
		}
	}
	return f, nil
}

// CheckPattern tells what is wrong with the text of a target or exclude.
func CheckPattern(text string) error {
	_, err := compilePattern(text)
	return err
}

func compilePattern(text string) (pattern, error) {
	var p pattern
	path := text
	for _, k := range kinds {
		if strings.HasPrefix(text, k) {
			p.head, path = text, ""
		}
	}
	if p.head != "" {
		// The last bracket that follows a label of a copy or destination holds the
		// path; one that follows a backup's name is its for_each key.
		if i := pathBracket(text); i >= 0 {
			var err error
			if path, err = unquote(text[i:]); err != nil {
				return p, err
			}
			p.head = text[:i]
		}
		if !doublestar.ValidatePattern(escapeBrackets(p.head)) {
			return p, fmt.Errorf("%q is not an address", p.head)
		}
		p.head = escapeBrackets(p.head)
	}
	if path != "" || p.head == "" {
		g, err := scope.CompileGlob(path)
		if err != nil {
			return p, err
		}
		p.path = &g
	}
	return p, nil
}

// takes tells whether a change is wanted.
func (f *filter) takes(source string, c *plan.Change) bool {
	if len(f.targets) > 0 && !matches(f.targets, source, c) {
		return false
	}
	return !matches(f.excludes, source, c)
}

func matches(patterns []pattern, source string, c *plan.Change) bool {
	for i := range patterns {
		p := &patterns[i]
		if (p.head == "" || p.names(source, c)) && (p.path == nil || p.path.Match(c.Object.Path)) {
			return true
		}
	}
	return false
}

func (p *pattern) names(source string, c *plan.Change) bool {
	for _, a := range []string{c.Backup, c.Backup + ".copy." + c.Copy, c.Destination, source, block(c)} {
		if a != "" && doublestar.MatchUnvalidated(p.head, a) {
			return true
		}
	}
	return false
}

// block is the archive block that a change in place comes from.
func block(c *plan.Change) string {
	if c.Reason != plan.CostMeasure {
		return ""
	}
	return c.Address[:strings.IndexByte(c.Address+"[", '[')]
}

// pathBracket finds where the path of an address begins: the bracket after
// .copy.LABEL, destination.TYPE.NAME or source.TYPE.NAME.
func pathBracket(text string) int {
	from := 0
	if strings.HasPrefix(text, "backup.") {
		i := strings.LastIndex(text, ".copy.")
		if i < 0 {
			return -1
		}
		from = i
	}
	i := strings.IndexByte(text[from:], '[')
	if i < 0 {
		return -1
	}
	return from + i
}

// unquote reads ["PATH"] or [PATH]: shells eat quotes.
func unquote(text string) (string, error) {
	inner, ok := strings.CutSuffix(strings.TrimPrefix(text, "["), "]")
	if !ok || inner == "" {
		return "", fmt.Errorf("%s lacks its closing bracket or its path", text)
	}
	if q, ok := strings.CutPrefix(inner, `"`); ok {
		if inner, ok = strings.CutSuffix(q, `"`); !ok {
			return "", fmt.Errorf("%s lacks its closing quote", text)
		}
	}
	return inner, nil
}

// escapeBrackets makes the brackets of for_each keys stand for themselves.
func escapeBrackets(s string) string {
	return strings.NewReplacer("[", `\[`, "]", `\]`, "{", `\{`, "}", `\}`).Replace(s)
}
