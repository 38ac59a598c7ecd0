package policy

import (
	"github.com/open-policy-agent/opa/v1/ast"
)

// What a rule says beside what it decides: the message and the object around
// it. Words decide nothing but whether what they name is there, so their
// translation is a test of that.

var nowRef = ast.MustParseRef("input.now")

// opaque is the value of a variable that only words use.
var opaque = operand{id: -1, constant: value{kind: objectValue}, isSet: true}

// inside is the translator of a helper's body.
func (t *translator) inside() *translator {
	return &translator{prefix: t.prefix, table: t.table, support: t.support, now: t.now, depth: t.depth + 1}
}

// allThere holds if all operands are defined.
func allThere(needs []operand) test {
	out := test{holds: func(f facts) bool {
		for i := range needs {
			if needs[i].get(f).kind == undefined {
				return false
			}
		}
		return true
	}, fields: fieldsOf(needs...)}
	for _, o := range needs {
		out.atoms = append(out.atoms, atom{a: o})
	}
	return out
}

// worded translates sprintf(format, [...], x), which holds if all that it names
// is there.
func (t *translator) worded(name string, args []*ast.Term) (test, bool) {
	if name != "sprintf" || len(args) != 3 {
		return test{}, false
	}
	v, ok := args[2].Value.(ast.Var)
	if _, bound := t.vars[v]; !ok || bound {
		return test{}, false
	}
	needs, ok := t.needs(args[1])
	if !ok {
		return test{}, false
	}
	t.vars[v] = opaque
	return allThere(needs), true
}

// needs lists the fields that have to be there for a term to have a value. It
// knows the terms that messages are made of, and says so where one is another.
func (t *translator) needs(term *ast.Term) (out []operand, ok bool) {
	if o, known := t.operand(term); known {
		if o.id < 0 {
			return nil, true
		}
		return []operand{o}, true
	}
	ok = true
	each := func(x *ast.Term) {
		more, known := t.needs(x)
		out, ok = append(out, more...), ok && known
	}
	switch v := term.Value.(type) {
	case ast.String, ast.Number, ast.Boolean, ast.Null:
	case *ast.Array:
		v.Foreach(each)
	case ast.Set:
		v.Foreach(each)
	case ast.Object:
		v.Foreach(func(k, x *ast.Term) { each(k); each(x) })
	case ast.Ref:
		return nil, t.total(v)
	case ast.Call:
		if name := v[0].String(); name != "sprintf" && (name != "concat" || !t.joined(v[1:])) {
			return nil, false
		}
		for _, x := range v[1:] {
			each(x)
		}
	default:
		return nil, false
	}
	return out, ok
}

// joined tells whether the operands of concat cannot be of a wrong type.
func (t *translator) joined(args []*ast.Term) bool {
	if len(args) != 2 {
		return false
	}
	by, ok1 := t.operand(args[0])
	list, ok2 := t.operand(args[1])
	return ok1 && ok2 && t.text(by) && list.id >= 0 && t.collection(list)
}

// total tells whether a helper has a value for every subject: a default, and at
// most one other body, which can raise no error.
func (t *translator) total(ref ast.Ref) bool {
	fixed, others := false, 0
	for _, r := range t.support[ref.String()] {
		switch {
		case r.Else != nil || len(r.Head.Args) > 0 || r.Head.Key != nil || t.depth >= maxSupportDepth:
			return false
		case r.Default:
			fixed = true
		default:
			inner := t.inside()
			if others++; others > 1 || !inner.conjunction(r.Body).exact {
				return false
			}
			if _, ok := inner.needs(r.Head.Value); !ok {
				return false
			}
		}
	}
	return fixed
}

// countIs translates count(x, y): it names the count, or compares it.
func (t *translator) countIs(of, is *ast.Term) (test, outcome) {
	o, ok := t.counted(of)
	if !ok {
		return test{}, stopped
	}
	if v, isVar := is.Value.(ast.Var); isVar {
		if _, bound := t.vars[v]; !bound {
			t.vars[v] = o
			return testOf(func(f facts) bool { return o.get(f).kind != undefined }, "", o), translated
		}
	}
	b, ok := t.operand(is)
	if !ok || !b.scalar(t.table.kinds) {
		return test{}, stopped
	}
	return testOf(comparison("eq", o, b), "eq", o, b), translated
}

// iterated translates x = list[_], where nothing else names the position.
func (t *translator) iterated(name string, args []*ast.Term) (test, bool) {
	if name != "eq" || len(args) != 2 {
		return test{}, false
	}
	for _, pair := range [][2]*ast.Term{{args[0], args[1]}, {args[1], args[0]}} {
		ref, isRef := pair[1].Value.(ast.Ref)
		if !isRef || len(ref) < 2 {
			continue
		}
		v, isVar := ref[len(ref)-1].Value.(ast.Var)
		id, isField := t.field(ref[:len(ref)-1])
		a, known := t.operand(pair[0])
		if !isVar || !isField || !known || t.uses[v] != 1 || t.table.kinds[id] != listValue || !a.scalar(t.table.kinds) {
			continue
		}
		in := operand{id: id}
		return testOf(membership(a, in), "internal.member_2", a, in), true
	}
	return test{}, false
}
