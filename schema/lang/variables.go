package lang

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/backstay/backstay/schema/diag"
)

// markType is the type of the marks that values carry.
type markType string

// sensitive marks values that must not be shown, stored, digested or judged.
const sensitive markType = "sensitive"

// input is one variable block.
type input struct {
	name      string
	header    diag.Range
	typ       cty.Type
	defaults  *typeexpr.Defaults
	def       cty.Value // cty.NilVal: required
	sensitive bool
	nullable  bool
	checks    []check
}

// check is one validation block.
type check struct{ condition, message hcl.Expression }

// variables decodes the variable blocks and gives each its value.
func (l *loader) variables() map[string]cty.Value {
	inputs := map[string]*input{}
	for _, raw := range l.rawOf("variable") {
		if len(raw.Labels) != 1 {
			continue
		}
		in := l.input(raw)
		if old, ok := inputs[in.name]; ok {
			l.fail(in.header, "duplicate_name", "Name used twice",
				fmt.Sprintf("The variable %q was already declared in line %d of %s.", in.name, old.header.Start.Line, old.header.Filename))
			continue
		}
		inputs[in.name] = in
	}
	given := l.assignments(inputs)
	values := map[string]cty.Value{}
	for _, name := range sortedKeys(inputs) {
		values[name] = l.settle(inputs[name], given[name])
	}
	for _, name := range sortedKeys(inputs) {
		l.check(inputs[name], values)
	}
	return values
}

func (l *loader) input(raw rawBlock) *input {
	in := &input{name: raw.Labels[0], header: raw.header(), typ: cty.DynamicPseudoType, nullable: true}
	content, hd := raw.Body.Content(bodySchema(variable))
	l.convert(hd, variable)
	attrs := content.Attributes
	if a, ok := attrs["type"]; ok {
		t, defaults, hd := typeexpr.TypeConstraintWithDefaults(a.Expr)
		l.typeDiags(hd)
		if !hd.HasErrors() {
			in.typ, in.defaults = t, defaults
		}
	}
	in.sensitive = l.literalBool(attrs["sensitive"], false)
	in.nullable = l.literalBool(attrs["nullable"], true)
	if a, ok := attrs["description"]; ok {
		l.literal(a, cty.String)
	}
	if a, ok := attrs["default"]; ok {
		v, hd := a.Expr.Value(nil)
		l.convert(hd, nil)
		if !hd.HasErrors() {
			in.def = l.fit(in, assigned{value: v, at: rng(a.Expr.Range()), from: "The default"})
		} else {
			in.def = cty.DynamicVal
		}
	}
	for _, b := range content.Blocks {
		if c, ok := l.validation(b); ok {
			in.checks = append(in.checks, c)
		}
	}
	return in
}

func (l *loader) typeDiags(hd hcl.Diagnostics) {
	for _, d := range hd {
		out := fromHCL(d, "invalid_type_constraint", "Invalid type", sentence(d))
		out.Snippet = l.snippet(out.Range)
		l.add(out)
	}
}

// literal evaluates an attribute that may refer to nothing.
func (l *loader) literal(a *hcl.Attribute, t cty.Type) (cty.Value, bool) {
	v, hd := a.Expr.Value(nil)
	l.convert(hd, nil)
	if hd.HasErrors() {
		return cty.NilVal, false
	}
	v, err := convert.Convert(v, t)
	if err != nil || v.IsNull() || !v.IsKnown() {
		l.fail(rng(a.Expr.Range()), "invalid_type", "Wrong type", fmt.Sprintf("The attribute %q must be %s.", a.Name, typeNoun(t)))
		return cty.NilVal, false
	}
	return v, true
}

func (l *loader) literalBool(a *hcl.Attribute, def bool) bool {
	if a == nil {
		return def
	}
	v, ok := l.literal(a, cty.Bool)
	if !ok {
		return def
	}
	return v.True()
}

func (l *loader) validation(b *hcl.Block) (check, bool) {
	content, hd := b.Body.Content(bodySchema(validation))
	l.convert(hd, validation)
	ok := true
	for _, a := range validation.attrs {
		if content.Attributes[a.name] == nil {
			l.missingAttr(validation.name, rng(b.DefRange), a)
			ok = false
		}
	}
	if !ok {
		return check{}, false
	}
	return check{condition: content.Attributes["condition"].Expr, message: content.Attributes["error_message"].Expr}, true
}

// settle gives a variable its value: what was assigned last, else the default.
func (l *loader) settle(in *input, given *assigned) cty.Value {
	var v cty.Value
	switch {
	case given != nil:
		v = l.fit(in, *given)
	case in.def != cty.NilVal:
		v = in.def
	default:
		l.fail(in.header, "missing_variable", "Variable without a value",
			fmt.Sprintf("The variable %q has no default, and no value was given. Give one with -var '%s=...', a -var-file, a file *.auto.backstayvars, or the environment variable %s%s.", in.name, in.name, envPrefix, in.name))
		v = cty.DynamicVal
	}
	if in.sensitive {
		return v.Mark(sensitive)
	}
	return v
}

// fit brings a value to the variable's type. What does not fit becomes unknown.
func (l *loader) fit(in *input, a assigned) cty.Value {
	v := a.value
	if v.IsNull() && !in.nullable {
		if in.def != cty.NilVal {
			return in.def
		}
		l.variableFailed(in, a, "null_variable", "Variable is null", "nullable is false, so it must not be null")
		return cty.DynamicVal
	}
	if in.defaults != nil && !v.IsNull() {
		v = in.defaults.Apply(v)
	}
	out, err := convert.Convert(v, in.typ)
	if err != nil {
		l.variableFailed(in, a, "invalid_type", "Wrong type", fmt.Sprintf("its type is %s (%s)", typeexpr.TypeString(in.typ), pathError(err)))
		return cty.DynamicVal
	}
	return out
}

// variableFailed reports a value without showing it if it is sensitive.
func (l *loader) variableFailed(in *input, a assigned, code, summary, why string) {
	r := a.at
	if r.IsZero() {
		r = in.header
	}
	l.fail(r, code, summary, fmt.Sprintf("%s does not fit the variable %q: %s.", a.from, in.name, why))
	if in.sensitive {
		l.diags[len(l.diags)-1].Snippet = nil
	}
}

// check runs the validation blocks of a variable.
func (l *loader) check(in *input, values map[string]cty.Value) {
	ctx := &hcl.EvalContext{
		Functions: functions(l.fsys, nil),
		Variables: map[string]cty.Value{"var": cty.ObjectVal(values)},
	}
	for _, c := range in.checks {
		ok, known := l.holds(c.condition, ctx)
		if ok || !known {
			continue
		}
		text, hd := c.message.Value(ctx)
		l.convert(hd, nil)
		text, err := convert.Convert(text, cty.String)
		message := "The condition is false."
		if err == nil && !text.IsMarked() && text.IsKnown() && !text.IsNull() {
			message = text.AsString()
		}
		l.fail(rng(c.condition.Range()), "invalid_variable", "Variable is not valid", fmt.Sprintf("The value of the variable %q was refused: %s", in.name, message))
		if d := &l.diags[len(l.diags)-1]; d.Snippet != nil {
			d.Snippet.Values = valuesOf(c.condition, ctx)
		}
	}
}

func (l *loader) holds(expr hcl.Expression, ctx *hcl.EvalContext) (ok, known bool) {
	v, hd := expr.Value(ctx)
	l.convert(hd, nil)
	v, _ = v.Unmark()
	b, err := convert.Convert(v, cty.Bool)
	switch {
	case hd.HasErrors():
		return false, false
	case err != nil || b.IsNull():
		l.fail(rng(expr.Range()), "invalid_type", "Wrong type", "A validation's condition must be true or false.")
		return false, false
	case !b.IsKnown():
		return false, false
	}
	return b.True(), true
}
