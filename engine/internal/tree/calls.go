package tree

import (
	"go/ast"
	"go/token"
	"path"
	"strings"
)

// clockPackage is where time comes in.
const clockPackage = "engine/internal/clock"

// timed lists who else may look at a real clock: programs that measure or kill
// other processes, and never a package of Backstay itself.
var timed = []string{clockPackage, "cmd/bench", "cmd/torture", "cmd/internal/program", "cmd/dnanexus-emulator/internal/clock"}

// paced lists the packages that report progress, or renew a lease, at the pace
// of a real ticker, which no answer depends on.
var paced = []string{"engine/apply", "engine/restore", "engine/verify", "engine/state", "cmd/internal/view"}

var clockOnly = Rule{
	Name: "one clock",
	Why: "Retention is arithmetic on time, and every answer must be repeatable: time comes in as a value, from " +
		clockPackage + ". Take an instant or a clock.Clock as a parameter. In tests: a fixed clock, and a channel instead of a sleep.",
	Check: func(m *Module) []Problem {
		banned := map[string]bool{
			"Now": true, "Since": true, "Until": true, "NewTimer": true, "NewTicker": true,
			"After": true, "AfterFunc": true, "Tick": true, "Sleep": true,
		}
		return m.uses("time", func(dir string, f *File, name string) bool {
			if underAny(dir, timed) {
				return false
			}
			// A test may measure itself or set a deadline; it may not wait.
			if f.Test {
				return name == "Sleep" || name == "Tick"
			}
			if name == "NewTicker" && underAny(dir, paced) {
				return false
			}
			return banned[name]
		})
	},
}

// surroundings lists the packages below cmd's floor that look at the
// environment, each only in builds with the tag testclock.
var surroundings = []string{"cmd", clockPackage, "engine/internal/fault"}

var environment = Rule{
	Name: "environment and flags in cmd",
	Why: "What a command does is decided by its arguments, which cmd reads; a library that looks at the environment by itself " +
		"cannot be understood from its call. Pass the value in through a request or an option.",
	Check: func(m *Module) []Problem {
		look := map[string]bool{"Getenv": true, "LookupEnv": true, "Environ": true, "ExpandEnv": true, "Args": true, "Setenv": true}
		problems := m.uses("os", func(dir string, f *File, name string) bool {
			return !f.Test && look[name] && !underAny(dir, surroundings)
		})
		return append(problems, m.uses("flag", func(dir string, f *File, _ string) bool {
			return !f.Test && !under(dir, "cmd")
		})...)
	},
}

// guardPackage prints once: when the program is about to end by a panic.
const guardPackage = "engine/internal/guard"

var silence = Rule{
	Name: "engine never prints",
	Why: "What a user sees is rendered by cmd from data, so that text and JSON cannot disagree. " +
		"Return a diagnostic, send an event to the observer, or log through the hclog.Logger that was passed in.",
	Check: func(m *Module) []Problem {
		library := func(dir string, f *File) bool {
			return !f.Test && underAny(dir, []string{"engine", "schema", "plan", "policies"})
		}
		problems := m.uses("fmt", func(dir string, f *File, name string) bool {
			return library(dir, f) && strings.HasPrefix(name, "Print")
		})
		problems = append(problems, m.uses("os", func(dir string, f *File, name string) bool {
			return library(dir, f) && dir != guardPackage && (name == "Stdout" || name == "Stderr")
		})...)
		return append(problems, m.uses("log", func(dir string, f *File, _ string) bool { return library(dir, f) })...)
	},
}

// uses reports each selector of a standard package that banned says yes to.
func (m *Module) uses(library string, banned func(dir string, f *File, name string) bool) []Problem {
	var problems []Problem
	for _, p := range m.Packages {
		for _, f := range p.Files {
			f.selectors(library, func(pos token.Pos, name string) {
				if banned(p.Dir, f, name) {
					problems = append(problems, f.at(pos, "%s.%s", path.Base(library), name))
				}
			})
		}
	}
	return problems
}

// selectors calls see for each LIBRARY.Name in the file, under whatever name
// the file imports the library.
func (f *File) selectors(library string, see func(token.Pos, string)) {
	local := ""
	f.imports(func(spec *ast.ImportSpec, imported string) {
		if imported != library {
			return
		}
		local = path.Base(library)
		if spec.Name != nil {
			local = spec.Name.Name
		}
	})
	if local == "" {
		return
	}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == local {
				see(s.Pos(), s.Sel.Name)
			}
		}
		return true
	})
}
