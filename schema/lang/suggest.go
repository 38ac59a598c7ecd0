package lang

import (
	"fmt"
	"slices"
	"strings"
)

// nearest is the candidate closest to a misspelt name, or "": at most one edit
// away for a short name, two for a longer one.
func nearest(name string, candidates []string) string {
	best, bestAt := "", 2
	if len(name) > 4 {
		bestAt = 3
	}
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < bestAt && d < len(name) {
			best, bestAt = c, d
		}
	}
	return best
}

// didYouMean is a sentence that names the nearest candidate, else all of a few,
// else nothing.
func didYouMean(name string, candidates []string) string {
	if n := nearest(name, candidates); n != "" {
		return fmt.Sprintf(" Did you mean %q?", n)
	}
	if len(candidates) == 0 || len(candidates) > 12 {
		return ""
	}
	return " Known here: " + strings.Join(candidates, ", ") + "."
}

// distance counts the runes to insert, remove, replace or swap with a
// neighbour, bounded so that a long name costs little.
func distance(a, b string) int {
	ra, rb := []rune(a), []rune(b)
	if len(ra) > 64 || len(rb) > 64 {
		return 64
	}
	before, row := make([]int, len(rb)+1), make([]int, len(rb)+1)
	for j := range row {
		row[j] = j
	}
	for i, ca := range ra {
		next := make([]int, len(rb)+1)
		next[0] = i + 1
		for j, cb := range rb {
			cost := row[j]
			if ca != cb {
				cost++
			}
			next[j+1] = min(cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && ca == rb[j-1] && ra[i-1] == cb {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(rb)]
}
