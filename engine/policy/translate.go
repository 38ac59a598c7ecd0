package policy

import (
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// translator turns the residual of a partially evaluated rule into native
// tests over the fields of a subject.
//
// It errs to one side alone: what it cannot translate is left out, and the
// conjunction then holds for more subjects than the rule does. It stops at the
// first call that might raise an error, so that no test after it can hide one.
type translator struct {
	prefix  ast.Ref // input.change
	table   fieldTable
	support map[string][]*ast.Rule
	vars    map[ast.Var]operand
	uses    map[ast.Var]int // how often a body names a variable
	now     *value          // what input.now stands for where it is unknown
	depth   int
}

// fieldTable names the fields of a subject.
type fieldTable struct {
	ids   map[string]int
	kinds []valueKind // what a field holds where it is defined
	key   []int       // fields with few values, by which subjects are sorted first
}

// keyed names the key fields.
func (t fieldTable) keyed(paths ...string) fieldTable {
	for _, p := range paths {
		t.key = append(t.key, t.ids[p])
	}
	return t
}

func (t *translator) conjunction(body ast.Body) conjunction {
	t.vars, t.uses = map[ast.Var]operand{}, map[ast.Var]int{}
	ast.WalkVars(body, func(v ast.Var) bool { t.uses[v]++; return false })
	c := conjunction{exact: true}
	for _, e := range body {
		test, outcome := t.expr(e)
		switch outcome {
		case translated:
			c.all = append(c.all, test)
		case skipped:
			c.exact = false
		case stopped:
			c.exact = false
			return c
		}
	}
	return c
}

type outcome int

const (
	translated outcome = iota
	skipped            // left out; it cannot raise an error
	stopped            // left out; it might
)

func (t *translator) expr(e *ast.Expr) (test, outcome) {
	if len(e.With) > 0 {
		return test{}, stopped
	}
	if e.Negated {
		return t.negated(e)
	}
	switch terms := e.Terms.(type) {
	case *ast.Term:
		return t.bare(terms)
	case []*ast.Term:
		return t.call(e)
	}
	return test{}, stopped
}

// negated translates `not x`, which needs x exactly.
func (t *translator) negated(e *ast.Expr) (test, outcome) {
	positive, outcome := t.expr(e.Complement())
	if outcome != translated {
		return test{}, outcome
	}
	return test{func(f facts) bool { return !positive.holds(f) }, positive.fields, positive.atoms}, translated
}

// bare translates a reference or constant that stands alone.
func (t *translator) bare(term *ast.Term) (test, outcome) {
	if ref, ok := term.Value.(ast.Ref); ok && ref[0].Equal(ast.DefaultRootDocument) {
		return t.helper(ref)
	}
	o, ok := t.operand(term)
	if !ok {
		return test{}, skipped
	}
	return testOf(func(f facts) bool { return o.isSet || o.at(f).truthy() }, "", o), translated
}

const maxSupportDepth = 8

// helper translates a rule that partial evaluation made.
func (t *translator) helper(ref ast.Ref) (test, outcome) {
	rules, ok := t.support[ref.String()]
	if !ok || t.depth >= maxSupportDepth {
		return test{}, stopped
	}
	p := &predicate{}
	for _, r := range rules {
		if r.Default || r.Else != nil || len(r.Head.Args) > 0 || r.Head.Key != nil || r.Head.Value.Value.Compare(ast.Boolean(true)) != 0 {
			return test{}, stopped
		}
		p.any = append(p.any, t.inside().conjunction(r.Body))
	}
	if !p.exact() {
		return test{}, stopped
	}
	return p.asTest(), translated
}

// infallible are calls that may be left out without hiding an error.
var infallible = map[string]bool{"sprintf": true}

func (t *translator) call(e *ast.Expr) (test, outcome) {
	name := e.Operator().String()
	args := e.Operands()
	if (name == "eq") && len(args) == 2 {
		if test, ok := t.binding(args[0], args[1]); ok {
			return test, translated
		}
	}
	if name == "count" && len(args) == 2 {
		return t.countIs(args[0], args[1])
	}
	if keeps(e) {
		if needs, ok := t.needs(args[0]); ok {
			return allThere(needs), translated
		}
	}
	if test, ok := t.worded(name, args); ok {
		return test, translated
	}
	if test, ok := t.iterated(name, args); ok {
		return test, translated
	}
	if len(args) == 2 {
		a, okA := t.operand(args[0])
		b, okB := t.operand(args[1])
		if okA && okB {
			if holds := t.binary(name, a, b); holds != nil {
				return testOf(holds, name, a, b), translated
			}
		}
	}
	if infallible[name] || comparisons[name] != nil && plain(args) {
		return test{}, skipped
	}
	return test{}, stopped
}

// binary makes the test of a builtin with two operands; nil where there is none.
func (t *translator) binary(name string, a, b operand) func(facts) bool {
	switch {
	case a.now && b.id < 0 || b.now && a.id < 0: // it depends on when it is asked
		return nil
	case comparisons[name] != nil && a.scalar(t.table.kinds) && b.scalar(t.table.kinds):
		return comparison(name, a, b)
	case name == "internal.member_2" && a.scalar(t.table.kinds) && t.collection(b):
		return membership(a, b)
	case affixes[name] != nil && t.text(a) && t.text(b):
		return affix(name, a, b)
	}
	return nil
}

func (t *translator) collection(o operand) bool {
	return o.isSet || o.id >= 0 && !o.count && t.table.kinds[o.id] == listValue
}

func (t *translator) text(o operand) bool {
	if o.id < 0 {
		return !o.isSet && o.constant.kind == stringValue
	}
	return !o.count && t.table.kinds[o.id] == stringValue
}

// binding translates x = y where x is a variable that no test has bound yet.
func (t *translator) binding(a, b *ast.Term) (test, bool) {
	for _, pair := range [][2]*ast.Term{{a, b}, {b, a}} {
		v, ok := pair[0].Value.(ast.Var)
		if !ok {
			continue
		}
		if _, bound := t.vars[v]; bound {
			continue
		}
		o, ok := t.operand(pair[1])
		if !ok {
			needs, ok := t.needs(pair[1])
			if ok {
				t.vars[v] = opaque
			}
			return allThere(needs), ok
		}
		t.vars[v] = o
		return testOf(func(f facts) bool { return o.isSet || o.at(f).kind != undefined }, "", o), true
	}
	return test{}, false
}

// plain tells whether operands are references and constants alone, so that
// comparing them raises nothing.
func plain(args []*ast.Term) bool {
	ok := true
	for _, a := range args {
		ast.WalkTerms(a, func(x *ast.Term) bool {
			switch x.Value.(type) {
			case ast.Call, *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension:
				ok = false
			}
			if ref, isRef := x.Value.(ast.Ref); isRef && ref[0].Equal(ast.DefaultRootDocument) {
				ok = false
			}
			return !ok
		})
	}
	return ok
}

func (t *translator) operand(term *ast.Term) (operand, bool) {
	switch v := term.Value.(type) {
	case ast.Var:
		o, ok := t.vars[v]
		return o, ok
	case ast.Ref:
		if t.now != nil && v.Equal(nowRef) {
			return operand{id: -1, constant: *t.now, now: true}, true
		}
		id, ok := t.field(v)
		return operand{id: id}, ok
	case ast.Call:
		if len(v) == 2 && v[0].String() == "count" {
			return t.counted(v[1])
		}
		return operand{}, false
	case ast.Set:
		return collectionOf(v.Slice())
	case *ast.Array:
		var list []*ast.Term
		v.Foreach(func(x *ast.Term) { list = append(list, x) })
		return collectionOf(list)
	}
	c, ok := constantOf(term)
	return operand{id: -1, constant: c}, ok
}

func (t *translator) counted(term *ast.Term) (operand, bool) {
	o, ok := t.operand(term)
	if !ok || o.id < 0 || o.count {
		return operand{}, false
	}
	o.count = true
	k := t.table.kinds[o.id]
	return o, k == listValue || k == stringValue
}

// field finds the field that a reference below the prefix names.
func (t *translator) field(ref ast.Ref) (int, bool) {
	if len(ref) <= len(t.prefix) || !ref.HasPrefix(t.prefix) {
		return 0, false
	}
	var parts []string
	for _, step := range ref[len(t.prefix):] {
		s, ok := step.Value.(ast.String)
		if !ok {
			return 0, false
		}
		parts = append(parts, string(s))
	}
	id, ok := t.table.ids[strings.Join(parts, ".")]
	return id, ok
}

func collectionOf(list []*ast.Term) (operand, bool) {
	o := operand{id: -1, isSet: true}
	for _, x := range list {
		c, ok := constantOf(x)
		if !ok {
			return operand{}, false
		}
		o.set = append(o.set, c)
	}
	return o, true
}

func constantOf(term *ast.Term) (value, bool) {
	switch v := term.Value.(type) {
	case ast.String:
		return textOf(string(v)), true
	case ast.Boolean:
		return boolOf(bool(v)), true
	case ast.Null:
		return value{kind: nullValue}, true
	case ast.Number:
		n, err := strconv.ParseInt(string(v), 10, 64)
		return numberOf(n), err == nil
	}
	return value{}, false
}
