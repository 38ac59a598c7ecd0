package lang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/backstay/backstay/schema/addr"
)

// evaluator gives expressions their values. Locals and the keys of for_each
// may need each other in any order, so each is worked out when first asked
// for, and asking for one that is being worked out is a cycle.
type evaluator struct {
	l      *loader
	vars   map[string]cty.Value
	data   map[string]cty.Value // type -> object of names
	locals map[string]*local
	each   map[addr.Kind][]*family
	state  map[string]progress // of locals and families, by their name in messages

	functions map[string]function.Function
	refs      map[addr.Kind]cty.Value // of kinds whose families are all expanded
}

type progress int8

const (
	untouched progress = iota
	busy
	done
)

type local struct {
	expr  hcl.Expression
	value cty.Value
}

func newEvaluator(l *loader) *evaluator {
	e := &evaluator{
		l: l, locals: map[string]*local{}, state: map[string]progress{},
		functions: functions(l.fsys, nil), refs: map[addr.Kind]cty.Value{},
	}
	e.vars = l.variables()
	e.data = l.lookups(e)
	e.collectLocals()
	e.each = l.families()
	for _, name := range sortedKeys(e.locals) {
		e.local(name)
	}
	for _, k := range refKinds {
		for _, f := range e.each[k] {
			e.expand(f)
		}
	}
	return e
}

func (e *evaluator) collectLocals() {
	for _, b := range e.l.rawOf("locals") {
		attrs, hd := b.Body.JustAttributes()
		e.l.convert(hd, nil)
		for _, name := range sortedKeys(attrs) {
			a := attrs[name]
			if old, ok := e.locals[name]; ok {
				e.l.fail(rng(a.NameRange), "duplicate_name", "Name used twice",
					fmt.Sprintf("The local value %q was already defined in line %d of %s.", name, old.expr.Range().Start.Line, old.expr.Range().Filename))
				continue
			}
			e.locals[name] = &local{expr: a.Expr, value: cty.DynamicVal}
		}
	}
}

// local works a local value out. What fails is unknown from then on, so that
// one mistake makes one message.
func (e *evaluator) local(name string) {
	v := e.locals[name]
	if !e.enter("local."+name, v.expr) {
		return
	}
	defer e.leave("local." + name)
	v.value, _ = e.eval(v.expr)
}

func (e *evaluator) enter(what string, expr hcl.Expression) bool {
	switch e.state[what] {
	case done:
		return false
	case busy:
		e.l.fail(rng(expr.Range()), "cycle", "Values depend on each other",
			fmt.Sprintf("The value of %s is needed to work out %s itself. Break the cycle.", what, what))
		return false
	}
	e.state[what] = busy
	return true
}

func (e *evaluator) leave(what string) { e.state[what] = done }

// eval evaluates an expression outside any instance: a local, a for_each.
func (e *evaluator) eval(expr hcl.Expression) (cty.Value, bool) {
	needs := expr.Variables()
	e.prepare(needs)
	v, hd := expr.Value(e.lean(needs))
	if !hd.HasErrors() {
		return v, true
	}
	// Once more with everything in sight, so that messages can suggest names.
	_, hd = expr.Value(e.context())
	e.l.convert(hd, nil)
	return cty.DynamicVal, false
}

// prepare works out whatever the traversals lead to.
func (e *evaluator) prepare(ts []hcl.Traversal) {
	for _, t := range ts {
		switch root := t.RootName(); root {
		case "local":
			e.prepareLocal(t)
		default:
			for _, f := range e.each[addr.Kind(root)] {
				e.expand(f)
			}
		}
	}
}

func (e *evaluator) prepareLocal(t hcl.Traversal) {
	if len(t) > 1 {
		if name, ok := stepName(t[1]); ok {
			if _, ok := e.locals[name]; ok {
				e.local(name)
			}
			return
		}
	}
	for _, name := range sortedKeys(e.locals) {
		e.local(name)
	}
}

// context holds everything worked out so far.
func (e *evaluator) context() *hcl.EvalContext {
	ctx := e.only(sortedKeys(e.locals))
	for _, k := range refKinds {
		ctx.Variables[string(k)] = e.references(k)
	}
	return ctx
}

// lean holds only what the traversals need: a context of everything for each of
// many locals would be work that grows with their square.
func (e *evaluator) lean(needs []hcl.Traversal) *hcl.EvalContext {
	var names []string
	for _, t := range needs {
		if t.RootName() != "local" {
			continue
		}
		name, ok := "", false
		if len(t) > 1 {
			name, ok = stepName(t[1])
		}
		if !ok {
			names = sortedKeys(e.locals)
			break
		}
		if e.locals[name] != nil {
			names = append(names, name)
		}
	}
	ctx := e.only(names)
	for _, t := range needs {
		if k := addr.Kind(t.RootName()); slices.Contains(refKinds, k) {
			ctx.Variables[string(k)] = e.references(k)
		}
	}
	return ctx
}

// only holds variables, lookups, and some of the locals.
func (e *evaluator) only(names []string) *hcl.EvalContext {
	locals := map[string]cty.Value{}
	for _, name := range names {
		locals[name] = e.locals[name].value
	}
	return &hcl.EvalContext{Functions: e.functions, Variables: map[string]cty.Value{
		"var":   cty.ObjectVal(e.vars),
		"local": cty.ObjectVal(locals),
		"data":  cty.ObjectVal(e.data),
	}}
}

// references is the value of the word source, destination, backup or hold.
func (e *evaluator) references(k addr.Kind) cty.Value {
	if v, ok := e.refs[k]; ok {
		return v
	}
	types, whole := map[string]map[string]cty.Value{}, true
	for _, f := range e.each[k] {
		if types[f.addr.Type] == nil {
			types[f.addr.Type] = map[string]cty.Value{}
		}
		types[f.addr.Type][f.addr.Name] = f.value()
		whole = whole && f.settled()
	}
	v := cty.ObjectVal(types[""])
	if k == addr.Source || k == addr.Destination {
		out := map[string]cty.Value{}
		for t, names := range types {
			out[t] = cty.ObjectVal(names)
		}
		v = cty.ObjectVal(out)
	}
	if whole {
		e.refs[k] = v
	}
	return v
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, strings.Compare)
	return keys
}
