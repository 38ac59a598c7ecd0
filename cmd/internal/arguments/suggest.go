package arguments

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
)

// nearest is the candidate closest to a misspelt name: at most two edits away
// (letters put in, left out, taken for one another or swapped with their
// neighbour), and fewer than the name is long; else "".
func nearest(name string, candidates []string) string {
	best, least := "", 3
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		if d := edits(name, c); d < least && d < len(name) {
			best, least = c, d
		}
	}
	return best
}

// edits is the distance of Damerau and Levenshtein with swaps of neighbours,
// in bytes: the names it compares are ASCII.
func edits(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

// find is the command that words name.
func find(words []string) (*Spec, error) {
	name := strings.Join(words, " ")
	for i := range specs {
		if specs[i].Name == name {
			return &specs[i], nil
		}
	}
	if groups[name] {
		return nil, &UsageError{Message: fmt.Sprintf("%q needs one word more: %s", name, strings.Join(inGroup(name), ", "))}
	}
	text := fmt.Sprintf("there is no command %q", name)
	if n := nearest(name, commandNames()); n != "" {
		text += fmt.Sprintf("; did you mean %q?", n)
	} else if groups[words[0]] {
		text += "; there is: " + strings.Join(inGroup(words[0]), ", ")
	}
	return nil, &UsageError{Message: text}
}

// misplaced words the error of a flag that stands before the command.
func misplaced(err error) error {
	var unknown *unknownFlag
	if !errors.As(err, &unknown) {
		return &UsageError{Message: err.Error()}
	}
	text := err.Error()
	if owners := owners(unknown.name); len(owners) > 0 {
		text = fmt.Sprintf("flag -%s stands before the command; it belongs after it, as in \"backstay %s -%s\"",
			unknown.name, owners[0], unknown.name)
	} else if n := nearest(unknown.name, flagNames(unknown.set)); n != "" {
		text += fmt.Sprintf("; did you mean -%s?", n)
	}
	return &UsageError{Message: text}
}

// foreign words the error of a flag that the command does not have: the nearest
// spelling among its own, or the commands that do have it.
func foreign(s *Spec, err error) error {
	var unknown *unknownFlag
	if !errors.As(err, &unknown) {
		return &UsageError{Spec: s, Message: err.Error()}
	}
	text := fmt.Sprintf("%q has no flag -%s", s.Name, unknown.name)
	if n := nearest(unknown.name, flagNames(unknown.set)); n != "" {
		text += fmt.Sprintf("; did you mean -%s?", n)
	} else if owners := owners(unknown.name); len(owners) > 0 {
		text += "; it is a flag of " + strings.Join(owners, ", ")
	}
	return &UsageError{Spec: s, Message: text}
}

// owners are the commands that have a flag.
func owners(flagName string) []string {
	var names []string
	for _, s := range specs {
		f := newSet()
		s.New().define(f)
		if f.Lookup(flagName) != nil {
			names = append(names, s.Name)
		}
	}
	return names
}

func flagNames(f *flag.FlagSet) []string {
	var names []string
	f.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return names
}
