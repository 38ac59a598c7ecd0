package model

import (
	"cmp"
	"slices"
	"strings"
)

// Index holds copies in the order of their time of change, the latest at the
// end, so that most insertions are appends and a page starts by bisection.
type Index struct{ all []*Copy }

func order(c *Copy, modified int64, id string) int {
	return cmp.Or(cmp.Compare(c.Modified, modified), strings.Compare(c.Object.ID, id))
}

func (x *Index) search(modified int64, id string) (int, bool) {
	return slices.BinarySearchFunc(x.all, 0, func(c *Copy, _ int) int { return order(c, modified, id) })
}

func (x *Index) insert(c *Copy) {
	i, _ := x.search(c.Modified, c.Object.ID)
	x.all = slices.Insert(x.all, i, c)
}

func (x *Index) remove(c *Copy) {
	if i, ok := x.search(c.Modified, c.Object.ID); ok {
		x.all = slices.Delete(x.all, i, i+1)
	}
}

// drop takes many copies out in one pass.
func (x *Index) drop(gone map[*Copy]bool) {
	x.all = slices.DeleteFunc(x.all, func(c *Copy) bool { return gone[c] })
}

// Len counts the copies.
func (x *Index) Len() int { return len(x.all) }

// Each gives the copies to visit, last modified first, until it says no.
func (x *Index) Each(visit func(*Copy) bool) { x.down(len(x.all), visit) }

// After gives the copies that come after a row of an earlier page, whether or
// not that row is still there.
func (x *Index) After(modified int64, id string, visit func(*Copy) bool) {
	i, _ := x.search(modified, id)
	x.down(i, visit)
}

func (x *Index) down(end int, visit func(*Copy) bool) {
	for i := end - 1; i >= 0; i-- {
		if !visit(x.all[i]) {
			return
		}
	}
}
