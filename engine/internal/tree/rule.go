package tree

import (
	"fmt"
	"go/ast"
	"go/token"
	"strconv"
	"strings"
)

// Rule is one thing that must hold everywhere. Why is printed with each of its
// problems and says what to do.
type Rule struct {
	Name  string
	Why   string
	Check func(*Module) []Problem
}

// Problem is one place where a rule does not hold.
type Problem struct {
	Where string // file:line, or a folder
	What  string
}

// String is the line that a failing test prints.
func (p Problem) String() string { return p.Where + ": " + p.What }

// Rules are all rules, in the order in which they are told.
var Rules = []Rule{
	floors, exclusive, dependencies,
	clockOnly, environment, silence, goroutines,
	comments, lengths,
	topLevel, links, unfinished, machinePaths,
}

// at makes a problem at a position of a file.
func (f *File) at(pos token.Pos, format string, args ...any) Problem {
	return Problem{
		Where: fmt.Sprintf("%s:%d", f.Name, f.Set.Position(pos).Line),
		What:  fmt.Sprintf(format, args...),
	}
}

// imports calls see with each import path of the file.
func (f *File) imports(see func(spec *ast.ImportSpec, path string)) {
	for _, spec := range f.AST.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil {
			see(spec, path)
		}
	}
}

// own gives the folder of an import of this module.
func own(path string) (dir string, ok bool) {
	if path == ModulePath {
		return ".", true
	}
	return strings.CutPrefix(path, ModulePath+"/")
}

// under tells whether dir is base or below it.
func under(dir, base string) bool {
	return dir == base || strings.HasPrefix(dir, base+"/")
}

func underAny(dir string, bases []string) bool {
	for _, base := range bases {
		if under(dir, base) {
			return true
		}
	}
	return false
}
