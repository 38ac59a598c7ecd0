package policy

import (
	"github.com/open-policy-agent/opa/v1/ast"
)

// Partial evaluation puts values in the place of variables and forgets on the
// way that they had to be there: of `x := input.a; not x == 1` is left `not
// input.a == 1`, which holds where input.a is absent and the rule does not. In
// a helper behind `not` that turns into a rule that holds for too little, and
// natively nothing would ask Rego. So each variable that is used under `not`, or
// handed to a function, is compared with a value that nothing has: true where
// it is there, and never left out.

// nowhere is a value that no member of the input has: no name or path holds a
// zero byte.
var nowhere = ast.StringTerm("\x00")

// keepDefined adds these comparisons to all compiled rules.
func (e *Engine) keepDefined() {
	for _, m := range e.compiler.Modules {
		for _, r := range m.Rules {
			for part := r; part != nil; part = part.Else {
				part.Body = keptDefined(part.Body)
			}
			ast.WalkClosures(r, func(x any) bool {
				switch c := x.(type) {
				case *ast.Every:
					c.Body = keptDefined(c.Body)
				case *ast.ArrayComprehension:
					c.Body = keptDefined(c.Body)
				case *ast.SetComprehension:
					c.Body = keptDefined(c.Body)
				case *ast.ObjectComprehension:
					c.Body = keptDefined(c.Body)
				}
				return false
			})
		}
	}
}

func keptDefined(body ast.Body) ast.Body {
	needed := map[ast.Var]bool{}
	for _, x := range body {
		if x.Negated || x.IsCall() && x.Operator().HasPrefix(ast.DefaultRootRef) {
			ast.WalkVars(x, func(v ast.Var) bool { needed[v] = true; return false })
		}
	}
	var out ast.Body
	for _, x := range body {
		out.Append(x)
		for _, v := range binds(x) {
			if needed[v] {
				delete(needed, v)
				out.Append(ast.NotEqual.Expr(ast.NewTerm(v), nowhere).SetLocation(x.Location))
			}
		}
	}
	return out
}

// binds lists the variables that an expression may give a value to.
func binds(x *ast.Expr) (out []ast.Var) {
	if x.Negated || !x.IsCall() {
		return nil
	}
	operands := x.Operands()
	if !x.IsEquality() && len(operands) > 0 {
		operands = operands[len(operands)-1:]
	}
	for _, t := range operands {
		if v, ok := t.Value.(ast.Var); ok {
			out = append(out, v)
		}
	}
	return out
}

// keeps tells whether an expression is one of these comparisons.
func keeps(x *ast.Expr) bool {
	return x.IsCall() && len(x.Operands()) == 2 && x.Operator().Equal(ast.NotEqual.Ref()) && x.Operand(1).Equal(nowhere)
}
