package policy

import (
	"reflect"
	"slices"
)

// structSpace is the space of subjects of one level, such as CopySubject: every
// member for itself. Some of what it makes no state would hold; a set that is no
// weaker over all of it is no weaker over what there is.
type structSpace struct {
	*space
	member string        // of the input
	v      reflect.Value // the subject, of the table's type
	usual  reflect.Value // what nothing chose
	table  *structTable
}

func newStructSpace(m *markTable, member string, usual any, table *structTable) *structSpace {
	of := reflect.ValueOf(usual).Elem()
	s := &structSpace{member: member, v: reflect.New(of.Type()).Elem(), usual: of, table: table, space: &space{uncut: map[int]bool{}}}
	s.facts = structFacts{s.v, table}
	s.reads = make([][]int, len(table.members))
	groups := s.groups(m)
	for id := range table.members {
		n, set, ok := s.values(id, groups[id])
		if !ok {
			s.uncut[id] = true
			continue
		}
		s.reads[id] = []int{len(s.dims)}
		s.dims = append(s.dims, dim{table.members[id].name, n, set})
	}
	return s
}

// groups joins the members that tests compare with each other, with the marks
// of all; members of different kinds cannot be compared by cells.
func (s *structSpace) groups(m *markTable) map[int]*group {
	out := map[int]*group{}
	for id := range s.table.members {
		out[id] = &group{size: 1}
		if m.of[id] != nil {
			out[id].marks.merge(m.of[id])
			out[id].marks.elements = m.of[id].elements
		}
	}
	for id := range s.table.members {
		if m.of[id] == nil {
			continue
		}
		for _, peer := range m.of[id].peers {
			x, y := out[id], out[peer]
			if s.listed(id) != nil || s.listed(peer) != nil {
				x.marks.odd, y.marks.odd = true, true
			}
			if x == y {
				continue
			}
			x.marks.numbers = append(x.marks.numbers, s.low(id), s.low(peer))
			x.marks.merge(&y.marks)
			x.size += y.size
			for other, g := range out {
				if g == y {
					out[other] = x
				}
			}
		}
	}
	return out
}

// listed are the values of a member that has only those.
func (s *structSpace) listed(id int) []string {
	return splitList(s.table.members[id].tag.Get("enum"))
}

// low is the least value of a figure: counts and sizes are never negative, days
// and hours from now may lie in the past.
func (s *structSpace) low(id int) int64 {
	if s.table.members[id].typ.Kind() == reflect.Pointer {
		return -1 << 20
	}
	return 0
}

// values are the cells of one member, and how to set it to one.
func (s *structSpace) values(id int, g *group) (n int, set func(int), ok bool) {
	m := s.table.members[id]
	f := s.v.FieldByIndex(m.index)
	var cells []reflect.Value
	if m.omitEmpty {
		cells = append(cells, reflect.Zero(f.Type()))
	}
	of := func(v any) {
		x := reflect.New(deref(f.Type())).Elem()
		x.Set(reflect.ValueOf(v).Convert(x.Type()))
		if f.Kind() == reflect.Pointer {
			x = x.Addr()
		}
		cells = append(cells, x)
	}
	ok = !g.marks.odd
	switch s.table.kinds[id] {
	case boolValue:
		of(true)
		of(false)
	case numberValue:
		for _, n := range numberCells(g.marks.numbers, s.low(id), g.size) {
			of(n)
		}
	case listValue:
		var lists [][]string
		if lists, ok = g.marks.listCells(); ok {
			for _, l := range lists {
				of(slices.Clone(l))
			}
		}
	default:
		texts := s.listed(id)
		if texts == nil {
			texts, ok = g.marks.textCells(g.size, s.usual.FieldByIndex(m.index).String(), "other")
		}
		for _, t := range texts {
			of(t)
		}
	}
	return len(cells), func(i int) { f.Set(cells[i]) }, ok && len(cells) <= maxCells
}

func (s *structSpace) cells() *space { return s.space }

// fill gives what nothing chose its usual value.
func (s *structSpace) fill(chosen func(dim string) bool) {
	for _, m := range s.table.members {
		if !chosen(m.name) {
			s.v.FieldByIndex(m.index).Set(s.usual.FieldByIndex(m.index))
		}
	}
}

func (s *structSpace) input() termPair { return pair(s.member, encodeValue(s.v)) }

// usualCopySubject is a copy as most are.
func usualCopySubject() *CopySubject {
	return &CopySubject{
		Address: "destination.filesystem.vault:docs/folder/file.txt, version 1", Backups: []string{"backup.docs"}, Destination: "destination.filesystem.vault",
		Source: "docs", Path: "folder/file.txt", Kind: "file", Seq: 1, Status: "verified", Size: 4096, Current: true, Live: true, Held: []string{},
	}
}

// usualObjectSubject is an object as most are.
func usualObjectSubject() *ObjectSubject {
	return &ObjectSubject{
		Address: "backup.docs:folder/file.txt", Backup: "backup.docs", Source: "docs", Path: "folder/file.txt", Size: 4096, Live: true,
		Verified: 2, Copies: 3, Destinations: []string{"destination.filesystem.vault"}, Held: []string{}, StorageKinds: []string{},
	}
}
