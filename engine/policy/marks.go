package policy

import (
	"slices"
)

// marks are the constants that tests compare one field with, and the fields
// that they compare it to. Two values that lie alike to all of them are one to
// every test, so that one of each kind stands for all: a cell.
type marks struct {
	numbers  []int64  // of the field itself
	counts   []int64  // of its length
	texts    []string // by equality
	ordered  []string // by order
	prefixes []string
	suffixes []string
	inside   []string
	elements []string // looked for in a list
	peers    []int    // fields that it is compared with
	now      bool     // compared with input.now
	byOrder  bool     // compared with a peer by order
	odd      bool     // compared in a way that cells do not cover
}

// markTable gathers the marks of all fields that tests read.
type markTable struct {
	kinds []valueKind
	of    map[int]*marks
}

func newMarks(kinds []valueKind) *markTable { return &markTable{kinds, map[int]*marks{}} }

func (m *markTable) field(id int) *marks {
	if m.of[id] == nil {
		m.of[id] = &marks{}
	}
	return m.of[id]
}

// add notes the tests of conjunctions.
func (m *markTable) add(all []conjunction) {
	for _, c := range all {
		for _, t := range c.all {
			for _, id := range t.fields {
				m.field(id)
			}
			for _, x := range t.atoms {
				m.atom(x)
			}
		}
	}
}

func (m *markTable) atom(x atom) {
	switch {
	case x.op == "":
	case comparisons[x.op] != nil:
		m.compare(x.op, x.a, x.b)
	case affixes[x.op] != nil:
		m.affix(x.op, x.a, x.b)
	default:
		m.member(x.a, x.b)
	}
}

func (m *markTable) odd(operands ...operand) {
	for _, o := range operands {
		if o.id >= 0 {
			m.field(o.id).odd = true
		}
	}
}

func (m *markTable) compare(op string, a, b operand) {
	equality := op == "eq" || op == "equal" || op == "neq"
	if a.id < 0 {
		a, b = b, a
	}
	switch {
	case a.id < 0:
	case b.id >= 0:
		m.peers(equality, a, b)
	case a.count:
		if b.constant.kind == numberValue {
			m.field(a.id).counts = append(m.field(a.id).counts, b.constant.n)
		}
	case m.kinds[a.id] != b.constant.kind: // of another type: the value does not matter
	case b.now:
		m.field(a.id).now = true
	case b.constant.kind == numberValue:
		m.field(a.id).numbers = append(m.field(a.id).numbers, b.constant.n)
	case b.constant.kind == stringValue && equality:
		m.field(a.id).texts = append(m.field(a.id).texts, b.constant.s)
	case b.constant.kind == stringValue:
		m.field(a.id).ordered = append(m.field(a.id).ordered, b.constant.s)
	}
}

func (m *markTable) peers(equality bool, a, b operand) {
	switch {
	case a.count || b.count:
		m.odd(a, b)
	case m.kinds[a.id] != m.kinds[b.id] || a.id == b.id && equality:
	default:
		for _, pair := range [][2]int{{a.id, b.id}, {b.id, a.id}} {
			f := m.field(pair[0])
			f.peers = append(f.peers, pair[1])
			f.byOrder = f.byOrder || !equality
		}
	}
}

func (m *markTable) member(a, in operand) {
	switch {
	case in.isSet:
		for _, y := range in.set {
			m.compare("eq", a, operand{id: -1, constant: y})
		}
	case a.id >= 0 || a.now:
		m.odd(a, in)
	case in.id >= 0 && a.constant.kind == stringValue:
		m.field(in.id).elements = append(m.field(in.id).elements, a.constant.s)
	}
}

func (m *markTable) affix(op string, a, b operand) {
	if a.id < 0 || b.id >= 0 || b.now {
		m.odd(a, b)
		return
	}
	f := m.field(a.id)
	switch s := b.constant.s; op {
	case "startswith":
		f.prefixes = append(f.prefixes, s)
	case "endswith":
		f.suffixes = append(f.suffixes, s)
	default:
		f.inside = append(f.inside, s)
	}
}

// merge takes over the marks of a peer, whose values this field may have to
// equal.
func (m *marks) merge(o *marks) {
	m.numbers = append(m.numbers, o.numbers...)
	m.counts = append(m.counts, o.counts...)
	m.texts = append(m.texts, o.texts...)
	m.ordered = append(m.ordered, o.ordered...)
	m.prefixes = append(m.prefixes, o.prefixes...)
	m.suffixes = append(m.suffixes, o.suffixes...)
	m.inside = append(m.inside, o.inside...)
	m.now, m.byOrder, m.odd = m.now || o.now, m.byOrder || o.byOrder, m.odd || o.odd
}

// plain tells whether no test tells one value of the field from another: it only
// has to be there.
func (m *marks) plain() bool {
	return len(m.texts)+len(m.ordered)+len(m.prefixes)+len(m.suffixes)+len(m.inside)+len(m.counts)+len(m.peers) == 0 && !m.odd
}

// unique is a sorted list without repetitions.
func unique[T interface{ ~int64 | ~string }](in []T) []T {
	out := slices.Clone(in)
	slices.Sort(out)
	return slices.Compact(out)
}
