package lang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/zclconf/go-cty/cty"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// node is a decoded block: every attribute that was written or has a default,
// normalised. Builders make values of package schema from it, and the digest is
// taken over it.
type node struct {
	spec     *block
	labels   []string
	header   diag.Range
	attrs    map[string]value
	blocks   []*node
	implied  bool // not written; all defaults
	deferred bool // something in it is unknown until a plan is made
}

// value is a decoded attribute. A default has no range.
type value struct {
	v      any
	at     diag.Range
	secret bool
}

// decoder decodes one instance of a block of the top level.
type decoder struct {
	l       *loader
	address string
	ctx     *hcl.EvalContext
	secrets *hcl.EvalContext // with env()
}

func (l *loader) decoder(address string, ctx *hcl.EvalContext) *decoder {
	secrets := ctx.NewChild()
	secrets.Functions = l.secrets
	return &decoder{l: l, address: address, ctx: ctx, secrets: secrets}
}

// decodeTop decodes a block of the top level, with its dynamic blocks.
func (d *decoder) decodeTop(body hcl.Body, spec *block, header diag.Range) *node {
	return d.decode(dynblock.Expand(body, d.ctx), spec, header)
}

// decode reads a body by its table. All that is wrong is reported; what is
// right is returned.
func (d *decoder) decode(body hcl.Body, spec *block, header diag.Range) *node {
	n := &node{spec: spec, header: header, attrs: map[string]value{}}
	content, hd := body.Content(bodySchema(spec))
	d.l.convert(slices.DeleteFunc(hd, func(one *hcl.Diagnostic) bool {
		n.deferred = n.deferred || unknownLabel(one)
		return unknownLabel(one)
	}), spec)
	for _, a := range spec.attrs {
		d.attribute(n, a, content.Attributes[a.name])
	}
	seen := map[string]diag.Range{}
	for _, b := range content.Blocks {
		d.inner(n, spec, b, seen)
	}
	for _, c := range spec.blocks {
		if _, ok := seen[c.name]; c.implied && !ok {
			n.blocks = append(n.blocks, d.defaults(c, header))
		}
	}
	return n
}

// unknownLabel tells whether a dynamic block failed only because its label is
// known later.
func unknownLabel(d *hcl.Diagnostic) bool {
	if d.Summary != "Invalid dynamic block label" || d.Expression == nil {
		return false
	}
	v, hd := d.Expression.Value(d.EvalContext)
	return !hd.HasErrors() && !v.IsKnown()
}

func bodySchema(spec *block) *hcl.BodySchema {
	s := &hcl.BodySchema{}
	for _, a := range spec.attrs {
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: a.name})
	}
	for _, b := range spec.blocks {
		s.Blocks = append(s.Blocks, hcl.BlockHeaderSchema{Type: b.name, LabelNames: b.labels})
	}
	return s
}

func (d *decoder) inner(n *node, spec *block, b *hcl.Block, seen map[string]diag.Range) {
	var child *block
	for _, c := range spec.blocks {
		if c.name == b.Type {
			child = c
		}
	}
	header := rng(b.DefRange)
	if first, ok := seen[b.Type]; ok && !child.many {
		d.l.failAt(d.address, header, "duplicate_block", "Block written twice",
			fmt.Sprintf("The first %s block is in line %d of %s. %s block takes only one.", b.Type, first.Start.Line, first.Filename, an(spec.name)))
		return
	}
	seen[b.Type] = header
	c := d.decode(b.Body, child, header)
	c.labels = b.Labels
	n.deferred = n.deferred || c.deferred
	n.blocks = append(n.blocks, c)
}

// defaults is an implied block: what an empty one would say.
func (d *decoder) defaults(spec *block, parent diag.Range) *node {
	n := &node{spec: spec, header: parent, attrs: map[string]value{}, implied: true}
	for _, a := range spec.attrs {
		d.attribute(n, a, nil)
	}
	return n
}

func (d *decoder) attribute(n *node, a attr, written *hcl.Attribute) {
	if written != nil {
		v, got := d.value(a, written)
		switch got {
		case present:
			n.attrs[a.name] = value{v: v, at: rng(written.Expr.Range()), secret: a.secret}
			return
		case unknown:
			n.deferred = n.deferred || !a.secret
			return
		case wrong:
			return
		}
	}
	if a.required {
		d.l.missingAttr(n.spec.name, n.header, a)
		d.l.diags[len(d.l.diags)-1].Address = d.address
	}
	if a.def != nil {
		n.attrs[a.name] = value{v: a.def}
	}
}

func (l *loader) missingAttr(in string, header diag.Range, a attr) {
	detail := fmt.Sprintf("%s block must have the attribute %q", an(in), a.name)
	if a.doc != "" {
		detail += ": " + a.doc
	}
	l.fail(header, "missing_attribute", "Missing attribute", detail+".")
}

// an is a name with its article, at the start of a sentence.
func an(name string) string {
	if strings.ContainsAny(name[:1], "aeiou") {
		return "An " + name
	}
	return "A " + name
}

// outcome is what became of a written attribute.
type outcome int8

const (
	present outcome = iota
	absent          // null
	unknown         // known when a plan is made
	wrong           // reported
)

// value evaluates and normalises an attribute.
func (d *decoder) value(a attr, written *hcl.Attribute) (any, outcome) {
	switch a.kind {
	case kAddress:
		return d.oneAddress(a, written.Expr)
	case kAddresses:
		return d.addresses(a, written.Expr)
	}
	return d.evaluated(a, written.Expr)
}

func (d *decoder) evaluated(a attr, expr hcl.Expression) (any, outcome) {
	ctx := d.ctx
	if a.secret {
		ctx = d.secrets
	}
	r := rng(expr.Range())
	v, hd := expr.Value(ctx)
	d.convert(hd)
	values := valuesOf(expr, ctx)
	d.l.sources.remember(r, values)
	if hd.HasErrors() {
		return nil, wrong
	}
	if v.ContainsMarked() {
		if !a.secret {
			d.fail(r, "sensitive_value", "Sensitive value not allowed here",
				fmt.Sprintf("The attribute %q is shown, digested and judged by policies, so it must not hold a sensitive value. Only credentials and the state block may.", a.name))
			return nil, wrong
		}
		v, _ = v.UnmarkDeep()
	}
	if !v.IsWhollyKnown() {
		return nil, unknown
	}
	if v.IsNull() {
		return nil, absent
	}
	out, p := d.normalise(a, v)
	if p != nil {
		d.fail(r, p.code, p.summary, fmt.Sprintf("The attribute %q %s", a.name, p.detail))
		return nil, wrong
	}
	return out, present
}

func (d *decoder) convert(hd hcl.Diagnostics) {
	from := len(d.l.diags)
	d.l.convert(hd, nil)
	for i := from; i < len(d.l.diags); i++ {
		d.l.diags[i].Address = d.address
	}
}

func (d *decoder) fail(r diag.Range, code, summary, detail string) {
	d.l.failAt(d.address, r, code, summary, detail)
}

// addresses reads a list of addresses element by element: one that leads
// nowhere, because its block is gone, has no value, but a name all the same.
func (d *decoder) addresses(a attr, expr hcl.Expression) (any, outcome) {
	list, hd := hcl.ExprList(expr)
	if hd.HasErrors() || len(list) == 0 {
		return d.evaluated(a, expr) // for example a for expression
	}
	a.kind = kAddress
	out, got := make([]string, 0, len(list)), present
	for _, e := range list {
		v, one := d.oneAddress(a, e)
		if one != present {
			got = max(got, one)
			continue
		}
		out = append(out, v.(string))
	}
	return out, got
}

func (d *decoder) oneAddress(a attr, expr hcl.Expression) (any, outcome) {
	if r, ok := staticAddress(expr); ok && slices.Contains(a.refs, r.Kind) {
		return r.String(), present
	}
	return d.evaluated(a, expr)
}

// origin is what package schema keeps of where a block was written.
func (n *node) origin() schema.Origin {
	o := schema.Origin{Block: n.header, Attrs: map[string]diag.Range{}}
	for name, v := range n.attrs {
		if v.at.Filename != "" {
			o.Attrs[name] = v.at
		}
	}
	return o
}

// eachUnknown is the context in which a body without instances is checked.
func eachUnknown(parent *hcl.EvalContext) *hcl.EvalContext {
	ctx := parent.NewChild()
	ctx.Variables = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{
		"key": cty.UnknownVal(cty.String), "value": cty.DynamicVal,
	})}
	return ctx
}
