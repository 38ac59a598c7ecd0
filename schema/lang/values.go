package lang

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/backstay/backstay/schema/addr"
	"github.com/backstay/backstay/schema/diag"
)

// valuesOf tells what the references in an expression stand for, one line each.
// A sensitive value stays hidden.
func valuesOf(expr hcl.Expression, ctx *hcl.EvalContext) []diag.Value {
	if ctx == nil {
		return nil
	}
	var out []diag.Value
	for _, t := range expr.Variables() {
		v, hd := t.TraverseAbs(ctx)
		if hd.HasErrors() {
			continue
		}
		text := traversalText(t)
		if !slices.ContainsFunc(out, func(o diag.Value) bool { return o.Expression == text }) {
			out = append(out, diag.Value{Expression: text, Statement: show(v)})
		}
	}
	slices.SortFunc(out, func(a, b diag.Value) int { return strings.Compare(a.Expression, b.Expression) })
	return out
}

func traversalText(t hcl.Traversal) string {
	return strings.TrimSpace(string(hclwrite.TokensForTraversal(t).Bytes()))
}

const maxShown = 80 // characters of a string in a snippet

// show prints a value in one line.
func show(v cty.Value) string {
	switch {
	case v.ContainsMarked():
		return "(sensitive)"
	case !v.IsKnown():
		return "(known when a plan is made)"
	case v.IsNull():
		return "null"
	}
	t := v.Type()
	switch {
	case t == refType:
		return refOf(v).String()
	case t == cty.String:
		return quoteShort(v.AsString())
	case t == cty.Bool:
		return strconv.FormatBool(v.True())
	case t == cty.Number:
		return v.AsBigFloat().Text('g', -1)
	case t.IsObjectType() || t.IsMapType():
		return fmt.Sprintf("%s with %s", nameOfType(t), count(v.LengthInt(), "element"))
	case v.CanIterateElements():
		return fmt.Sprintf("%s with %s", nameOfType(t), count(v.LengthInt(), "element"))
	}
	return nameOfType(t)
}

func quoteShort(s string) string {
	if r := []rune(s); len(r) > maxShown {
		s = string(r[:maxShown]) + "..."
	}
	return strconv.Quote(s)
}

func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

// nameOfType is a word for a type, as messages use it.
func nameOfType(t cty.Type) string {
	switch {
	case t == refType:
		return "reference"
	case t == cty.String:
		return "string"
	case t == cty.Number:
		return "number"
	case t == cty.Bool:
		return "bool"
	case t.IsObjectType():
		return "object"
	case t.IsMapType():
		return "map"
	case t.IsSetType():
		return "set"
	case t.IsTupleType(), t.IsListType():
		return "list"
	}
	return "value"
}

// typeNoun is nameOfType with its article.
func typeNoun(t cty.Type) string {
	n := nameOfType(t)
	if n == "object" {
		return "an " + n
	}
	return "a " + n
}

func refOf(v cty.Value) addr.Resource { return *v.EncapsulatedValue().(*addr.Resource) }
