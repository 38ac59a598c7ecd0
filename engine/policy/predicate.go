package policy

import (
	"strings"
	"unicode/utf8"
)

// facts answers what native predicates ask of a subject: one value per field of
// its table.
type facts interface {
	field(id int) value
}

// value is a leaf of the input. Absent members are undefined, as in Rego.
type value struct {
	kind valueKind
	b    bool
	n    int64
	s    string
	list []string
}

type valueKind uint8

// The kinds in the order in which Rego sorts values of different types.
const (
	undefined valueKind = iota
	nullValue
	boolValue
	numberValue
	stringValue
	listValue
	objectValue
)

func boolOf(b bool) value     { return value{kind: boolValue, b: b} }
func numberOf(n int64) value  { return value{kind: numberValue, n: n} }
func textOf(s string) value   { return value{kind: stringValue, s: s} }
func listOf(l []string) value { return value{kind: listValue, list: l} }

// truthy is what a bare reference means in a rule's body.
func (v value) truthy() bool { return v.kind != undefined && !(v.kind == boolValue && !v.b) }

func compareValues(a, b *value) int {
	if a.kind != b.kind {
		return int(a.kind) - int(b.kind)
	}
	switch a.kind {
	case boolValue:
		return boolRank(a.b) - boolRank(b.b)
	case numberValue:
		switch {
		case a.n < b.n:
			return -1
		case a.n > b.n:
			return 1
		}
		return 0
	}
	return strings.Compare(a.s, b.s)
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// predicate is a disjunction of conjunctions over a subject.
type predicate struct {
	any []conjunction
}

// conjunction holds if all its tests do. It is exact if nothing of the rule's
// body was left out, so that no question to Rego is needed.
type conjunction struct {
	all   []test
	exact bool
}

// test is one condition. It depends on the named fields of the subject alone,
// by the comparisons that its atoms name.
type test struct {
	holds  func(facts) bool
	fields []int
	atoms  []atom
}

// atom is one comparison of a test, as data: whoever looks for subjects that
// differ to a test reads the constants that matter from it.
type atom struct {
	op   string // of Rego; "" asks only whether a is there and true
	a, b operand
}

// testOf makes a test of one comparison.
func testOf(holds func(facts) bool, op string, operands ...operand) test {
	x := atom{op: op, a: operands[0]}
	if len(operands) > 1 {
		x.b = operands[1]
	}
	return test{holds, fieldsOf(operands...), []atom{x}}
}

// always lets every subject through.
func always() *predicate { return &predicate{any: []conjunction{{}}} }

func (p *predicate) exact() bool {
	for _, c := range p.any {
		if !c.exact {
			return false
		}
	}
	return true
}

// asTest makes one test of a predicate that is exact.
func (p *predicate) asTest() test {
	out := test{holds: p.holds}
	for _, c := range p.any {
		for _, t := range c.all {
			out.fields = append(out.fields, t.fields...)
			out.atoms = append(out.atoms, t.atoms...)
		}
	}
	return out
}

func (p *predicate) holds(f facts) bool {
	for i := range p.any {
		if p.any[i].holds(f) {
			return true
		}
	}
	return false
}

func (c *conjunction) holds(f facts) bool {
	for i := range c.all {
		if !c.all[i].holds(f) {
			return false
		}
	}
	return true
}

// operand is one side of a test: a constant, a field, or the length of a field.
type operand struct {
	constant value
	set      []value // a constant collection
	isSet    bool
	id       int // of a field; -1 for a constant
	count    bool
	now      bool // the constant is input.now
}

func (o *operand) get(f facts) value {
	if o.id < 0 {
		return o.constant
	}
	v := f.field(o.id)
	if !o.count {
		return v
	}
	switch v.kind {
	case listValue:
		return numberOf(int64(len(v.list)))
	case stringValue:
		return numberOf(int64(utf8.RuneCountInString(v.s)))
	}
	return value{}
}

// scalar tells whether the operand's values can be compared: lists and objects
// cannot, natively.
func (o *operand) scalar(kinds []valueKind) bool {
	if o.isSet {
		return false
	}
	return o.id < 0 || o.count || kinds[o.id] != listValue && kinds[o.id] != objectValue
}

// fieldsOf lists the fields that operands read.
func fieldsOf(operands ...operand) []int {
	var out []int
	for _, o := range operands {
		if o.id >= 0 {
			out = append(out, o.id)
		}
	}
	return out
}

func comparison(op string, a, b operand) func(facts) bool {
	if quick := against(op, a, b); quick != nil {
		return quick
	}
	ok := comparisons[op]
	return func(f facts) bool {
		x, y := a.at(f), b.at(f)
		return x.kind != undefined && y.kind != undefined && ok(compareValues(x, y))
	}
}

var comparisons = map[string]func(int) bool{
	"eq":    func(c int) bool { return c == 0 },
	"equal": func(c int) bool { return c == 0 },
	"neq":   func(c int) bool { return c != 0 },
	"lt":    func(c int) bool { return c < 0 },
	"lte":   func(c int) bool { return c <= 0 },
	"gt":    func(c int) bool { return c > 0 },
	"gte":   func(c int) bool { return c >= 0 },
}

func membership(a, in operand) func(facts) bool {
	return func(f facts) bool {
		x := a.at(f)
		if x.kind == undefined {
			return false
		}
		if in.isSet {
			for i := range in.set {
				if compareValues(x, &in.set[i]) == 0 {
					return true
				}
			}
			return false
		}
		for _, s := range in.at(f).elements() {
			if x.kind == stringValue && x.s == s {
				return true
			}
		}
		return false
	}
}

var affixes = map[string]func(s, part string) bool{
	"startswith": strings.HasPrefix,
	"endswith":   strings.HasSuffix,
	"contains":   strings.Contains,
}

func affix(op string, a, b operand) func(facts) bool {
	holds := affixes[op]
	return func(f facts) bool {
		x, y := a.at(f), b.at(f)
		return x.kind == stringValue && y.kind == stringValue && holds(x.s, y.s)
	}
}
