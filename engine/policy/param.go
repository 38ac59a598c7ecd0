package policy

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/backstay/backstay/schema"
)

// check tells why a value does not fit a parameter's type; "" if it fits.
func (p Parameter) check(v any) string {
	ok := false
	switch p.Type {
	case "number":
		_, ok = number(v)
	case "string":
		_, ok = v.(string)
	case "boolean":
		_, ok = v.(bool)
	case "term":
		_, ok = parseTermParam(p, v)
	case "list":
		_, ok = v.([]any)
	default:
		return fmt.Sprintf("has the type %q, which is none of number, string, boolean, term and list", p.Type)
	}
	if !ok {
		return fmt.Sprintf("is %v, which is not a %s", v, p.Type)
	}
	return ""
}

// stricter gives the stricter of two values of a parameter.
func (p Parameter) stricter(a, b any) any {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	switch p.Direction {
	case "true", "false":
		if a == (p.Direction == "true") {
			return a
		}
		return b
	case "superset":
		return union(a.([]any), b.([]any))
	case "subset":
		return slices.DeleteFunc(slices.Clone(a.([]any)), func(e any) bool { return !containsAny(b.([]any), e) })
	}
	c := p.compare(a, b)
	if (p.Direction == "higher") == (c >= 0) {
		return a
	}
	return b
}

func (p Parameter) compare(a, b any) int {
	if p.Type == "term" {
		ta, _ := parseTermParam(p, a)
		tb, _ := parseTermParam(p, b)
		return ta.Compare(tb)
	}
	x, _ := number(a)
	y, _ := number(b)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func parseTermParam(p Parameter, v any) (schema.Term, bool) {
	s, ok := v.(string)
	if p.Type != "term" || !ok {
		return schema.Term{}, false
	}
	t, err := schema.ParseTerm(s)
	return t, err == nil
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case uint64:
		return float64(n), true
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	}
	return 0, false
}

func union(a, b []any) []any {
	out := slices.Clone(a)
	for _, e := range b {
		if !containsAny(out, e) {
			out = append(out, e)
		}
	}
	return out
}

func containsAny(list []any, e any) bool {
	return slices.ContainsFunc(list, func(x any) bool { return fmt.Sprint(x) == fmt.Sprint(e) })
}
