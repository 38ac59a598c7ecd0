package tree

import "go/ast"

// floorOf is the order of the packages: data goes up, imports go down. An entry
// that ends in "/..." stands for the folders below it, of one floor; the
// longest entry that fits decides. A change here is a change of design, and its
// commit says so.
var floorOf = map[string]int{
	"engine/internal/guard": -1, // any goroutine, anywhere in engine

	"schema/addr":         0,
	"schema/diag":         0,
	"engine/internal/...": 0,

	"schema":         1, // on addr and diag
	"policies":       1, // no Go beyond the embedding
	"engine/storage": 1, // the interface; it knows no driver

	"plan":               2, // on schema, for terms
	"schema/lang":        2,
	"engine/record":      2,
	"engine/keymap":      2,
	"engine/scope":       2,
	"engine/retention":   2,
	"engine/erasure":     2,
	"engine/storage/...": 2, // the drivers and their suite

	"engine/storage/dnanexus": 3, // on its wire client

	"plan/planfile":    3,
	"engine/policy":    3,
	"engine/inventory": 3,
	"engine/state":     3,
	"engine/catalogue": 3,
	"engine/cost":      3,
	"engine/renames":   3, // beside the diff that asks it

	"engine/diff":    4,
	"engine/apply":   4,
	"engine/verify":  4,
	"engine/restore": 4,
	"engine/audit":   4,
	"engine/report":  4,
	"engine/review":  4,

	"engine": 5,

	"cmd/internal/view":      6,
	"cmd/internal/arguments": 6,
	"cmd/internal/format":    6, // findings in the languages of other tools
	"cmd/internal/program":   6, // runs programs for bench and torture
	"cmd/internal/cli":       7,

	// The emulator of the platform: a program of its own beside the others,
	// which shares nothing with the engine and the driver.
	"cmd/dnanexus-emulator/internal/archival": 0,
	"cmd/dnanexus-emulator/internal/bill":     0,
	"cmd/dnanexus-emulator/internal/clock":    0,
	"cmd/dnanexus-emulator/internal/ids":      0,
	"cmd/dnanexus-emulator/internal/store":    0,
	"cmd/dnanexus-emulator/internal/wire":     0,
	"cmd/dnanexus-emulator/internal/faults":   1,
	"cmd/dnanexus-emulator/internal/model":    1,
	"cmd/dnanexus-emulator/internal/query":    2,
	"cmd/dnanexus-emulator/internal/seed":     2,
	"cmd/dnanexus-emulator/internal/server":   3,
	"cmd/dnanexus-emulator/internal/program":  4,

	"cmd/...": 8,
}

var floors = Rule{
	Name: "floors",
	Why: "A package imports only lower floors, never its own, so that each can be read and tested on what lies below it. " +
		"Move the code, or pass the value in; the table is in engine/internal/tree/floors.go.",
	Check: func(m *Module) []Problem {
		var problems []Problem
		for _, p := range m.Packages {
			floor, ok := floorFor(p.Dir)
			if !ok {
				problems = append(problems, Problem{Where: p.Dir, What: "the package is in no floor of the table"})
				continue
			}
			for _, f := range p.Files {
				if !f.Test {
					problems = append(problems, f.climbs(p.Dir, floor)...)
				}
			}
		}
		return problems
	},
}

func (f *File) climbs(from string, floor int) []Problem {
	var problems []Problem
	f.imports(func(spec *ast.ImportSpec, path string) {
		to, ours := own(path)
		if !ours {
			return
		}
		target, ok := floorFor(to)
		switch {
		case !ok:
			problems = append(problems, f.at(spec.Pos(), "imports %s, which is in no floor of the table", to))
		case target >= floor:
			problems = append(problems, f.at(spec.Pos(), "%s (floor %d) imports %s (floor %d)", from, floor, to, target))
		}
	})
	return problems
}

// floorFor finds the entry for a folder: its own, else the nearest "/..." above.
func floorFor(dir string) (int, bool) {
	if floor, ok := floorOf[dir]; ok {
		return floor, true
	}
	for base := parent(dir); base != ""; base = parent(base) {
		if floor, ok := floorOf[base+"/..."]; ok {
			return floor, true
		}
	}
	return 0, false
}

func parent(dir string) string {
	for i := len(dir) - 1; i >= 0; i-- {
		if dir[i] == '/' {
			return dir[:i]
		}
	}
	return ""
}
