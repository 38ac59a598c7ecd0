package tree

import (
	"go/ast"
	"strings"
)

var goroutines = Rule{
	Name: "goroutines recover",
	Why: "A panic in a goroutine that nobody recovers ends the program with Go's own exit code 2, which here means that a plan " +
		"proposes changes. Let the function begin with `defer guard.Recover()` (engine/internal/guard), or in cmd with a deferred " +
		"recover; this holds for `go f()` and for the Go method of a group alike.",
	Check: func(m *Module) []Problem {
		var problems []Problem
		for _, p := range m.Packages {
			if strings.HasSuffix(p.Dir, "test") {
				continue // a suite that tests run
			}
			bodies := p.functions()
			for _, f := range p.Files {
				if !f.Test {
					problems = append(problems, f.unguarded(bodies)...)
				}
			}
		}
		return problems
	},
}

func (f *File) unguarded(bodies map[string]*ast.BlockStmt) []Problem {
	var problems []Problem
	ast.Inspect(f.AST, func(n ast.Node) bool {
		var started ast.Expr
		switch n := n.(type) {
		case *ast.GoStmt:
			started = n.Call.Fun
		case *ast.CallExpr:
			if method, ok := n.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "Go" && len(n.Args) == 1 {
				started = n.Args[0]
			}
		}
		if started != nil && !recovers(body(started, bodies)) {
			problems = append(problems, f.at(n.Pos(), "the goroutine does not recover a panic"))
		}
		return true
	})
	return problems
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
