package lang

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// problem is why a value does not do. Its detail continues "The attribute X".
type problem struct{ code, summary, detail string }

func notA(want string, v cty.Value) *problem {
	return &problem{"invalid_type", "Wrong type", fmt.Sprintf("must be %s, not %s.", want, typeNoun(v.Type()))}
}

// normalise turns a value of the language into the form that nodes hold:
// string, bool, int64, float64, schema.Term, addr.Resource, []string,
// []addr.Resource, map[string]string, []schema.Approval, or plain JSON types.
func (d *decoder) normalise(a attr, v cty.Value) (any, *problem) {
	switch a.kind {
	case kBool:
		return asBool(v)
	case kInt, kNumber:
		return asNumber(a, v)
	case kSize:
		return asSize(a, v)
	case kTerm:
		return asTerm(v)
	case kDate:
		return asDate(v)
	case kStrings, kGlobs:
		return asStrings(a, v)
	case kMap:
		return asMap(a, v)
	case kRef:
		return d.asRef(a, v)
	case kRefs:
		return d.asRefs(a, v)
	case kAddress:
		return d.asAddress(a, v)
	case kAddresses:
		return d.asAddresses(a, v)
	case kApprovals:
		return asApprovals(v)
	case kAny:
		return asAny(v)
	}
	return asString(a, v)
}

func plainString(v cty.Value) (string, *problem) {
	s, err := convert.Convert(v, cty.String)
	if err != nil || s.IsNull() || v.Type() == refType {
		return "", notA("a string", v)
	}
	return s.AsString(), nil
}

func asString(a attr, v cty.Value) (any, *problem) {
	s, p := plainString(v)
	switch {
	case p != nil:
		return nil, p
	case s == "":
		return nil, &problem{"empty_value", "Empty value", "must not be empty; leave it out, or set it to null."}
	case strings.IndexByte(s, 0) >= 0:
		return nil, &problem{"invalid_value", "Invalid value", "must not hold a NUL character."}
	}
	return s, oneOf(a, s)
}

func oneOf(a attr, s string) *problem {
	if len(a.enum) == 0 || slices.Contains(a.enum, s) {
		return nil
	}
	return &problem{"unknown_value", "Unknown value", fmt.Sprintf("must be one of %s, not %q.%s", quotedList(a.enum), s, suffix(nearest(s, a.enum)))}
}

func quotedList(list []string) string {
	q := make([]string, len(list))
	for i, s := range list {
		q[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(q, ", ")
}

func asBool(v cty.Value) (any, *problem) {
	b, err := convert.Convert(v, cty.Bool)
	if err != nil || b.IsNull() {
		return nil, notA("true or false", v)
	}
	return b.True(), nil
}

func asNumber(a attr, v cty.Value) (any, *problem) {
	n, err := convert.Convert(v, cty.Number)
	if err != nil || n.IsNull() {
		return nil, notA("a "+string(a.kind), v)
	}
	f, _ := n.AsBigFloat().Float64()
	if f < a.low || f > a.high || math.IsInf(f, 0) {
		return nil, outOfRange(a)
	}
	if a.kind == kNumber {
		return f, nil
	}
	i, accuracy := n.AsBigFloat().Int64()
	if accuracy != big.Exact {
		return nil, &problem{"invalid_type", "Wrong type", "must be a whole number."}
	}
	return i, nil
}

func outOfRange(a attr) *problem {
	want := fmt.Sprintf("from %v to %v", a.low, a.high)
	if a.high == unbounded || a.high == most {
		want = fmt.Sprintf("at least %v", a.low)
	}
	return &problem{"out_of_range", "Value out of range", fmt.Sprintf("must be %s.", want)}
}

func asSize(a attr, v cty.Value) (any, *problem) {
	if v.Type() == cty.Number {
		return asNumber(attr{kind: kInt, low: a.low, high: a.high}, v)
	}
	s, p := plainString(v)
	if p != nil {
		return nil, notA("a size such as \"10TiB\", or a number of bytes", v)
	}
	n, err := schema.ParseSize(s)
	if err != nil {
		return nil, &problem{"invalid_size", "Invalid size", "cannot be read: " + err.Error() + "."}
	}
	if float64(n) > a.high {
		return nil, outOfRange(a)
	}
	return n, nil
}

func asTerm(v cty.Value) (any, *problem) {
	s, p := plainString(v)
	if p != nil {
		return nil, p
	}
	t, err := schema.ParseTerm(s)
	if err != nil {
		return nil, &problem{"invalid_term", "Invalid term", "cannot be read: " + err.Error() + "."}
	}
	return t, nil
}

func asDate(v cty.Value) (any, *problem) {
	s, p := plainString(v)
	if p != nil {
		return nil, p
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return nil, &problem{"invalid_date", "Invalid date", fmt.Sprintf("must be a date such as \"2027-01-31\", not %q.", s)}
	}
	return s, nil
}

// elements are the parts of a list, set or tuple.
func elements(v cty.Value) ([]cty.Value, bool) {
	t := v.Type()
	if !t.IsListType() && !t.IsSetType() && !t.IsTupleType() {
		return nil, false
	}
	return v.AsValueSlice(), true
}

func asStrings(a attr, v cty.Value) (any, *problem) {
	list, ok := elements(v)
	if !ok {
		return nil, notA("a list of strings", v)
	}
	out := make([]string, 0, len(list))
	for _, e := range list {
		s, p := asString(a, e)
		if p != nil {
			p.detail = "holds an element that does not do: it " + p.detail
			return nil, p
		}
		if a.kind == kGlobs {
			if p := badGlob(a, s.(string)); p != nil {
				return nil, p
			}
		}
		out = append(out, s.(string))
	}
	return out, empty(a, len(out))
}

func empty(a attr, n int) *problem {
	if n > 0 || !a.filled {
		return nil
	}
	return &problem{"empty_value", "Empty value", "must not be empty; leave it out, or set it to null, if it is not meant to say anything."}
}

// badGlob refuses what is not a glob, and what can never match a path.
func badGlob(a attr, glob string) *problem {
	bad := func(why string) *problem {
		return &problem{"invalid_glob", "Invalid glob", fmt.Sprintf("holds %q, %s.", glob, why)}
	}
	if !doublestar.ValidatePattern(glob) {
		return bad("which is not a glob: a bracket or brace is open, or a backslash ends it")
	}
	if a.name == "names" && strings.Contains(glob, "/") {
		return bad("but is compared with the last element of a path, which has no slash; use paths")
	}
	inner := strings.TrimSuffix(strings.TrimPrefix(glob, "/"), "/")
	for _, element := range strings.Split(inner, "/") {
		if inner != "" && (element == "" || element == "." || element == "..") {
			return bad("which never matches: no path holds an empty element, \".\" or \"..\"")
		}
	}
	return nil
}

func asMap(a attr, v cty.Value) (any, *problem) {
	m, err := convert.Convert(v, cty.Map(cty.String))
	if err != nil || m.IsNull() {
		return nil, notA("a map of strings", v)
	}
	out := map[string]string{}
	for k, e := range m.AsValueMap() {
		if e.IsNull() {
			return nil, &problem{"invalid_value", "Invalid value", fmt.Sprintf("must not hold null, as it does at %q.", k)}
		}
		out[k] = e.AsString()
	}
	return out, empty(a, len(out))
}

// asRef is the address of a block that must exist.
func (d *decoder) asRef(a attr, v cty.Value) (any, *problem) {
	r, p := d.toAddress(a, v)
	if p != nil {
		return nil, p
	}
	if !d.l.exists(r) {
		return nil, &problem{"unknown_reference", "Unknown reference", fmt.Sprintf("names %s, which is not in this configuration.%s", r, suffix(nearest(r.String(), d.l.addresses(r.Kind))))}
	}
	return r, nil
}

func (d *decoder) toAddress(a attr, v cty.Value) (addr.Resource, *problem) {
	var r addr.Resource
	switch {
	case v.IsNull():
		return r, &problem{"invalid_value", "Invalid value", "must not hold null."}
	case v.Type() == refType:
		r = refOf(v)
	case v.Type() == cty.String:
		parsed, err := addr.ParseResource(v.AsString())
		if err != nil {
			return r, &problem{"invalid_address", "Invalid address", "cannot be read: " + err.Error() + "."}
		}
		r = parsed
	case v.Type().IsObjectType() && v.LengthInt() > 0:
		return r, &problem{"invalid_type", "Wrong type", `must name one block, but names several: add a key, as in source.filesystem.docs["KEY"], or the block's name.`}
	default:
		return r, notA("a reference such as "+example(a), v)
	}
	if !slices.Contains(a.refs, r.Kind) {
		return r, &problem{"wrong_kind", "Reference to the wrong kind of block", fmt.Sprintf("must name %s, not %s.", kindList(a.refs), r)}
	}
	return r, nil
}

func example(a attr) string {
	switch a.refs[0] {
	case addr.Destination:
		return "destination.filesystem.outside"
	case addr.Source:
		return "source.filesystem.docs"
	case addr.Hold:
		return "hold.audit"
	}
	return "backup.docs"
}

func kindList(kinds []addr.Kind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = "a " + string(k)
	}
	return strings.Join(words, " or ")
}

func (d *decoder) asRefs(a attr, v cty.Value) (any, *problem) {
	list, ok := elements(v)
	if !ok {
		return nil, notA("a list of references such as ["+example(a)+"]", v)
	}
	if len(list) == 0 {
		return nil, &problem{"empty_value", "Empty value", "must not be an empty list."}
	}
	out := make([]addr.Resource, 0, len(list))
	for _, e := range list {
		r, p := d.asRef(a, e)
		if p != nil {
			return nil, p
		}
		out = append(out, r.(addr.Resource))
	}
	return out, nil
}

// asAddress is an address that may name a block that is gone, as a string. A
// hold may go by its bare name.
func (d *decoder) asAddress(a attr, v cty.Value) (any, *problem) {
	if slices.Equal(a.refs, []addr.Kind{addr.Hold}) && v.Type() == cty.String && !v.IsNull() && !strings.Contains(v.AsString(), ".") {
		v = cty.StringVal("hold." + v.AsString())
	}
	r, p := d.toAddress(a, v)
	if p != nil {
		return nil, p
	}
	return r.String(), nil
}

func (d *decoder) asAddresses(a attr, v cty.Value) (any, *problem) {
	list, ok := elements(v)
	if !ok || len(list) == 0 {
		return nil, notA("a list of addresses such as ["+example(a)+"]", v)
	}
	out := make([]string, 0, len(list))
	for _, e := range list {
		s, p := d.asAddress(a, e)
		if p != nil {
			return nil, p
		}
		out = append(out, s.(string))
	}
	return out, nil
}

// asApprovals reads who approved: a name, an object { by, signature }, or a
// list of either.
func asApprovals(v cty.Value) (any, *problem) {
	list, ok := elements(v)
	if !ok {
		list = []cty.Value{v}
	}
	var out []schema.Approval
	for _, e := range list {
		ap, p := asApproval(e)
		if p != nil {
			return nil, p
		}
		out = append(out, ap)
	}
	if len(out) == 0 {
		return nil, &problem{"empty_value", "Empty value", "must name at least one approver."}
	}
	return out, nil
}

var approvalType = cty.ObjectWithOptionalAttrs(map[string]cty.Type{"by": cty.String, "signature": cty.String}, []string{"signature"})

func asApproval(v cty.Value) (schema.Approval, *problem) {
	bad := &problem{"invalid_type", "Wrong type", "must be a name such as \"qa@example.org\", an object { by = \"...\", signature = \"FILE\" }, or a list of them."}
	if v.IsNull() {
		return schema.Approval{}, bad
	}
	if t := v.Type(); t.IsObjectType() || t.IsMapType() {
		for name := range v.AsValueMap() {
			if name != "by" && name != "signature" {
				return schema.Approval{}, bad
			}
		}
		o, err := convert.Convert(v, approvalType)
		if err != nil || o.GetAttr("by").IsNull() {
			return schema.Approval{}, bad
		}
		ap := schema.Approval{By: o.GetAttr("by").AsString()}
		if s := o.GetAttr("signature"); !s.IsNull() {
			ap.Signature = s.AsString()
		}
		return ap, emptyName(ap.By)
	}
	s, p := plainString(v)
	if p != nil {
		return schema.Approval{}, bad
	}
	return schema.Approval{By: s}, emptyName(s)
}

func emptyName(by string) *problem {
	if by == "" {
		return &problem{"empty_value", "Empty value", "must name who approved."}
	}
	return nil
}

// asAny keeps a value as the types that JSON has.
func asAny(v cty.Value) (any, *problem) {
	t := v.Type()
	switch {
	case v.IsNull():
		return nil, nil
	case t == cty.String:
		return v.AsString(), nil
	case t == cty.Bool:
		return v.True(), nil
	case t == cty.Number:
		f, _ := v.AsBigFloat().Float64()
		if math.IsInf(f, 0) {
			return nil, &problem{"out_of_range", "Value out of range", "holds a number that is too large."}
		}
		return f, nil
	case t == refType:
		return refOf(v).String(), nil
	case t.IsObjectType(), t.IsMapType():
		out := map[string]any{}
		for k, e := range v.AsValueMap() {
			inner, p := asAny(e)
			if p != nil {
				return nil, p
			}
			out[k] = inner
		}
		return out, nil
	}
	list, ok := elements(v)
	if !ok {
		return nil, notA("made of strings, numbers, bools, lists and maps", v)
	}
	out := make([]any, 0, len(list))
	for _, e := range list {
		inner, p := asAny(e)
		if p != nil {
			return nil, p
		}
		out = append(out, inner)
	}
	return out, nil
}

// pathError adds to a conversion's error where in the value it lies.
func pathError(err error) string {
	var pe cty.PathError
	if !errors.As(err, &pe) || len(pe.Path) == 0 {
		return err.Error()
	}
	var b strings.Builder
	for _, step := range pe.Path {
		switch s := step.(type) {
		case cty.GetAttrStep:
			b.WriteString("." + s.Name)
		case cty.IndexStep:
			b.WriteString("[" + show(s.Key) + "]")
		}
	}
	return b.String() + ": " + err.Error()
}
