package policy

import (
	"slices"
)

// A space is all subjects that tests can tell apart: the product of the cells
// of their fields. It holds one subject, which choosing changes.
type space struct {
	facts   facts
	dims    []dim
	reads   [][]int // by field: the dimensions that its value depends on
	uncut   map[int]bool
	allowed func(chosen func(dim string) bool) bool // false: no such subject can be
}

// dim is one thing that can be chosen of a subject.
type dim struct {
	name string
	size int
	set  func(i int)
}

// index finds a dimension by name.
func (s *space) index(name string) int {
	return slices.IndexFunc(s.dims, func(d dim) bool { return d.name == name })
}

// covers tells whether the cells are exact for every field that a conjunction
// reads.
func (s *space) covers(c *conjunction) bool {
	return c.exact && !slices.ContainsFunc(c.all, func(t test) bool {
		return slices.ContainsFunc(t.fields, func(id int) bool { return s.uncut[id] })
	})
}

// search looks for a subject for which one conjunction holds and none of its
// guards does. It chooses only what one of them reads, and goes on only where
// nothing is decided yet.
type search struct {
	*space
	chosen []bool
	steps  int
	found  func() (stop bool)
	over   bool // the bound was passed: what was not found may be there
}

// maxSteps bounds one search.
const maxSteps = 60_000

func newSearch(s *space, found func() bool) *search {
	return &search{space: s, chosen: make([]bool, len(s.dims)), found: found}
}

// run searches, and tells whether found asked to stop.
func (s *search) run(goal *conjunction, guards []*conjunction) bool {
	if s.steps++; s.steps > maxSteps {
		s.over = true
		return true
	}
	open, holds := s.state(goal)
	if !holds {
		return false
	}
	next := s.missing(open)
	var live []*conjunction
	for _, g := range guards {
		open, possible := s.state(g)
		if !possible {
			continue
		}
		if open == nil {
			return false // a guard holds
		}
		if live = append(live, g); next < 0 {
			next = s.missing(open)
		}
	}
	if next < 0 {
		return s.found()
	}
	return s.choose(next, goal, live)
}

func (s *search) choose(d int, goal *conjunction, guards []*conjunction) bool {
	s.chosen[d] = true
	defer func() { s.chosen[d] = false }()
	for i := range s.dims[d].size {
		s.dims[d].set(i)
		if s.allowed != nil && !s.allowed(s.has) {
			continue
		}
		if s.run(goal, guards) {
			return true
		}
	}
	return false
}

func (s *search) has(name string) bool {
	i := s.index(name)
	return i >= 0 && s.chosen[i]
}

// state evaluates what is decided of a conjunction: possible is false once a
// test fails, and open is a test that is not decided yet, nil where all hold.
func (s *search) state(c *conjunction) (open *test, possible bool) {
	for i := range c.all {
		t := &c.all[i]
		if s.missing(t) >= 0 {
			if open == nil {
				open = t
			}
		} else if !t.holds(s.facts) {
			return nil, false
		}
	}
	return open, true
}

// missing is a dimension that a test depends on and that is not chosen yet; -1
// where there is none.
func (s *search) missing(t *test) int {
	if t == nil {
		return -1
	}
	for _, id := range t.fields {
		for _, d := range s.reads[id] {
			if !s.chosen[d] {
				return d
			}
		}
	}
	return -1
}
