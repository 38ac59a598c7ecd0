package lang

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/backstay/backstay/schema/addr"
	"github.com/backstay/backstay/schema/diag"
)

// refType is the type of destination.s3.frankfurt: the address of a block. Two
// references are equal if they name the same block.
var refType = cty.CapsuleWithOps("reference", reflect.TypeFor[addr.Resource](), &cty.CapsuleOps{
	RawEquals: func(a, b any) bool { return *a.(*addr.Resource) == *b.(*addr.Resource) },
	Equals:    func(a, b any) cty.Value { return cty.BoolVal(*a.(*addr.Resource) == *b.(*addr.Resource)) },
	HashKey:   func(v any) string { return v.(*addr.Resource).String() },
})

func refVal(r addr.Resource) cty.Value { return cty.CapsuleVal(refType, &r) }

// refKinds are the kinds of block that an expression can refer to.
var refKinds = []addr.Kind{addr.Source, addr.Destination, addr.Backup, addr.Hold}

// badReferences looks for references to what does not exist in an expression
// that failed: "no attribute" and "unknown variable" say little, the nearest
// name says more.
func (l *loader) badReferences(d *hcl.Diagnostic) diag.List {
	if d.Expression == nil || d.Subject == nil || d.EvalContext == nil {
		return nil
	}
	var out diag.List
	for _, t := range d.Expression.Variables() {
		at := t.SourceRange()
		if at.Filename != d.Subject.Filename || at.End.Byte < d.Subject.Start.Byte || at.Start.Byte > d.Subject.End.Byte {
			continue
		}
		if detail := l.missing(t, d.EvalContext); detail != "" {
			r := rng(at)
			out = append(out, diag.Diagnostic{
				Severity: diag.Error, Code: "unknown_reference", Summary: "Unknown reference",
				Detail: detail, Range: &r, Snippet: l.sources.Snippet(r),
			})
		}
	}
	return out
}

// missing says why a traversal leads nowhere; "" if it leads somewhere, or if
// the reason is not a missing name.
func (l *loader) missing(t hcl.Traversal, ctx *hcl.EvalContext) string {
	root := t.RootName()
	roots := rootNames(ctx)
	switch {
	case root == "each" && !slices.Contains(roots, "each"):
		return "The values each.key and each.value exist only in a block with for_each."
	case !slices.Contains(roots, root):
		return fmt.Sprintf("Nothing is called %q here. Expressions in this place can refer to %s.%s", root, strings.Join(roots, ", "), suffix(nearest(root, roots)))
	}
	v, _ := hcl.Traversal{t[0]}.TraverseAbs(ctx)
	path := root
	for _, step := range t[1:] {
		name, ok := stepName(step)
		v, _ = v.Unmark()
		if !ok || !v.IsKnown() || v.IsNull() || !v.Type().IsObjectType() {
			return ""
		}
		if !v.Type().HasAttribute(name) {
			return fmt.Sprintf("There is no %q in %s.%s", name, path, didYouMean(name, attributeNames(v.Type())))
		}
		v, path = v.GetAttr(name), path+"."+name
	}
	return ""
}

func suffix(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf(" Did you mean %q?", name)
}

func stepName(step hcl.Traverser) (string, bool) {
	switch s := step.(type) {
	case hcl.TraverseAttr:
		return s.Name, true
	case hcl.TraverseIndex:
		if s.Key.Type() == cty.String && s.Key.IsKnown() && !s.Key.IsNull() {
			return s.Key.AsString(), true
		}
	}
	return "", false
}

func attributeNames(t cty.Type) []string {
	var names []string
	for name := range t.AttributeTypes() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func rootNames(ctx *hcl.EvalContext) []string {
	var names []string
	for ; ctx != nil; ctx = ctx.Parent() {
		for name := range ctx.Variables {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// staticAddress reads an address from an expression without evaluating it, so
// that it may name a block that is gone.
func staticAddress(expr hcl.Expression) (addr.Resource, bool) {
	t, hd := hcl.AbsTraversalForExpr(expr)
	if hd.HasErrors() {
		return addr.Resource{}, false
	}
	r := addr.Resource{Kind: addr.Kind(t.RootName())}
	if !slices.Contains(refKinds, r.Kind) {
		return addr.Resource{}, false
	}
	var parts []string
	for i, step := range t[1:] {
		name, ok := stepName(step)
		if !ok {
			return addr.Resource{}, false
		}
		if _, index := step.(hcl.TraverseIndex); index && i > 0 && i == len(t)-2 {
			r.Key, r.Keyed = name, true
			continue
		}
		parts = append(parts, name)
	}
	switch {
	case (r.Kind == addr.Source || r.Kind == addr.Destination) && len(parts) == 2:
		r.Type, r.Name = parts[0], parts[1]
	case (r.Kind == addr.Backup || r.Kind == addr.Hold) && len(parts) == 1:
		r.Name = parts[0]
	default:
		return addr.Resource{}, false
	}
	return r, true
}
