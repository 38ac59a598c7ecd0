package renames

import "errors"

// matcher pairs a stream in the order of likeness.
//
// Of objects with equal size and time, a gone and a new one that have one id, or
// one inode, are the same as far as can be known without reading. Where none
// agree in that, as when a file came over from another disk, they are a pair if
// they are the only two: among many that look alike nobody can tell who was who.
type matcher struct {
	found func(old, fresh *Object) error
	same  cluster // of one id and inode
	alike cluster // of one size and time: those that no id or inode paired
}

// cluster counts objects and holds the first two.
type cluster struct {
	two [2]Object
	n   int
}

func (c *cluster) add(o *Object) {
	if c.n < len(c.two) {
		c.two[c.n] = *o
	}
	c.n++
}

// pair gives the only two, if one is gone and the other new.
func (c *cluster) pair() (old, fresh *Object) {
	a, b := &c.two[0], &c.two[1]
	switch {
	case c.n != 2 || a.Gone == b.Gone:
		return nil, nil
	case a.Gone:
		return a, b
	}
	return b, a
}

func (m *matcher) next(o Object) error {
	var err error
	if last := &m.same.two[0]; m.same.n > 0 {
		near := last.Source == o.Source && last.Size == o.Size && last.MTime == o.MTime
		switch {
		case !near:
			err = m.end()
		case last.ID != o.ID || last.Inode != o.Inode:
			err = m.endSame()
		}
	}
	m.same.add(&o)
	return err
}

// endSame pairs by id or inode, and leaves what it cannot.
func (m *matcher) endSame() error {
	c := m.same
	m.same = cluster{}
	if old, fresh := c.pair(); old != nil && (old.ID != "" || old.Inode != 0) {
		return m.found(old, fresh)
	}
	for i := range min(c.n, len(c.two)) {
		m.alike.add(&c.two[i])
	}
	m.alike.n += max(0, c.n-len(c.two))
	return nil
}

// end pairs the only two objects of a size and time that nothing else paired.
// What a system knows by an id has no other; an empty file is like any other.
func (m *matcher) end() error {
	err := m.endSame()
	c := m.alike
	m.alike = cluster{}
	if old, fresh := c.pair(); old != nil && old.ID+fresh.ID == "" && old.Size > 0 {
		err = errors.Join(err, m.found(old, fresh))
	}
	return err
}
