package policy

import (
	"reflect"
	"sync"
)

// structFacts answers native predicates from an input struct of one level, such
// as CopySubject.
type structFacts struct {
	v     reflect.Value
	table *structTable
}

var _ facts = structFacts{}

type structTable struct {
	fieldTable
	members []member
}

var (
	copyTable   = sync.OnceValue(func() *structTable { return tableOf(reflect.TypeFor[CopySubject](), "status", "current", "removed") })
	objectTable = sync.OnceValue(func() *structTable { return tableOf(reflect.TypeFor[ObjectSubject](), "live") })
)

func tableOf(t reflect.Type, key ...string) *structTable {
	out := &structTable{fieldTable: fieldTable{ids: map[string]int{}}}
	for _, m := range membersOf(t) {
		kind, ok := leafKinds[deref(m.typ).Kind()]
		if !ok || kind == listValue && m.typ != reflect.TypeFor[[]string]() {
			continue
		}
		out.ids[m.name] = len(out.members)
		out.kinds = append(out.kinds, kind)
		out.members = append(out.members, m)
	}
	out.fieldTable = out.keyed(key...)
	return out
}

var leafKinds = map[reflect.Kind]valueKind{
	reflect.String: stringValue, reflect.Bool: boolValue, reflect.Int: numberValue,
	reflect.Int64: numberValue, reflect.Slice: listValue,
}

func (f structFacts) field(id int) value {
	m := f.table.members[id]
	v := f.v.FieldByIndex(m.index)
	if m.omitEmpty && v.IsZero() {
		return value{}
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch f.table.kinds[id] {
	case stringValue:
		return textOf(v.String())
	case boolValue:
		return boolOf(v.Bool())
	case numberValue:
		return numberOf(v.Int())
	}
	return listOf(v.Interface().([]string))
}
