package lang

import (
	"fmt"
	"slices"
	"strings"
)

// nearest is the candidate closest to a misspelt name, or "": at most two
// edits away, and fewer than the name is long.
func nearest(name string, candidates []string) string {
	best, bestAt := "", 3
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

// distance is Levenshtein's, in runes, bounded so that a long name costs little.
func distance(a, b string) int {
	ra, rb := []rune(a), []rune(b)
	if len(ra) > 64 || len(rb) > 64 {
		return 64
	}
	row := make([]int, len(rb)+1)
	for j := range row {
		row[j] = j
	}
	for i, ca := range ra {
		diagonal := row[0]
		row[0] = i + 1
		for j, cb := range rb {
			cost := diagonal
			if ca != cb {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(rb)]
}
