package review

import (
	"slices"
	"strconv"
	"strings"

	"github.com/backstay/backstay/schema"
)

// value is one attribute as it is compared and shown.
type value struct {
	set  bool
	text string
	term *schema.Term
	num  float64
	list []string
}

func text(s string) value { return value{set: s != "", text: s} }

func term(t *schema.Term) value {
	if t == nil {
		return value{}
	}
	return value{set: true, text: t.String(), term: t}
}

func always(t schema.Term) value { return term(&t) }

// number is a figure; below zero it is absent.
func number(n float64) value {
	if n < 0 {
		return value{}
	}
	return value{set: true, text: strconv.FormatFloat(n, 'f', -1, 64), num: n}
}

// limit is a figure whose absence means a default.
func limit(n, otherwise float64) value {
	if n >= 0 {
		return number(n)
	}
	v := number(otherwise)
	v.text += " (default)"
	return v
}

func words(list []string) value {
	sorted := slices.Sorted(slices.Values(list))
	return value{set: len(list) > 0, text: strings.Join(sorted, ", "), list: sorted}
}

func tri(t schema.Tri) value {
	switch t {
	case schema.True:
		return value{set: true, text: "true", num: 1}
	case schema.False:
		return value{set: true, text: "false"}
	}
	return value{}
}

func yesNo(b bool) value {
	if b {
		return tri(schema.True)
	}
	return tri(schema.False)
}

// date is a day as the language writes it, which orders as text.
func date(s string) value { return text(s) }

func (v value) same(w value) bool {
	return v.set == w.set && v.text == w.text
}

// direction says in which way a value protects.
type direction int

const (
	more  direction = iota // the greater, the stronger; absent is weakest
	less                   // the smaller, the stronger; absent is weakest
	all                    // a list that gains is stronger
	few                    // a list that loses is stronger
	yes                    // true is stronger; absent is false
	kept                   // a value that was set must stay; to set one is no loss
	fixed                  // any difference: nobody can tell
	free                   // no difference matters to protection
)

// compare tells what it does to protection that a value becomes another.
func (d direction) compare(before, after value, ranks []string) Effect {
	if before.same(after) {
		return Neutral
	}
	switch d {
	case free:
		return Neutral
	case fixed:
		return Unknown
	case kept:
		if before.set {
			return Weakened
		}
		return Neutral
	case yes:
		return effect(after.num - before.num)
	case all, few:
		return d.lists(before.list, after.list)
	}
	switch { // more and less
	case !after.set:
		return Weakened
	case !before.set:
		return Strengthened
	}
	by := step(before, after, ranks)
	if d == less {
		by = -by
	}
	return effect(by)
}

// lists compares sets. Of an empty list nothing is known but that it restricts
// or asks nothing.
func (d direction) lists(before, after []string) Effect {
	gains := slices.ContainsFunc(after, func(s string) bool { return !slices.Contains(before, s) })
	loses := slices.ContainsFunc(before, func(s string) bool { return !slices.Contains(after, s) })
	if d == few {
		gains, loses = loses, gains
		if len(before) == 0 {
			return Strengthened // who may was not restricted
		}
		if len(after) == 0 {
			return Weakened
		}
	}
	switch {
	case loses:
		return Weakened
	case gains:
		return Strengthened
	}
	return Neutral
}

// step is how far a value goes up.
func step(before, after value, ranks []string) float64 {
	switch {
	case ranks != nil:
		return float64(slices.Index(ranks, after.text) - slices.Index(ranks, before.text))
	case before.term != nil && after.term != nil:
		return float64(after.term.Compare(*before.term))
	case before.text != "" && before.num == 0 && after.num == 0:
		return float64(strings.Compare(after.text, before.text)) // dates
	}
	return after.num - before.num
}

func effect(by float64) Effect {
	switch {
	case by < 0:
		return Weakened
	case by > 0:
		return Strengthened
	}
	return Neutral
}
