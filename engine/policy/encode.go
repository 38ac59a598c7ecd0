package policy

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/backstay/backstay/schema"
)

// encode makes an OPA value of a Go value of the input types: once, without the
// detour over JSON that would cost as much as the rules themselves.
func encode(v any) *ast.Term { return encodeValue(reflect.ValueOf(v)) }

func encodeValue(v reflect.Value) *ast.Term {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return ast.NullTerm()
		}
		return encodeValue(v.Elem())
	case reflect.Struct:
		return encodeStruct(v)
	case reflect.Slice:
		terms := make([]*ast.Term, v.Len())
		for i := range terms {
			terms[i] = encodeValue(v.Index(i))
		}
		return ast.ArrayTerm(terms...)
	case reflect.Map:
		return encodeMap(v)
	case reflect.String:
		if v.Type() == jsonNumber {
			return ast.NumberTerm(json.Number(v.String()))
		}
		return ast.StringTerm(v.String())
	case reflect.Bool:
		return ast.BooleanTerm(v.Bool())
	case reflect.Int, reflect.Int64:
		return intTerm(v.Int())
	case reflect.Float64:
		return ast.NumberTerm(json.Number(strconv.FormatFloat(v.Float(), 'g', -1, 64)))
	}
	panic(fmt.Sprintf("policy: bug: input type %s cannot be encoded", v.Type()))
}

var jsonNumber = reflect.TypeFor[json.Number]()

func encodeStruct(v reflect.Value) *ast.Term {
	ms := membersOf(v.Type())
	pairs := make([][2]*ast.Term, 0, len(ms))
	for _, m := range ms {
		f := v.FieldByIndex(m.index)
		if m.term {
			pairs = append(pairs, termMembers(m.name, f)...)
			continue
		}
		if m.omitEmpty && f.IsZero() {
			continue
		}
		pairs = append(pairs, [2]*ast.Term{ast.InternedTerm(m.name), encodeValue(f)})
	}
	return ast.ObjectTerm(pairs...)
}

// termMembers spreads a duration over its three members.
func termMembers(name string, v reflect.Value) [][2]*ast.Term {
	t, _ := v.Interface().(*schema.Term)
	if t == nil {
		return nil
	}
	out := [][2]*ast.Term{{ast.StringTerm(name), ast.StringTerm(t.String())}}
	if t.IsForever() {
		return out
	}
	return append(out,
		[2]*ast.Term{ast.StringTerm(name + "_days"), intTerm(t.WholeDays())},
		[2]*ast.Term{ast.StringTerm(name + "_hours"), intTerm(wholeHours(*t))})
}

func wholeHours(t schema.Term) int64 {
	switch t.Unit {
	case schema.Seconds:
		return (t.Count + 3599) / 3600
	case schema.Minutes:
		return (t.Count + 59) / 60
	case schema.Hours:
		return t.Count
	}
	return t.WholeDays() * 24
}

func encodeMap(v reflect.Value) *ast.Term {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return compareStrings(a.String(), b.String()) })
	pairs := make([][2]*ast.Term, len(keys))
	for i, k := range keys {
		pairs[i] = [2]*ast.Term{ast.StringTerm(k.String()), encodeValue(v.MapIndex(k))}
	}
	return ast.ObjectTerm(pairs...)
}

func intTerm(n int64) *ast.Term {
	return ast.NumberTerm(json.Number(strconv.FormatInt(n, 10)))
}

func compareStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
