package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/backstay/backstay/schema/diag"
)

// checkRules refuses what the compiler lets pass and what would fail open: a
// value that a member never has, a default that hides a missing member, a
// parameter that nobody sets.
func (e *Engine) checkRules() diag.List {
	var diags diag.List
	seen := map[*ast.Rule]bool{}
	for _, c := range e.controls {
		for _, r := range c.rules {
			for _, dep := range e.reached(r.compiled) {
				diags = append(diags, c.checkParams(dep)...)
				if !seen[dep] {
					seen[dep] = true
					diags = append(diags, e.checkData(dep)...)
					k := &checker{compiler: e.compiler, vars: map[ast.Var]*shape{}, same: map[ast.Var]*ast.Term{}}
					k.rule(dep)
					diags = append(diags, k.diags...)
				}
			}
		}
		diags = append(diags, c.checkValues()...)
	}
	return dedupe(diags)
}

// checkParams refuses parameters that are neither declared nor set.
func (c *control) checkParams(r *ast.Rule) diag.List {
	var diags diag.List
	ast.WalkRefs(r, func(ref ast.Ref) bool {
		if len(ref) < 3 || !ref[0].Equal(ast.InputRootDocument) || !ref[1].Value.(ast.String).Equal(ast.String("params")) {
			return false
		}
		name, ok := ref[2].Value.(ast.String)
		if ok && !c.hasParam(string(name)) {
			diags = diags.Append(errorAt(regoRange(ref[0].Location), "policy_unknown_parameter", "Unknown policy parameter",
				fmt.Sprintf("%s reads input.params.%s, which neither its METADATA declares nor `params` of its policy block sets. A rule that reads nothing holds for nobody.", c.id, string(name))))
		}
		return false
	})
	return diags
}

func (c *control) hasParam(name string) bool {
	if _, ok := c.params[name]; ok {
		return true
	}
	for _, suffix := range []string{"", "_days", "_hours"} {
		if base, ok := strings.CutSuffix(name, suffix); ok {
			if p, declared := c.parameters[base]; declared && (suffix == "" || p.Type == "term") {
				return true
			}
		}
	}
	return false
}

// checkValues refuses values of the wrong type, and declared parameters without
// any value.
func (c *control) checkValues() diag.List {
	var diags diag.List
	for _, name := range sortedKeys(c.parameters) {
		p := c.parameters[name]
		v, ok := c.params[name]
		switch {
		case !ok && c.shipped:
		case !ok:
			diags = diags.Append(errorAt(regoRange(c.location), "policy_parameter_missing", "Policy parameter has no value",
				fmt.Sprintf("%s declares the parameter %q without a default, and `params` does not set it.", c.id, name)))
		case p.check(v) != "":
			diags = diags.Append(errorAt(regoRange(c.location), "policy_parameter_type", "Policy parameter has the wrong type",
				fmt.Sprintf("The parameter %q of %s %s.", name, c.id, p.check(v))))
		}
	}
	return diags
}

// checker follows the shapes of a rule's variables.
type checker struct {
	compiler *ast.Compiler
	vars     map[ast.Var]*shape
	same     map[ast.Var]*ast.Term // what a variable was set to
	diags    diag.List
}

func (k *checker) rule(r *ast.Rule) {
	for e := r; e != nil; e = e.Else {
		k.learn(e)
		ast.WalkExprs(e, func(x *ast.Expr) bool { k.expr(x); return false })
	}
}

// learn finds what variables stand for. Bindings may follow their use, so it
// goes on until nothing is new.
func (k *checker) learn(r *ast.Rule) {
	for known := -1; known != len(k.vars); {
		known = len(k.vars)
		ast.WalkExprs(r, func(x *ast.Expr) bool {
			if x.Negated || !x.IsEquality() {
				return false
			}
			for i, side := range x.Operands() {
				v, ok := side.Value.(ast.Var)
				if ok && k.same[v] == nil {
					k.same[v] = x.Operand(1 - i)
				}
				if ok && k.vars[v] == nil {
					if s := k.shape(x.Operand(1 - i)); s != nil {
						k.vars[v] = s
					}
				}
			}
			return false
		})
	}
}

// shape is what the schema says of a term; nil where it says nothing.
func (k *checker) shape(t *ast.Term) *shape {
	switch v := t.Value.(type) {
	case ast.Var:
		if t.Equal(ast.InputRootDocument) {
			return inputShape()
		}
		return k.vars[v]
	case ast.Ref:
		s := k.shape(v[0])
		for _, step := range v[1:] {
			name, known := step.Value.(ast.String)
			s = s.at(string(name), known)
		}
		return s
	}
	return nil
}

func (k *checker) expr(x *ast.Expr) {
	if !x.IsCall() {
		return
	}
	args := x.Operands()
	switch name := x.Operator().String(); {
	case name == "object.get" && len(args) > 0:
		if s := k.shape(args[0]); s != nil && s.props != nil {
			k.diags = k.diags.Append(errorAt(regoRange(x.Location), "policy_object_get", "Policy hides a missing member",
				"object.get gives its default for a misspelt path just as for an absent one. Read the member itself, and test for absence with `not`."))
		}
	case comparisons[name] != nil && len(args) == 2 && k.alike(x, args[0], args[1]):
		k.diags = k.diags.Append(errorAt(regoRange(x.Location), "policy_same", "Policy compares a value with itself",
			"Both sides are one and the same, so the comparison says nothing. To ask whether a member is there, name it alone, or with `not`."))
	case (comparisons[name] != nil) && len(args) == 2:
		k.compare(x, args[0], args[1])
		k.compare(x, args[1], args[0])
	case name == "internal.member_2" && len(args) == 2:
		for _, c := range k.constants(args[1]) {
			k.compare(x, args[0], c)
		}
		if s := k.shape(args[1]); s != nil && s.elem != nil && s.elem.enum != nil {
			k.oneOf(x, s.elem, args[0])
		}
	}
}

// alike tells whether two operands are one member of the input, directly or by
// variables that were set to it.
func (k *checker) alike(x *ast.Expr, a, b *ast.Term) bool {
	if !x.IsEquality() { // an equality may be what sets the variable
		a, b = k.resolved(a), k.resolved(b)
	}
	_, isRef := a.Value.(ast.Ref)
	return isRef && a.IsGround() && a.Equal(b)
}

func (k *checker) resolved(t *ast.Term) *ast.Term {
	for range 8 { // chains of variables are short
		v, ok := t.Value.(ast.Var)
		if !ok || k.same[v] == nil {
			break
		}
		t = k.same[v]
	}
	return t
}

// constants are the elements of a constant collection, given in place or by a
// rule that is nothing but one.
func (k *checker) constants(t *ast.Term) []*ast.Term {
	var out []*ast.Term
	switch v := t.Value.(type) {
	case ast.Set:
		return v.Slice()
	case *ast.Array:
		v.Foreach(func(x *ast.Term) { out = append(out, x) })
	case ast.Var:
		if set := k.same[v]; set != nil && set.Value.Compare(v) != 0 {
			if _, again := set.Value.(ast.Var); !again {
				return k.constants(set)
			}
		}
	case ast.Ref:
		rules := k.compiler.GetRulesExact(v)
		if len(rules) == 1 && rules[0].Head.Value != nil && rules[0].Head.Key == nil && rules[0].Head.Value.IsGround() {
			return k.constants(rules[0].Head.Value)
		}
	}
	return out
}

func (k *checker) compare(x *ast.Expr, member, constant *ast.Term) {
	if s := k.shape(member); s != nil && s.enum != nil {
		k.oneOf(x, s, constant)
	}
}

func (k *checker) oneOf(x *ast.Expr, s *shape, constant *ast.Term) {
	c, ok := constant.Value.(ast.String)
	if !ok || slices.Contains(s.enum, string(c)) {
		return
	}
	where := regoRange(x.Location)
	if at := regoRange(constant.Location); at != nil && where != nil && at.Start.Line == where.Start.Line {
		where = at
	}
	k.diags = k.diags.Append(errorAt(where, "policy_unknown_value", "Policy compares with a value that never occurs",
		fmt.Sprintf("%q is none of %s.%s", string(c), strings.Join(s.enum, ", "), nearest(string(c), s.enum))))
}

func nearest(word string, known []string) string {
	best, at := "", 3
	for _, k := range known {
		if d := distance(word, k); d < at && d < len(word) {
			best, at = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" Did you mean %q?", best)
}

func dedupe(diags diag.List) diag.List {
	var out diag.List
	for _, d := range diags {
		if !slices.ContainsFunc(out, func(o diag.Diagnostic) bool {
			return o.Code == d.Code && o.Detail == d.Detail && (o.Range == nil) == (d.Range == nil) && (o.Range == nil || *o.Range == *d.Range)
		}) {
			out = append(out, d)
		}
	}
	return out
}
