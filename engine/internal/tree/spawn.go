package tree

import (
	"go/ast"
	"strings"
)

// spawners lists the packages that start goroutines, and who waits for them.
var spawners = map[string]string{}

var goroutines = Rule{
	Name: "goroutines with an owner",
	Why: "A panic in a goroutine that nobody recovers ends the program with Go's own exit code 2, which means something else here; " +
		"a goroutine that nobody waits for outlives its operation. Start it where an owner waits, let its function begin with a " +
		"deferred recover (or a deferred call of a function named recover...), and list the package in engine/internal/tree/spawn.go.",
	Check: func(m *Module) []Problem {
		var problems []Problem
		for _, p := range m.Packages {
			bodies := p.functions()
			for _, f := range p.Files {
				if f.Test {
					continue
				}
				ast.Inspect(f.AST, func(n ast.Node) bool {
					statement, ok := n.(*ast.GoStmt)
					if !ok {
						return true
					}
					if spawners[p.Dir] == "" {
						problems = append(problems, f.at(statement.Pos(), "%s starts a goroutine and is not in the list", p.Dir))
					}
					if !recovers(body(statement.Call.Fun, bodies)) {
						problems = append(problems, f.at(statement.Pos(), "the goroutine does not recover a panic"))
					}
					return true
				})
			}
		}
		return problems
	},
}

// functions finds the bodies of a package's functions and methods by name;
// where two methods share a name, the last one counts.
func (p *Package) functions() map[string]*ast.BlockStmt {
	bodies := map[string]*ast.BlockStmt{}
	for _, f := range p.Files {
		for _, declaration := range f.AST.Decls {
			if fn, ok := declaration.(*ast.FuncDecl); ok && fn.Body != nil {
				bodies[fn.Name.Name] = fn.Body
			}
		}
	}
	return bodies
}

func body(called ast.Expr, bodies map[string]*ast.BlockStmt) *ast.BlockStmt {
	switch called := called.(type) {
	case *ast.FuncLit:
		return called.Body
	case *ast.Ident:
		return bodies[called.Name]
	case *ast.SelectorExpr:
		return bodies[called.Sel.Name]
	}
	return nil
}

// recovers tells whether a body defers, among its own statements, a call of
// recover or of a function whose name says that it recovers.
func recovers(block *ast.BlockStmt) bool {
	if block == nil {
		return false
	}
	for _, statement := range block.List {
		deferred, ok := statement.(*ast.DeferStmt)
		if !ok {
			continue
		}
		found := false
		ast.Inspect(deferred.Call, func(n ast.Node) bool {
			if name, ok := n.(*ast.Ident); ok && strings.HasPrefix(strings.ToLower(name.Name), "recover") {
				found = true
			}
			return !found
		})
		if found {
			return true
		}
	}
	return false
}
