package lang

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/backstay/backstay/schema/addr"
	"github.com/backstay/backstay/schema/diag"
)

// reserved cannot be names of sources: a source's name is a folder at every
// destination and of every restore, and Windows keeps these for devices.
var reserved = append(numbered("com", "lpt"), "con", "prn", "aux", "nul", "backstay")

func numbered(words ...string) []string {
	var out []string
	for _, w := range words {
		for n := range 10 {
			out = append(out, fmt.Sprintf("%s%d", w, n))
		}
	}
	return out
}

// maxLabel bounds a name, which becomes part of file names.
const maxLabel = 64

// checkLabels looks at the labels of all blocks, before anything is evaluated:
// spelling, types of store, and names used twice.
func (l *loader) checkLabels() {
	first := map[string]diag.Range{}
	for _, b := range l.raw {
		if len(b.Labels) != len(b.spec.labels) {
			continue // the parser has said so
		}
		l.checkNames(b)
		key := b.Type + "." + strings.Join(b.Labels, ".")
		if b.spec.name == "locals" || b.spec.name == "variable" || (b.spec.many && len(b.Labels) == 0) {
			continue
		}
		if old, ok := first[key]; ok {
			l.failAt(strings.TrimSuffix(key, "."), b.header(), "duplicate_name", "Name used twice",
				fmt.Sprintf("There is a block %s in line %d of %s already. Rename one, or merge them.", describe(b), old.Start.Line, old.Filename))
			continue
		}
		first[key] = b.header()
	}
	l.checkSourceNames()
}

func describe(b rawBlock) string {
	parts := []string{b.Type}
	for _, label := range b.Labels {
		parts = append(parts, fmt.Sprintf("%q", label))
	}
	return strings.Join(parts, " ")
}

func (l *loader) checkNames(b rawBlock) {
	for i, label := range b.Labels {
		at := b.header()
		if i < len(b.LabelRanges) {
			at = rng(b.LabelRanges[i])
		}
		if b.spec.labels[i] == "type" {
			l.checkType(b, label, at)
			continue
		}
		if !hclsyntax.ValidIdentifier(label) || len(label) > maxLabel || !ascii(label) {
			l.fail(at, "invalid_name", "Invalid name",
				fmt.Sprintf("%q cannot name a block: a name is 1 to %d ASCII letters, digits, \"_\" and \"-\", and begins with a letter. It becomes part of addresses and of file names.", label, maxLabel))
		}
		if b.Type == "source" && slices.Contains(reserved, strings.ToLower(label)) {
			l.fail(at, "reserved_name", "Reserved name",
				fmt.Sprintf("A source cannot be called %q: its name is a folder at every destination, and some systems keep that name for themselves.", label))
		}
	}
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > '~' })
}

func (l *loader) checkType(b rawBlock, label string, at diag.Range) {
	types := storeNames()
	if b.Type == "data" {
		types = []string{dataProjects}
	}
	if !slices.Contains(types, label) {
		l.fail(at, "unknown_type", "Unknown type",
			fmt.Sprintf("There is no type %q of %s.%s", label, b.Type, didYouMean(label, types)))
	}
}

// checkSourceNames keeps source names unique across types, and apart on file
// systems that fold case: a key at a destination begins with the name alone.
func (l *loader) checkSourceNames() {
	first := map[string]rawBlock{}
	for _, b := range l.rawOf(string(addr.Source)) {
		if len(b.Labels) != 2 {
			continue
		}
		name := strings.ToLower(b.Labels[1])
		old, ok := first[name]
		if !ok {
			first[name] = b
			continue
		}
		if slices.Equal(old.Labels, b.Labels) {
			continue // reported as a duplicate
		}
		l.fail(b.header(), "duplicate_name", "Name used twice",
			fmt.Sprintf("The source name %q is taken by %s in line %d of %s. Names of sources must differ across types, and not by case alone: a copy's place at a destination begins with the name.", b.Labels[1], describe(old), old.header().Start.Line, old.header().Filename))
	}
}
