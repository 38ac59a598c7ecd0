package lang

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
	"github.com/backstay/backstay/schema/diag"
)

// family is one block of the top level that can be referred to, with the
// instances that its for_each makes of it.
type family struct {
	raw     rawBlock
	spec    *block
	own     []attr         // attributes of the type, for Options
	addr    addr.Resource  // without key
	forEach hcl.Expression // nil: exactly one instance
	body    hcl.Body       // without for_each
	keys    []instance
	// deferred: the keys are known only when a plan is made. broken: they are
	// not known because of a mistake that was reported.
	deferred, broken bool
}

// instance is one key of a for_each.
type instance struct {
	key   string
	value cty.Value
}

var forEachSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "for_each"}}}

// families finds the blocks that can be referred to, in source order.
func (l *loader) families() map[addr.Kind][]*family {
	out := map[addr.Kind][]*family{}
	l.family = map[*hcl.Block]*family{}
	for _, raw := range l.raw {
		k := addr.Kind(raw.Type)
		f := &family{raw: raw, spec: raw.spec, body: raw.Body}
		switch k {
		case addr.Source, addr.Destination:
			if len(raw.Labels) != 2 {
				continue
			}
			f.addr = addr.Resource{Kind: k, Type: raw.Labels[0], Name: raw.Labels[1]}
			if t, ok := storeByName(raw.Labels[0]); ok {
				f.spec, f.own = storeBlock(k, t)
			} else {
				f.broken = true
			}
		case addr.Backup, addr.Hold:
			if len(raw.Labels) != 1 {
				continue
			}
			f.addr = addr.Resource{Kind: k, Name: raw.Labels[0]}
		default:
			continue
		}
		if f.spec.each {
			content, rest, hd := raw.Body.PartialContent(forEachSchema)
			l.convert(hd, f.spec)
			f.body = rest
			if a, ok := content.Attributes["for_each"]; ok {
				f.forEach = a.Expr
			}
		}
		out[k] = append(out[k], f)
		l.family[raw.Block] = f
	}
	return out
}

// value is what a reference to the block gives.
func (f *family) value() cty.Value {
	switch {
	case f.forEach == nil:
		return refVal(f.addr)
	case f.keys == nil: // deferred, broken, or not worked out yet
		return cty.DynamicVal
	}
	out := map[string]cty.Value{}
	for _, i := range f.keys {
		out[i.key] = refVal(f.at(i))
	}
	return cty.ObjectVal(out)
}

// settled tells whether the keys will not change any more.
func (f *family) settled() bool { return f.forEach == nil || f.keys != nil || f.deferred || f.broken }

func (f *family) at(i instance) addr.Resource {
	r := f.addr
	if f.forEach != nil {
		r.Key, r.Keyed = i.key, true
	}
	return r
}

// expand works the keys out.
func (e *evaluator) expand(f *family) {
	if f.forEach == nil {
		f.keys = []instance{{}}
		return
	}
	what := "for_each of " + f.addr.String()
	if !e.enter(what, f.forEach) {
		return
	}
	defer e.leave(what)
	v, ok := e.eval(f.forEach)
	if !ok {
		f.broken = true
		return
	}
	e.fill(f, v)
}

func (e *evaluator) fill(f *family, v cty.Value) {
	r := rng(f.forEach.Range())
	bad := func(detail string) {
		f.broken = true
		e.l.failAt(f.addr.String(), r, "invalid_for_each", "Invalid for_each", detail)
	}
	switch t := v.Type(); {
	case v.ContainsMarked():
		bad("The value is sensitive. Keys become part of addresses, which are shown and stored; give keys that may be seen.")
	case !v.IsWhollyKnown():
		f.deferred = true
		e.l.deferred(f.addr, r)
	case v.IsNull():
		bad("The value is null. Give a map, or a set of strings; an empty one makes no blocks.")
	case t.IsMapType(), t.IsObjectType(), t.IsSetType() && t.ElementType() == cty.String:
		f.keys = e.l.instances(v, bad)
	default:
		bad(fmt.Sprintf("The value is %s. Give a map, or a set of strings: wrap a list in toset().", typeNoun(t)))
	}
}

// instances are the elements in the order of their keys.
func (l *loader) instances(v cty.Value, bad func(string)) []instance {
	out := []instance{}
	for it := v.ElementIterator(); it.Next(); {
		k, val := it.Element()
		if v.Type().IsSetType() {
			k = val
		}
		if k.IsNull() || !plainKey(k.AsString()) {
			bad("Every key must be 1 to 128 bytes of text without control characters: it becomes part of addresses and of names at destinations.")
			continue
		}
		out = append(out, instance{key: k.AsString(), value: val})
	}
	slices.SortFunc(out, func(a, b instance) int { return strings.Compare(a.key, b.key) })
	return out
}

func plainKey(k string) bool {
	return k != "" && len(k) <= 128 && utf8.ValidString(k) && !strings.ContainsFunc(k, unicode.IsControl)
}

// deferred warns of a block that is left out until a plan is made.
func (l *loader) deferred(a addr.Resource, r diag.Range) {
	d := diag.Diagnostic{
		Severity: diag.Warning, Code: "deferred", Summary: "Decided when a plan is made", Address: a.String(),
		Detail: fmt.Sprintf("What %s needs is looked up on the platform when a plan is made. Until then it is left out: nothing can be said about it here.", a),
		Range:  &r, Snippet: l.sources.Snippet(r),
	}
	l.add(d)
	l.left = append(l.left, schema.Deferred{Addr: a, Origin: schema.Origin{Block: r}})
}

// context is the evaluator's context with each.key and each.value.
func (f *family) context(parent *hcl.EvalContext, i instance) *hcl.EvalContext {
	if f.forEach == nil {
		return parent
	}
	ctx := parent.NewChild()
	ctx.Variables = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{
		"key": cty.StringVal(i.key), "value": i.value,
	})}
	return ctx
}
