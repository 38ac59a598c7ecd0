package tree

import (
	"bufio"
	"bytes"
	"fmt"
	"go/ast"
	"sort"
	"strings"
)

// importers says which packages alone may import a library, tests apart: one
// place to read when the library changes, one place to replace it.
var importers = []struct {
	library string // import path, and what lies below it
	allowed []string
	reason  string
}{
	{"github.com/hashicorp/hcl/v2", []string{"schema/lang"}, "the domain knows no HCL"},
	{"github.com/zclconf/go-cty", []string{"schema/lang"}, "values of the language end where schema begins"},
	{"github.com/open-policy-agent", []string{"engine/policy"}, "policies are asked in one place, which fails closed"},
	{"database/sql", []string{"engine/state", "cmd/dnanexus-emulator/internal/store"}, "the state alone is a database, and the emulator's world"},
	{"modernc.org/sqlite", []string{"engine/state", "cmd/dnanexus-emulator/internal/store"}, "two openers of one database file corrupt it"},
	{"zombiezen.com/go/sqlite", []string{"engine/state"}, "two openers of one database file corrupt it"},
	{"github.com/pressly/goose", []string{"engine/state"}, "the state alone is a database"},
	{"github.com/jackc/pgx", []string{"engine/state"}, "the state alone is a database"},
}

var exclusive = Rule{
	Name: "exclusive imports",
	Why:  "Some libraries have one importer, so that nothing else depends on their types. Ask that package for what you need.",
	Check: func(m *Module) []Problem {
		var problems []Problem
		for _, p := range m.Packages {
			for _, f := range p.Files {
				if !f.Test {
					problems = append(problems, f.strays(p.Dir)...)
				}
			}
		}
		return problems
	},
}

func (f *File) strays(dir string) []Problem {
	var problems []Problem
	f.imports(func(spec *ast.ImportSpec, path string) {
		for _, one := range importers {
			if under(path, one.library) && !underAny(dir, one.allowed) {
				problems = append(problems, f.at(spec.Pos(), "%s imports %s, which only %s may: %s",
					dir, path, strings.Join(one.allowed, ", "), one.reason))
			}
		}
	})
	return problems
}

// architecture is the document whose table names every direct dependency.
const architecture = "engine/ARCHITECTURE.md"

var dependencies = Rule{
	Name: "documented dependencies",
	Why: "Each module that our code imports has a row in the table of " + architecture +
		" that says what it is for: a dependency is a decision. Add the row, or do without.",
	Check: func(m *Module) []Problem {
		document, err := m.read(architecture)
		if err != nil {
			return []Problem{{Where: architecture, What: "the document is missing"}}
		}
		manifest, err := m.read("go.mod")
		if err != nil {
			return []Problem{{Where: "go.mod", What: err.Error()}}
		}
		rows := tableRows(document)
		var problems []Problem
		for _, module := range m.direct(requirements(manifest)) {
			if !strings.Contains(rows, "`"+module+"`") {
				problems = append(problems, Problem{Where: "go.mod", What: fmt.Sprintf("no row for `%s`", module)})
			}
		}
		return problems
	},
}

// direct lists those of the required modules that some file imports, tests
// included.
func (m *Module) direct(required []string) []string {
	used := map[string]bool{}
	for _, p := range m.Packages {
		for _, f := range p.Files {
			f.imports(func(_ *ast.ImportSpec, path string) {
				if module := longest(required, path); module != "" {
					used[module] = true
				}
			})
		}
	}
	names := make([]string, 0, len(used))
	for name := range used {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func longest(modules []string, path string) string {
	best := ""
	for _, module := range modules {
		if under(path, module) && len(module) > len(best) {
			best = module
		}
	}
	return best
}

// requirements reads the module paths of go.mod's require lines.
func requirements(manifest []byte) []string {
	var modules []string
	block := false
	for lines := bufio.NewScanner(bytes.NewReader(manifest)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) == 2 && fields[0] == "require" && fields[1] == "(":
			block = true
		case len(fields) == 1 && fields[0] == ")":
			block = false
		case len(fields) >= 3 && fields[0] == "require":
			modules = append(modules, fields[1])
		case block && len(fields) >= 2:
			modules = append(modules, fields[0])
		}
	}
	return modules
}

func tableRows(document []byte) string {
	var rows strings.Builder
	for line := range strings.SplitSeq(string(document), "\n") {
		if strings.HasPrefix(line, "|") {
			rows.WriteString(line + "\n")
		}
	}
	return rows.String()
}
