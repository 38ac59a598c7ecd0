package scope

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
)

// Glob is a compiled path pattern. It matches a whole path from the source's
// root; what matches a folder matches everything below it, so that "/docs",
// "/docs/" and "/docs/**" are one pattern. The syntax is doublestar's.
type Glob struct {
	shape  shape
	folder string // all shapes but everything: what a path must lie in, "" or "a/b/"
	word   string // suffix: ".fastq.gz"; element: "node_modules"; literal: the path
	inner  string // suffix: ".fastq.gz/"; element: "/node_modules/": inside a path
	whole  string // general: the pattern for doublestar
	rest   string // general: the same with "/**" at its end
}

// shape is the kind of pattern, so that the usual ones need no glob matcher: a
// million objects meet every pattern of every backup plan.
type shape uint8

const (
	everything shape = iota // **
	literal                 // a/b
	suffix                  // [a/b/]**/*.ext
	element                 // [a/b/]**/name
	general
)

// CompileGlob reads a pattern; the leading "/" is optional.
func CompileGlob(pattern string) (Glob, error) {
	p := strings.TrimPrefix(pattern, "/")
	if err := checkGlob(pattern, p); err != nil {
		return Glob{}, err
	}
	for p != "" && p != "**" {
		shorter := strings.TrimSuffix(strings.TrimSuffix(p, "/"), "/**")
		if shorter == p {
			break
		}
		p = shorter
	}
	if p == "" || p == "*" || p == "**" {
		return Glob{shape: everything}, nil
	}
	return classify(p), nil
}

func checkGlob(pattern, p string) error {
	if pattern == "" {
		return errors.New("an empty pattern matches nothing")
	}
	if !doublestar.ValidatePattern(p) || strings.HasSuffix(p, `\`) {
		return fmt.Errorf("%q is not a valid pattern", pattern)
	}
	for _, e := range strings.Split(strings.TrimSuffix(p, "/"), "/") {
		if (e == "" && p != "") || e == "." || e == ".." {
			return fmt.Errorf(`%q has an empty, "." or ".." element, which no path has`, pattern)
		}
	}
	return nil
}

func classify(p string) Glob {
	if plain(p) {
		return Glob{shape: literal, word: p}
	}
	head, tail := splitFolder(p)
	if last, ok := strings.CutPrefix(tail, "**/"); ok && !strings.Contains(last, "/") {
		if plain(last) {
			return Glob{shape: element, folder: head, word: last, inner: "/" + last + "/"}
		}
		if ext, ok := strings.CutPrefix(last, "*"); ok && plain(ext) && ext != "" {
			return Glob{shape: suffix, folder: head, word: ext, inner: ext + "/"}
		}
	}
	return Glob{shape: general, folder: head, whole: p, rest: p + "/**"}
}

// splitFolder cuts off the leading elements that are plain text.
func splitFolder(p string) (folder, rest string) {
	end := 0
	for {
		i := strings.IndexByte(p[end:], '/')
		if i < 0 || !plain(p[end:end+i]) {
			return p[:end], p[end:]
		}
		end += i + 1
	}
}

// plain tells whether a piece of a pattern stands for its own bytes. U+FFFD
// does not: the matcher takes it for any byte that is not UTF-8.
func plain(s string) bool {
	return !strings.ContainsAny(s, `*?[]{}\,`) && utf8.ValidString(s) && !strings.ContainsRune(s, utf8.RuneError)
}

// Match tells whether the pattern selects an object's path.
func (g *Glob) Match(path string) bool {
	if g.shape == everything {
		return true
	}
	if n := len(path); n > 0 && path[n-1] == '/' {
		path = path[:n-1]
	}
	if g.shape == literal {
		return below(path, g.word)
	}
	if !strings.HasPrefix(path, g.folder) {
		return false
	}
	switch g.shape {
	case suffix:
		return strings.HasSuffix(path, g.word) && len(path) >= len(g.folder)+len(g.word) ||
			strings.Contains(path[len(g.folder):], g.inner)
	case element:
		return hasElement(path[len(g.folder):], g.word, g.inner)
	}
	// The library does not let "a*/**" match "a": a star that stands for nothing
	// before a slash is not looked through at the end of a name.
	return doublestar.MatchUnvalidated(g.rest, path) || doublestar.MatchUnvalidated(g.whole, path)
}

// below tells whether path is the folder or file p, or lies in it.
func below(path, p string) bool {
	return len(path) >= len(p) && path[:len(p)] == p && (len(path) == len(p) || path[len(p)] == '/')
}

// hasElement tells whether an element of path is the name between the slashes
// of inner.
func hasElement(path, name, inner string) bool {
	if !strings.HasSuffix(path, name) {
		return strings.HasPrefix(path, inner[1:]) || strings.Contains(path, inner)
	}
	rest := path[:len(path)-len(name)]
	return rest == "" || rest[len(rest)-1] == '/' || strings.HasPrefix(path, inner[1:]) || strings.Contains(path, inner)
}
