package policy

// row remembers what one subject's fields hold: many rules read the same few,
// and each is worked out once.
type row struct {
	of     facts
	turn   uint64
	read   []uint64 // the turn in which a field was read
	values []value
}

var _ facts = (*row)(nil)

func newRow(fields int) *row {
	return &row{read: make([]uint64, fields), values: make([]value, fields)}
}

// next turns to another subject.
func (r *row) next(f facts) {
	r.of = f
	r.turn++
}

func (r *row) field(id int) value { return *r.at(id) }

// at gives a field; it holds until the next turn.
func (r *row) at(id int) *value {
	v := &r.values[id]
	if r.read[id] == r.turn {
		return v
	}
	r.read[id] = r.turn
	if c, ok := r.of.(*changeFacts); ok {
		c.into(id, v)
	} else {
		*v = r.of.field(id)
	}
	return v
}

func (v *value) flag(b bool)       { v.kind, v.b = boolValue, b }
func (v *value) number(n int64)    { v.kind, v.n = numberValue, n }
func (v *value) text(s string)     { v.kind, v.s = stringValue, s }
func (v *value) of(list []string)  { v.kind, v.list = listValue, list }
func (v *value) object(there bool) { v.kind = kindIf(there, objectValue) }

// optional is a string member that is absent when empty.
func (v *value) optional(s string) { v.kind, v.s = kindIf(s != "", stringValue), s }

func kindIf(there bool, k valueKind) valueKind {
	if !there {
		return undefined
	}
	return k
}

// elements is a list's content; other kinds have none.
func (v *value) elements() []string {
	if v.kind != listValue {
		return nil
	}
	return v.list
}

// at is get without a copy of the value.
func (o *operand) at(f facts) *value {
	if o.id < 0 {
		return &o.constant
	}
	if r, ok := f.(*row); ok && !o.count {
		return r.at(o.id)
	}
	v := o.get(f)
	return &v
}

// fieldAt reads a field without a copy.
func fieldAt(f facts, id int) *value {
	if r, ok := f.(*row); ok {
		return r.at(id)
	}
	v := f.field(id)
	return &v
}

// against compares a field with a constant, which is what most tests do; nil
// where that is not what is asked.
func against(op string, a, b operand) func(facts) bool {
	if a.id < 0 || a.count || b.id >= 0 || b.isSet {
		return nil
	}
	id, c, ok := a.id, b.constant, comparisons[op]
	switch {
	case c.kind == stringValue && (op == "eq" || op == "equal"):
		return func(f facts) bool { x := fieldAt(f, id); return x.kind == stringValue && x.s == c.s }
	case c.kind == stringValue && op == "neq":
		return func(f facts) bool {
			x := fieldAt(f, id)
			return x.kind != undefined && (x.kind != stringValue || x.s != c.s)
		}
	case c.kind == numberValue && op == "gt":
		return func(f facts) bool {
			x := fieldAt(f, id)
			return x.kind > numberValue || x.kind == numberValue && x.n > c.n
		}
	case c.kind == undefined:
		return nil
	}
	return func(f facts) bool { x := fieldAt(f, id); return x.kind != undefined && ok(compareValues(x, &c)) }
}
