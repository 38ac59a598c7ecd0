package policy

import (
	"reflect"
	"strings"
	"sync"

	"github.com/backstay/backstay/schema"
)

// A shape is what a member of the input may hold. It is read from the Go types
// once, and the JSON Schema, the checks of enum values and the phases of a rule
// all come from it, so that they cannot disagree with what is encoded.
type shape struct {
	kind   shapeKind
	order  []string          // names of an object's members, as declared
	props  map[string]*shape // of an object
	elem   *shape            // of an array, or of an object with free names
	enum   []string
	phases []string // of a member of Input: where it exists; nil means everywhere
	doc    string
}

type shapeKind string

const (
	objectShape  shapeKind = "object"
	arrayShape   shapeKind = "array"
	stringShape  shapeKind = "string"
	integerShape shapeKind = "integer"
	numberShape  shapeKind = "number"
	booleanShape shapeKind = "boolean"
	anyShape     shapeKind = "any"
)

var inputShape = sync.OnceValue(func() *shape { return shapeOf(reflect.TypeFor[Input]()) })

var termType = reflect.TypeFor[schema.Term]()

// member is one field of an input struct as it is encoded.
type member struct {
	name      string
	index     []int
	omitEmpty bool
	term      bool
	tag       reflect.StructTag
	typ       reflect.Type
}

var members sync.Map // reflect.Type -> []member

func membersOf(t reflect.Type) []member {
	if got, ok := members.Load(t); ok {
		return got.([]member)
	}
	var out []member
	for _, f := range reflect.VisibleFields(t) {
		tag := f.Tag.Get("json")
		if f.Anonymous || !f.IsExported() || tag == "-" {
			continue
		}
		name, opts, _ := strings.Cut(tag, ",")
		out = append(out, member{
			name: name, index: f.Index, omitEmpty: opts == "omitempty",
			term: deref(f.Type) == termType, tag: f.Tag, typ: f.Type,
		})
	}
	members.Store(t, out)
	return out
}

func deref(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

func shapeOf(t reflect.Type) *shape {
	switch t = deref(t); t.Kind() {
	case reflect.Struct:
		return structShape(t)
	case reflect.Slice:
		return &shape{kind: arrayShape, elem: shapeOf(t.Elem())}
	case reflect.Map:
		return &shape{kind: objectShape, elem: shapeOf(t.Elem())}
	case reflect.String:
		return &shape{kind: stringShape}
	case reflect.Bool:
		return &shape{kind: booleanShape}
	case reflect.Float64:
		return &shape{kind: numberShape}
	case reflect.Int, reflect.Int64:
		return &shape{kind: integerShape}
	}
	return &shape{kind: anyShape}
}

func structShape(t reflect.Type) *shape {
	s := &shape{kind: objectShape, props: map[string]*shape{}}
	for _, m := range membersOf(t) {
		if m.term {
			s.put(m.name, &shape{kind: stringShape, doc: m.tag.Get("doc")})
			s.put(m.name+"_days", &shape{kind: integerShape})
			s.put(m.name+"_hours", &shape{kind: integerShape})
			continue
		}
		p := shapeOf(m.typ)
		p.doc = m.tag.Get("doc")
		p.enum = splitList(m.tag.Get("enum"))
		p.phases = splitList(m.tag.Get("phases"))
		s.put(m.name, p)
	}
	return s
}

func (s *shape) put(name string, p *shape) {
	s.order = append(s.order, name)
	s.props[name] = p
}

// at goes one step down: into a member, or into any element where the step is
// not a known name. It gives nil where nothing is, or where it cannot be told.
func (s *shape) at(name string, known bool) *shape {
	switch {
	case s == nil || s.kind == anyShape:
		return s
	case s.elem != nil:
		return s.elem
	case known:
		return s.props[name]
	}
	return nil
}

func splitList(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// JSONSchema is the JSON Schema of the input that rules see: of one phase, or
// of all phases together where phase is "".
func JSONSchema(phase Phase) map[string]any {
	root := inputShape()
	doc := root.jsonSchema(func(p *shape) bool { return phase == "" || p.in(phase) })
	doc["$schema"] = "http://json-schema.org/draft-07/schema#"
	doc["title"] = "Backstay policy input"
	return doc
}

func (s *shape) in(phase Phase) bool {
	if s.phases == nil {
		return true
	}
	for _, p := range s.phases {
		if p == string(phase) {
			return true
		}
	}
	return false
}

func (s *shape) jsonSchema(keep func(*shape) bool) map[string]any {
	out := map[string]any{}
	if s.kind != anyShape {
		out["type"] = string(s.kind)
	}
	if s.doc != "" {
		out["description"] = s.doc
	}
	if s.enum != nil {
		out["enum"] = anySlice(s.enum)
	}
	switch {
	case s.kind == arrayShape:
		out["items"] = s.elem.jsonSchema(keep)
	case s.elem != nil:
		out["additionalProperties"] = s.elem.jsonSchema(keep)
	case s.kind == objectShape:
		props := map[string]any{}
		for _, name := range s.order {
			if p := s.props[name]; keep(p) {
				props[name] = p.jsonSchema(keep)
			}
		}
		out["properties"] = props
		out["additionalProperties"] = false
	}
	return out
}

func anySlice(in []string) []any {
	out := make([]any, len(in))
	for i, s := range in {
		out[i] = s
	}
	return out
}
