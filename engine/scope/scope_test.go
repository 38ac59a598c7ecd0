package scope

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/backstay/backstay/schema"
)

var now = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func selector(change func(*schema.Selector)) *schema.Selector {
	s := &schema.Selector{LargerThan: -1, SmallerThan: -1}
	change(s)
	return s
}

func term(t *testing.T, s string) *schema.Term {
	t.Helper()
	parsed, err := schema.ParseTerm(s)
	if err != nil {
		t.Fatal(err)
	}
	return &parsed
}

func TestSelector(t *testing.T) {
	file := Object{Path: "a/b.txt", Kind: "file", Size: 100, MTime: now.AddDate(0, 0, -10).UnixNano(), ID: "x"}
	folder := Object{Path: "a/b.txt/", Kind: "directory", Size: 4096, MTime: file.MTime}
	for name, c := range map[string]struct {
		s            *schema.Selector
		file, folder bool
	}{
		"empty":          {selector(func(s *schema.Selector) {}), true, true},
		"path":           {selector(func(s *schema.Selector) { s.Paths = []string{"/x", "/a"} }), true, true},
		"other path":     {selector(func(s *schema.Selector) { s.Paths = []string{"/x"} }), false, false},
		"name":           {selector(func(s *schema.Selector) { s.Names = []string{"*.txt"} }), true, true},
		"name of parent": {selector(func(s *schema.Selector) { s.Names = []string{"a"} }), false, false},
		"exact name":     {selector(func(s *schema.Selector) { s.Names = []string{"q", "b.tx?"} }), true, true},
		"kind":           {selector(func(s *schema.Selector) { s.Kinds = []string{"symlink", "file"} }), true, false},
		"larger":         {selector(func(s *schema.Selector) { s.LargerThan = 99 }), true, false},
		"not larger":     {selector(func(s *schema.Selector) { s.LargerThan = 100 }), false, false},
		"smaller":        {selector(func(s *schema.Selector) { s.SmallerThan = 101 }), true, false},
		"not smaller":    {selector(func(s *schema.Selector) { s.SmallerThan = 100 }), false, false},
		"older":          {selector(func(s *schema.Selector) { s.OlderThan = term(t, "9d") }), true, false},
		"not older":      {selector(func(s *schema.Selector) { s.OlderThan = term(t, "11d") }), false, false},
		"newer":          {selector(func(s *schema.Selector) { s.NewerThan = term(t, "2w") }), true, false},
		"not newer":      {selector(func(s *schema.Selector) { s.NewerThan = term(t, "24h") }), false, false},
		"newer forever":  {selector(func(s *schema.Selector) { s.NewerThan = term(t, "forever") }), true, false},
		"older forever":  {selector(func(s *schema.Selector) { s.OlderThan = term(t, "forever") }), false, false},
		"id":             {selector(func(s *schema.Selector) { s.IDs = []string{"x"} }), true, false},
		"tag":            {selector(func(s *schema.Selector) { s.Tags = []string{"x"} }), false, false},
		"and":            {selector(func(s *schema.Selector) { s.Paths, s.LargerThan = []string{"/a"}, 1000 }), false, false},
	} {
		compiled, err := CompileSelector(c.s, now)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := compiled.Match(&file); got != c.file {
			t.Errorf("%s: file is %v", name, got)
		}
		if got := compiled.Match(&folder); got != c.folder {
			t.Errorf("%s: folder is %v", name, got)
		}
	}
}

func TestScopeDecision(t *testing.T) {
	out := selector(func(s *schema.Selector) { s.Paths, s.Reason = []string{"**/*.tmp"}, "made again" })
	b := &schema.Backup{Scope: schema.Scope{
		Includes: []*schema.Selector{
			selector(func(s *schema.Selector) { s.Paths, s.Class = []string{"/raw"}, "raw" }),
			selector(func(s *schema.Selector) { s.Names, s.Class = []string{"*.pdf"}, "report" }),
		},
		Excludes: []*schema.Selector{out},
	}}
	m, err := Compile(b, now)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]Decision{
		"raw/a":     {In: true, Class: "raw", Include: 0},
		"raw/a.pdf": {In: true, Class: "raw", Include: 0},
		"x/a.pdf":   {In: true, Class: "report", Include: 1},
		"x/a":       {Include: -1},
		"raw/a.tmp": {Include: 0, Exclude: out},
		"x/a.tmp":   {Include: -1, Exclude: out},
	} {
		if got := m.Match(&Object{Path: path, Kind: "file"}); got != want {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
	all, err := Compile(&schema.Backup{}, now)
	if err != nil {
		t.Fatal(err)
	}
	if d := all.Match(&Object{Path: "a", Kind: "file"}); !d.In || d.Include != -1 {
		t.Errorf("a scope without includes says %+v", d)
	}
}

func TestCompileNamesTheBadPattern(t *testing.T) {
	for _, s := range []*schema.Selector{
		selector(func(s *schema.Selector) { s.Paths = []string{"[a"} }),
		selector(func(s *schema.Selector) { s.Names = []string{"a/b"} }),
		selector(func(s *schema.Selector) { s.Names = []string{"[a"} }),
	} {
		if _, err := CompileSelector(s, now); err == nil {
			t.Errorf("%+v is accepted", s)
		}
	}
}

func TestSelectorReadsBack(t *testing.T) {
	for _, s := range []*schema.Selector{
		nil,
		selector(func(s *schema.Selector) {}),
		selector(func(s *schema.Selector) {
			s.Paths, s.Kinds, s.Properties = []string{"/a"}, []string{"file"}, map[string]string{"b": "1", "a": "2"}
			s.LargerThan, s.SmallerThan, s.OlderThan = 0, 7, term(t, "7y")
		}),
	} {
		back, err := Decode(Encode(s))
		if err != nil || !reflect.DeepEqual(back, s) {
			t.Errorf("%s read back as %+v, %v", Encode(s), back, err)
		}
	}
	if _, err := Decode("{"); err == nil {
		t.Error("half a selector is accepted")
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	m, objects := benchmark(t)
	if n := testing.AllocsPerRun(10, func() {
		for i := range objects {
			m.Match(&objects[i])
		}
	}); n > 0 {
		t.Errorf("%v allocations for %d objects", n, len(objects))
	}
}

func benchmark(tb testing.TB) (*Matcher, []Object) {
	m, err := Compile(&schema.Backup{Scope: schema.Scope{
		Includes: []*schema.Selector{
			selector(func(s *schema.Selector) { s.Paths = []string{"/runs/**/*.fastq.gz", "/results"} }),
			selector(func(s *schema.Selector) { s.Paths = []string{"**/*.pdf"} }),
		},
		Excludes: []*schema.Selector{selector(func(s *schema.Selector) { s.Paths = []string{"**/tmp", "**/*.bak"} })},
	}}, now)
	if err != nil {
		tb.Fatal(err)
	}
	var objects []Object
	for i := range 1000 {
		ext := []string{"fastq.gz", "pdf", "txt"}[i%3]
		objects = append(objects, Object{Path: fmt.Sprintf("runs/2026/lane-%02d/sample-%04d.%s", i%20, i, ext), Kind: "file", Size: int64(i)})
	}
	return m, objects
}

func BenchmarkMatch(b *testing.B) {
	m, objects := benchmark(b)
	for i := 0; b.Loop(); i++ {
		m.Match(&objects[i%len(objects)])
	}
}
