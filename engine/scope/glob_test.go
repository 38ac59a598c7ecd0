package scope

import (
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"
)

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern  string
		yes, not []string
	}{
		{"/docs", []string{"docs/", "docs", "docs/a", "docs/a/b/"}, []string{"docs2", "a/docs", "doc"}},
		{"/docs/", []string{"docs/", "docs/a"}, []string{"docs2/"}},
		{"docs/**", []string{"docs/", "docs/a/b"}, []string{"docs.txt"}},
		{"/", []string{"a", "a/b/"}, nil},
		{"**", []string{"a", "a/b/"}, nil},
		{"/*", []string{"a", "a/b"}, nil},
		{"*.txt", []string{"a.txt", ".txt", "a.txt/b"}, []string{"b/a.txt", "a.txt2"}},
		{"**/*.txt", []string{"a.txt", "b/a.txt", "b/c.txt/d/", "é.txt"}, []string{"a.txtx", "txt", "a.txt~/b"}},
		{"/runs/**/*.fastq.gz", []string{"runs/a.fastq.gz", "runs/1/2/b.fastq.gz"}, []string{"runs/a.gz", "x/runs/a.fastq.gz", "runs"}},
		{"**/node_modules", []string{"node_modules/", "a/node_modules/b", "node_modules"}, []string{"node_modules2/a", "my_node_modules"}},
		{"/a/**/tmp", []string{"a/tmp", "a/b/tmp/x"}, []string{"tmp", "a/tmpx"}},
		{"/a/*/c", []string{"a/b/c", "a/b/c/d"}, []string{"a/c", "a/b/b/c"}},
		{"/{a,b}/**", []string{"a/", "b/x"}, []string{"c"}},
		{`/a\*`, []string{"a*", "a*/x"}, []string{"ab"}},
		{"/[ab].txt", []string{"a.txt"}, []string{"c.txt"}},
		{"?", []string{"a", "\xff", "é/x"}, []string{"ab"}},
	} {
		g, err := CompileGlob(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		for _, p := range c.yes {
			if !g.Match(p) {
				t.Errorf("%s does not match %s", c.pattern, p)
			}
		}
		for _, p := range c.not {
			if g.Match(p) {
				t.Errorf("%s matches %s", c.pattern, p)
			}
		}
	}
}

func TestGlobRefuses(t *testing.T) {
	for _, p := range []string{"", "a//b", "//a", "./a", "a/../b", "..", "[a", "{a", `a\`, "a//"} {
		if _, err := CompileGlob(p); err == nil {
			t.Errorf("%q is accepted", p)
		}
	}
}

// FuzzGlob holds the short cuts against the glob library itself, by the rule
// in its own words: a pattern matches the path or one of its folders.
func FuzzGlob(f *testing.F) {
	for _, p := range []string{"/docs/", "**/*.txt", "a/**/*.gz", "**/x", "a/**/x", "*", "a/*/b?", "{a,b}/**", `\*`, "[a-c]/**/**", "**.txt", "a**/b", "**/*", "a/**/**/b"} {
		f.Add(p, "a/b.txt/c")
		f.Add(p, "docs/x/")
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		g, err := CompileGlob(pattern)
		if err != nil || path == "" || strings.HasPrefix(path, "/") || strings.Contains(path, "//") {
			return
		}
		if got, want := g.Match(path), slowMatch(pattern, path); got != want {
			t.Errorf("%q on %q (%+v): %v, the library says %v", pattern, path, g, got, want)
		}
	})
}

func slowMatch(pattern, path string) bool {
	p := strings.TrimPrefix(pattern, "/")
	if p == "" {
		return true
	}
	p = strings.TrimSuffix(p, "/")
	path = strings.TrimSuffix(path, "/")
	for i := 0; i <= len(path); i++ {
		if i == len(path) || path[i] == '/' {
			if ok, err := doublestar.Match(p, path[:i]); ok && err == nil {
				return true
			}
		}
	}
	return false
}
