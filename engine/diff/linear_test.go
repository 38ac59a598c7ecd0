package diff

import (
	"runtime"
	"testing"

	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// The unchanged object costs no allocation, and a changed one the same number
// whatever the size of the tree. What is held does not grow. Counts, not times:
// they are the same on a busy machine.
func TestCostIsLinear(t *testing.T) {
	b := protect(t, "docs", "vault")
	b.Scope.Includes = []*schema.Selector{include("/runs/**/*.gz")}
	const n = 10_000
	for name, c := range map[string]struct {
		changed, history int
		least            int64
	}{"unchanged": {0, 0, 0}, "with history": {0, 3, 0}, "changed": {2, 0, n / 3}} {
		one, two := newBulk(t, n, c.changed, b), newBulk(t, 2*n, c.changed, b)
		one.history, two.history = c.history, c.history
		a1, found1, held1 := measure(t, one)
		a2, found2, held2 := measure(t, two)
		if found1 < c.least || found2 < 2*c.least {
			t.Errorf("%s: %d and %d changes", name, found1, found2)
		}
		if a2 > 2*a1+a1/10+1000 {
			t.Errorf("%s: %d allocations for %d objects, %d for twice as many", name, a1, n, a2)
		}
		if c.changed == 0 && a2 > 1000 {
			t.Errorf("%s: %d allocations for %d objects", name, a2, 2*n)
		}
		if held2 > held1+(256<<10) {
			t.Errorf("%s: %d bytes are held for %d objects, %d for twice as many", name, held1, n, held2)
		}
	}
}

// measure compares once and tells allocations, changes, and by how much the
// heap grew between the first tenth and any later one.
func measure(t *testing.T, b *bulk) (allocations uint64, changes int64, held uint64) {
	var first, m runtime.MemStats
	runtime.ReadMemStats(&m)
	before := m.Mallocs
	b.run(t, func(*plan.Change) error { changes++; return nil })
	runtime.ReadMemStats(&m)
	allocations = m.Mallocs - before

	step := max(1, changes/10)
	var seen int64
	b.run(t, func(*plan.Change) error {
		if seen++; seen%step != 0 {
			return nil
		}
		runtime.GC()
		runtime.ReadMemStats(&m)
		if seen == step {
			first = m
		}
		if m.HeapAlloc > first.HeapAlloc {
			held = max(held, m.HeapAlloc-first.HeapAlloc)
		}
		return nil
	})
	return allocations, changes, held
}
