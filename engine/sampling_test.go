package engine

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

func TestSampleIsExactAndMovesWithItsSalt(t *testing.T) {
	choose := func(salt string, n, of int) []string {
		s := sample{n: n, salt: salt}
		for i := range of {
			s.offer(fmt.Sprint(i))
		}
		return slices.Sorted(maps.Keys(s.chosen()))
	}
	if got := choose("a", 20, 1000); len(got) != 20 {
		t.Errorf("%d chosen, not 20", len(got))
	}
	if got := choose("a", 20, 7); len(got) != 7 {
		t.Errorf("%d chosen of 7", len(got))
	}
	if slices.Equal(choose("a", 20, 1000), choose("b", 20, 1000)) {
		t.Error("two runs look at the same copies")
	}
	if !slices.Equal(choose("a", 20, 1000), choose("a", 20, 1000)) {
		t.Error("one run does not repeat itself")
	}
}
