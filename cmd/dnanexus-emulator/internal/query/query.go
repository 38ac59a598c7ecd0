// Package query turns the conditions of the platform's find methods into
// questions that one copy or project can be asked. In goes the input of a call,
// out come conditions, or a refusal that names the wrong key. It walks no index
// and never decides what a caller may see.
package query

import (
	"regexp"
	"slices"
	"strings"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// Text is a condition on a name.
type Text func(string) bool

// Name reads a condition on a name: the text itself, a glob or a regular
// expression. Absent gives nil.
func Name(in *wire.Input, key string) Text {
	switch v := in.Keys()[key].(type) {
	case nil:
		return nil
	case string:
		return func(s string) bool { return s == v }
	case map[string]any:
		if glob, ok := v["glob"].(string); ok {
			return glober(glob)
		}
		if expression, ok := v["regexp"].(string); ok {
			flags, _ := v["flags"].(string)
			if strings.Contains(flags, "i") {
				expression = "(?i)" + expression
			}
			compiled, err := regexp.Compile(expression)
			if err == nil {
				return compiled.MatchString
			}
			in.Fail(wire.InvalidInput("Expected key %q of input to hold a valid regular expression", key))
			return nil
		}
	}
	in.Fail(wire.InvalidInput("Expected key %q of input to be a string or a hash with a glob or a regexp", key))
	return nil
}

// glober compiles a glob: * and ? stand for signs, [...] for one of a set, and a
// backslash takes the next sign as it is.
func glober(glob string) Text {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	signs := []rune(glob)
	for i := 0; i < len(signs); i++ {
		switch c := signs[i]; {
		case c == '*':
			b.WriteString(".*")
		case c == '?':
			b.WriteString(".")
		case c == '\\' && i+1 < len(signs):
			i++
			b.WriteString(regexp.QuoteMeta(string(signs[i])))
		case c == '[' && slices.Index(signs[i+1:], ']') > 0:
			end := i + 1 + slices.Index(signs[i+1:], ']')
			set := string(signs[i+1 : end])
			negated := strings.TrimLeft(set, "!^")
			b.WriteString("[")
			if negated != set {
				b.WriteString("^")
			}
			b.WriteString(strings.NewReplacer(`\`, `\\`, `[`, `\[`).Replace(negated) + "]")
			i = end
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	compiled, err := regexp.Compile(b.String() + `\z`)
	if err != nil { // a set such as [z-a]: it fits nothing but itself
		return func(s string) bool { return s == glob }
	}
	return compiled.MatchString
}

// Properties is a condition on properties.
type Properties func(map[string]string) bool

// PropertiesOf reads a condition on properties: a hash of values, where true
// asks for presence alone, or a combination of such hashes. Absent gives nil.
func PropertiesOf(in *wire.Input, key string) Properties {
	hash := in.Hash(key)
	if hash == nil {
		return nil
	}
	condition, ok := properties(hash)
	if !ok {
		in.Fail(wire.InvalidInput("Expected key %q of input to be a hash of strings or true, or one of $and and $or", key))
	}
	return condition
}

func properties(hash map[string]any) (Properties, bool) {
	if parts, some, ok := combination(hash); ok {
		var conditions []Properties
		for _, part := range parts {
			inner, isHash := part.(map[string]any)
			condition, good := properties(inner)
			if !isHash || !good {
				return nil, false
			}
			conditions = append(conditions, condition)
		}
		return func(have map[string]string) bool {
			for _, c := range conditions {
				if c(have) == some {
					return some
				}
			}
			return !some
		}, true
	}
	for _, want := range hash {
		if _, text := want.(string); !text && want != true {
			return nil, false
		}
	}
	return func(have map[string]string) bool {
		for name, want := range hash {
			value, there := have[name]
			if !there || want != true && want != value {
				return false
			}
		}
		return true
	}, true
}

// combination opens {"$and": [...]} and {"$or": [...]}; some tells which.
func combination(hash map[string]any) (parts []any, some, ok bool) {
	if len(hash) != 1 {
		return nil, false, false
	}
	for _, name := range []string{"$and", "$or"} {
		if list, isList := hash[name].([]any); isList {
			return list, name == "$or", true
		}
	}
	return nil, false, false
}

// Labels is a condition on tags or types.
type Labels func([]string) bool

// LabelsOf reads a condition on tags or types: one text or a combination of
// conditions. Absent gives nil.
func LabelsOf(in *wire.Input, key string) Labels {
	raw := in.Keys()[key]
	if raw == nil {
		return nil
	}
	condition, ok := labels(raw)
	if !ok {
		in.Fail(wire.InvalidInput("Expected key %q of input to be a string, or one of $and and $or", key))
	}
	return condition
}

func labels(raw any) (Labels, bool) {
	if label, ok := raw.(string); ok {
		return func(have []string) bool { return slices.Contains(have, label) }, true
	}
	hash, _ := raw.(map[string]any)
	parts, some, ok := combination(hash)
	if list, isList := raw.([]any); isList { // a bare list asks for all
		parts, some, ok = list, false, true
	}
	if !ok {
		return nil, false
	}
	var conditions []Labels
	for _, part := range parts {
		condition, good := labels(part)
		if !good {
			return nil, false
		}
		conditions = append(conditions, condition)
	}
	return func(have []string) bool {
		for _, c := range conditions {
			if c(have) == some {
				return some
			}
		}
		return !some
	}, true
}

// Span is a stretch of time, both ends in it, in milliseconds.
type Span struct{ after, before *int64 }

// SpanOf reads {after, before}; a bare number is the time after which.
func SpanOf(in *wire.Input, key string) Span {
	raw := in.Keys()[key]
	if at, ok := wire.Integer(raw); ok {
		return Span{after: &at}
	}
	hash := in.Hash(key)
	var s Span
	for name, into := range map[string]**int64{"after": &s.after, "before": &s.before} {
		if hash[name] == nil {
			continue
		}
		at, ok := wire.Integer(hash[name])
		if !ok {
			in.Fail(wire.InvalidInput("Expected key %q of %q of input to be an integer", name, key))
			return Span{}
		}
		*into = &at
	}
	return s
}

// Over tells whether an instant, and all before it, come before the span.
func (s Span) Over(at int64) bool { return s.after != nil && at < *s.after }

// Holds tells whether an instant lies in the span, its ends included.
func (s Span) Holds(at int64) bool {
	return (s.after == nil || at >= *s.after) && (s.before == nil || at <= *s.before)
}
