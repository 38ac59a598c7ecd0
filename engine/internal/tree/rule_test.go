package tree

import (
	"io/fs"
	"slices"
	"sort"
	"strings"
	"testing"
)

const documented = "// Package p is one.\n// It never does harm.\npackage p\n"

// cases are small modules: in each, the named rule finds what want lists.
var cases = []struct {
	rule  string
	name  string
	files map[string]string
	want  []string // part of each problem, in order
}{
	{"floors", "down", map[string]string{"plan/p.go": imports("schema")}, nil},
	{"floors", "up", map[string]string{"schema/p.go": imports("plan")}, []string{"schema/p.go:2: schema (floor 1) imports plan (floor 2)"}},
	{"floors", "own floor", map[string]string{"engine/diff/p.go": imports("engine/apply")}, []string{"engine/diff (floor 4) imports engine/apply (floor 4)"}},
	{"floors", "driver on interface", map[string]string{"engine/storage/memory/p.go": imports("engine/storage")}, nil},
	{"floors", "unknown package", map[string]string{"engine/magic/p.go": "package p"}, []string{"engine/magic: the package is in no floor"}},
	{"floors", "unknown import", map[string]string{"engine/p.go": imports("engine/magic")}, []string{"imports engine/magic, which is in no floor"}},
	{"floors", "test may climb", map[string]string{"schema/p_test.go": imports("plan")}, nil},

	{"exclusive imports", "hcl outside", map[string]string{"schema/p.go": "package p\nimport _ \"github.com/hashicorp/hcl/v2/hclsyntax\""}, []string{"the domain knows no HCL"}},
	{"exclusive imports", "hcl at home", map[string]string{"schema/lang/p.go": "package p\nimport _ \"github.com/hashicorp/hcl/v2\""}, nil},
	{"exclusive imports", "sql outside", map[string]string{"engine/p.go": "package p\nimport _ \"database/sql\""}, []string{"engine imports database/sql"}},
	{"exclusive imports", "opa outside", map[string]string{"cmd/x/p.go": "package p\nimport _ \"github.com/open-policy-agent/opa/v1/rego\""}, []string{"fails closed"}},

	{"documented dependencies", "row", map[string]string{
		"go.mod": "require example.org/a v1.0.0", "engine/p.go": "package p\nimport _ \"example.org/a/b\"", architecture: "| `example.org/a` | letters |",
	}, nil},
	{"documented dependencies", "prose only", map[string]string{
		"go.mod": "require (\n\texample.org/a v1.0.0\n)", "engine/p.go": "package p\nimport _ \"example.org/a\"", architecture: "We use `example.org/a`.",
	}, []string{"no row for `example.org/a`"}},
	{"documented dependencies", "not imported", map[string]string{"go.mod": "require example.org/a v1.0.0", architecture: ""}, nil},
	{"documented dependencies", "no document", map[string]string{"go.mod": ""}, []string{"missing"}},

	{"one clock", "now", map[string]string{"plan/p.go": "package p\nimport \"time\"\nvar t = time.Now()"}, []string{"plan/p.go:3: time.Now"}},
	{"one clock", "under another name", map[string]string{"plan/p.go": "package p\nimport clock \"time\"\nvar t = clock.Since"}, []string{"time.Since"}},
	{"one clock", "a duration", map[string]string{"plan/p.go": "package p\nimport \"time\"\nconst d = time.Second"}, nil},
	{"one clock", "at home", map[string]string{"engine/internal/clock/p.go": "package p\nimport \"time\"\nvar t = time.Now()"}, nil},
	{"one clock", "pace of progress", map[string]string{"engine/apply/p.go": "package p\nimport \"time\"\nvar a, b = time.NewTicker, time.Now"}, []string{"time.Now"}},
	{"one clock", "test sleeps", map[string]string{"plan/p_test.go": "package p\nimport \"time\"\nfunc f() { time.Sleep(1) }"}, []string{"time.Sleep"}},

	{"environment and flags in cmd", "getenv", map[string]string{"engine/p.go": "package p\nimport \"os\"\nvar e = os.Getenv(\"X\")"}, []string{"os.Getenv"}},
	{"environment and flags in cmd", "flag", map[string]string{"engine/p.go": "package p\nimport \"flag\"\nvar e = flag.Parse"}, []string{"flag.Parse"}},
	{"environment and flags in cmd", "in cmd", map[string]string{"cmd/x/p.go": "package p\nimport (\"flag\"; \"os\")\nvar e, f = flag.Parse, os.Getenv"}, nil},

	{"engine never prints", "println", map[string]string{"engine/p.go": "package p\nimport \"fmt\"\nvar e = fmt.Println"}, []string{"fmt.Println"}},
	{"engine never prints", "stderr", map[string]string{"schema/p.go": "package p\nimport \"os\"\nvar e = os.Stderr"}, []string{"os.Stderr"}},
	{"engine never prints", "log", map[string]string{"plan/p.go": "package p\nimport \"log\"\nvar e = log.Fatal"}, []string{"log.Fatal"}},
	{"engine never prints", "errorf", map[string]string{"plan/p.go": "package p\nimport \"fmt\"\nvar e = fmt.Errorf"}, nil},

	{"goroutines recover", "bare", map[string]string{"plan/p.go": "package p\nfunc f() { go func() {}() }"}, []string{"plan/p.go:2: the goroutine does not recover"}},
	{"goroutines recover", "of a group", map[string]string{"plan/p.go": "package p\nfunc f() { group.Go(w.work) }"}, []string{"does not recover"}},
	{"goroutines recover", "guarded", map[string]string{"plan/p.go": "package p\nfunc f() { go g(); group.Go(w.g) }\nfunc g() { defer guard.Recover() }"}, nil},
	{"goroutines recover", "by itself", map[string]string{"plan/p.go": "package p\nfunc f() { go func() { defer func() { _ = recover() }() }() }"}, nil},
	{"goroutines recover", "too late", map[string]string{"plan/p.go": "package p\nfunc f() { go func() { if x { defer guard.Recover() } }() }"}, []string{"does not recover"}},
	{"goroutines recover", "in a suite of tests", map[string]string{"engine/storage/storagetest/p.go": "package p\nfunc f() { go func() {}() }"}, nil},
	{"goroutines recover", "in a test", map[string]string{"plan/p_test.go": "package p\nfunc f() { go func() {}() }"}, nil},

	{"package comments", "none", map[string]string{"plan/p.go": "package p"}, []string{"plan: no package comment"}},
	{"package comments", "one line", map[string]string{"plan/p.go": "// Package p never does harm.\npackage p"}, []string{"is one line"}},
	{"package comments", "no limits", map[string]string{"plan/p.go": "// Package p is one.\n// And more.\npackage p"}, []string{"never does"}},
	{"package comments", "whole", map[string]string{"plan/p.go": documented, "plan/q.go": "package p"}, nil},

	{"lengths", "function", map[string]string{"plan/p.go": "package p\nfunc f() {\n" + filler + "}\n"}, []string{"plan/p.go:2: f has 82 lines"}},
	{"lengths", "function with a reason", map[string]string{"plan/p.go": "package p\n" + long + "one table\nfunc f() {\n" + filler + "}\n"}, nil},
	{"lengths", "function with an empty reason", map[string]string{"plan/p.go": "package p\n" + long + "\nfunc f() {\n" + filler + "}\n"}, []string{"f has 82 lines"}},
	{"lengths", "file", map[string]string{"plan/p.go": "package p\n" + strings.Repeat("\n", maxFile)}, []string{"the file is too long"}},
	{"lengths", "generated file", map[string]string{"plan/p.go": "// Code generated by hand. DO NOT EDIT.\n\npackage p\n" + strings.Repeat("\n", maxFile)}, nil},

	{"links", "broken", map[string]string{"README.md": "see [it](engine/GONE.md)"}, []string{"README.md:1: leads to engine/GONE.md"}},
	{"links", "from below", map[string]string{"engine/A.md": "\n[up](../README.md#top) [out](https://example.org) [here](#a) [dir](../plan)", "README.md": "", "plan/p.go": "package p"}, nil},

	{"top level", "stray", map[string]string{"notes.txt": "", "plan/p.go": "package p"}, []string{"notes.txt: does not belong"}},
	{"nothing unfinished", "note", map[string]string{"plan/p.go": "package p\n// TO" + "DO: more"}, []string{"plan/p.go:2"}},
	{"nothing unfinished", "a word that holds it", map[string]string{"plan/p.go": "package p\nvar METHO" + "DO = 1"}, nil},
	{"no machine paths", "home", map[string]string{"README.md": "see /ro" + "ot/x"}, []string{"README.md:1"}},
	{"no machine paths", "part of a longer path", map[string]string{"README.md": "see /srv/data/ro" + "ot/x"}, nil},
}

var filler = strings.Repeat("\t_ = 1\n", maxFunction)

// TestRulesCanFail shows each rule a small module that breaks it, and one
// beside it that does not.
func TestRulesCanFail(t *testing.T) {
	for _, c := range cases {
		t.Run(c.rule+"/"+c.name, func(t *testing.T) {
			module := fake(t, c.files)
			problems := ruleNamed(t, c.rule).Check(module)
			if len(problems) != len(c.want) {
				t.Fatalf("got %d problems, want %d: %v", len(problems), len(c.want), problems)
			}
			for i, want := range c.want {
				if !strings.Contains(problems[i].String(), want) {
					t.Errorf("problem %d is %q, want %q in it", i, problems[i], want)
				}
			}
		})
	}
}

func TestRulesSayWhy(t *testing.T) {
	shown := map[string]bool{}
	for _, rule := range Rules {
		if shown[rule.Name] || len(rule.Why) < 60 {
			t.Errorf("rule %q: its name must be its own and its reason a sentence", rule.Name)
		}
		shown[rule.Name] = true
	}
}

func TestParseReportsBrokenSource(t *testing.T) {
	if _, err := parse([]string{"plan/p.go"}, func(string) ([]byte, error) { return []byte("package"), nil }); err == nil {
		t.Error("a file that does not parse went unnoticed")
	}
}

func imports(dir string) string { return "package p\nimport _ \"" + ModulePath + "/" + dir + "\"\n" }

func ruleNamed(t *testing.T, name string) Rule {
	t.Helper()
	i := slices.IndexFunc(Rules, func(r Rule) bool { return r.Name == name })
	if i < 0 {
		t.Fatalf("no rule is named %q", name)
	}
	return Rules[i]
}

func fake(t *testing.T, files map[string]string) *Module {
	t.Helper()
	var names []string
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	module, err := parse(names, func(name string) ([]byte, error) {
		content, ok := files[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return []byte(content), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return module
}
