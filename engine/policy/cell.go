package policy

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Cells: for every way in which a value can lie to a field's marks, k values
// that lie so. k is the number of fields that are compared with each other, so
// that these can be equal, and differ, and come in any order.

// maxCells bounds the values of one field; a field with more is not compared
// exactly.
const maxCells = 600

// numberCells are integers from low on: every constant, and k between, below
// and above them, those next to the constants first.
func numberCells(constants []int64, low int64, k int) []int64 {
	var out []int64
	before := low - 1
	for _, c := range unique(constants) {
		if c < low {
			continue
		}
		for i := int64(1); i <= int64(k) && c-i > before; i++ {
			out = append(out, c-i)
		}
		out = append(out, c)
		before = c
	}
	for i := int64(1); i <= int64(k) && before <= math.MaxInt64-i; i++ {
		out = append(out, before+i)
	}
	return out
}

const dayMillis = int64(24 * time.Hour / time.Millisecond)

// instantCells are instants in milliseconds around some, a day apart where
// there is room for it, so that people can read them.
func instantCells(constants []int64, now int64, k int) []int64 {
	constants = unique(constants)
	if len(constants) == 0 {
		constants = []int64{now}
	}
	var out []int64
	for i, c := range constants {
		out = append(out, c)
		room := int64(math.MaxInt64)
		if i+1 < len(constants) {
			room = constants[i+1] - c - 1
		}
		out = append(out, spread(c, 1, room, k)...)
	}
	return append(out, spread(constants[0], -1, math.MaxInt64, k)...)
}

func spread(from, sign, room int64, k int) (out []int64) {
	step := dayMillis
	if room < step*int64(k+1) {
		step = 1
	}
	for i := int64(1); i <= int64(k) && i*step <= room; i++ {
		out = append(out, from+sign*i*step)
	}
	return out
}

// textCells are strings. Nice ones are tried for the strings that are nothing
// special; ok is false where the marks are of kinds that do not go together.
func (m *marks) textCells(k int, nice ...string) (out []string, ok bool) {
	affixed := len(m.prefixes)+len(m.suffixes)+len(m.inside) > 0
	fresh, ok := m.freshRune()
	switch {
	case !ok || m.odd || m.now || m.byOrder:
		return nil, false
	case len(m.ordered) > 0:
		if affixed || len(m.counts) > 0 {
			return nil, false
		}
		return orderedCells(unique(append(slices.Clone(m.texts), m.ordered...)), k)
	case len(m.counts) > 0:
		return m.lengthCells(fresh), !affixed && k == 1 && slices.Max(m.counts) < 64
	}
	out = unique(m.texts)
	left := k
	for _, s := range nice {
		if left > 0 && s != "" && m.unnamed(s) && !slices.Contains(out, s) {
			out, left = append(out, s), left-1
		}
	}
	if left == 0 && !affixed {
		return out, true
	}
	made, ok := m.affixCells(k, fresh)
	return append(out, made...), ok && len(out)+len(made) <= maxCells
}

// freshRune is a letter that no constant has: a string that holds it equals
// none, and lies inside none.
func (m *marks) freshRune() (string, bool) {
	all := strings.Join(slices.Concat(m.texts, m.ordered, m.prefixes, m.suffixes, m.inside), "")
	for _, r := range "xqzjvkwyXQZJ0123456789" {
		if !strings.ContainsRune(all, r) {
			return string(r), true
		}
	}
	return "", false
}

// unnamed tells whether no test says anything of a string.
func (m *marks) unnamed(s string) bool {
	any := func(list []string, holds func(s, part string) bool) bool {
		return slices.ContainsFunc(list, func(part string) bool { return holds(s, part) })
	}
	return !slices.Contains(m.texts, s) && !any(m.prefixes, strings.HasPrefix) && !any(m.suffixes, strings.HasSuffix) && !any(m.inside, strings.Contains)
}

// affixCells are all ways to start, to end and to hold what tests look for. The
// parts stand apart, with a fresh letter between them, so that they make up
// nothing that is not meant.
func (m *marks) affixCells(k int, fresh string) ([]string, bool) {
	prefixes, suffixes := append(unique(m.prefixes), ""), append(unique(m.suffixes), "")
	inside := unique(m.inside)
	if len(inside) > 6 || len(prefixes)*len(suffixes)<<len(inside)*k > maxCells {
		return nil, false
	}
	var out []string
	for _, p := range prefixes {
		for _, s := range suffixes {
			for set := range 1 << len(inside) {
				middle := ""
				for i, part := range inside {
					if set>>i&1 == 1 {
						middle += part + fresh
					}
				}
				for i := range k {
					out = append(out, p+strings.Repeat(fresh, i+1)+middle+s)
				}
			}
		}
	}
	return out, true
}

// lengthCells are strings of the lengths that matter.
func (m *marks) lengthCells(fresh string) []string {
	out := unique(m.texts)
	for _, n := range numberCells(m.counts, 0, 1) {
		if n <= 64 {
			out = append(out, strings.Repeat(fresh, int(n)))
		}
	}
	return out
}

// orderedCells are strings between, below and above some. Only one of each gap
// is made, so that two of them cannot be compared.
func orderedCells(constants []string, k int) (out []string, ok bool) {
	if k > 1 {
		return nil, false
	}
	for i, c := range constants {
		out = append(out, c)
		for _, tail := range []string{"0", " ", "\x00"} {
			if i+1 == len(constants) || c+tail < constants[i+1] {
				out = append(out, c+tail)
				break
			}
		}
	}
	for _, first := range []string{"0", " ", "\x00"} {
		if len(constants) == 0 || first < constants[0] {
			return append(out, first), true
		}
	}
	return out, len(constants) > 0 && constants[0] == ""
}

// listCells are lists with every choice of the elements looked for, in every
// length that matters.
func (m *marks) listCells() ([][]string, bool) {
	elements := unique(m.elements)
	if m.odd || len(elements) > 6 || len(m.counts) > 0 && slices.Max(m.counts) > 16 {
		return nil, false
	}
	lengths := []int64{0}
	if len(m.counts) > 0 {
		lengths = numberCells(m.counts, 0, 1)
	}
	var out [][]string
	for set := range 1 << len(elements) {
		var chosen []string
		for i, e := range elements {
			if set>>i&1 == 1 {
				chosen = append(chosen, e)
			}
		}
		if len(m.counts) == 0 {
			out = append(out, chosen)
			continue
		}
		for _, n := range unique(append(slices.Clone(lengths), int64(len(chosen)))) {
			if int(n) >= len(chosen) {
				out = append(out, longer(chosen, elements, int(n)))
			}
		}
	}
	return out, true
}

// longer adds elements that nothing looks for.
func longer(list, sought []string, n int) []string {
	out := slices.Clone(list)
	for i := 1; len(out) < n; i++ {
		if other := "other-" + strconv.Itoa(i); !slices.Contains(sought, other) {
			out = append(out, other)
		}
	}
	return out
}
