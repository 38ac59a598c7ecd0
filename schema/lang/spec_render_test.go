package lang

import (
	"fmt"
	"strings"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// SpecVariable is the table of variable blocks.
func SpecVariable() string {
	return attrTable(variable, "variable") + attrTable(validation, "validation")
}

// SpecBlocks are the tables of all blocks but variables and the types of store.
func SpecBlocks() string {
	var b strings.Builder
	for _, top := range topBlocks {
		switch top {
		case variable, locals:
			continue
		}
		shown := *top
		switch top.name {
		case string(addr.Source):
			shown.doc, shown.attrs = "Where data lives. `TYPE` is one of the types below.", append(place[:len(place):len(place)], sourceAttrs...)
		case string(addr.Destination):
			shown.doc, shown.attrs = "Where copies go. `TYPE` is one of the types below.", append(place[:len(place):len(place)], destinationAttrs...)
			shown.blocks = []*block{encryption}
		}
		writeBlock(&b, &shown, "", "###")
	}
	return b.String()
}

func writeBlock(b *strings.Builder, spec *block, path, level string) {
	name := strings.TrimSpace(path + " " + spec.name)
	title := spec.name
	for _, l := range spec.labels {
		title += " " + strings.ToUpper(l)
	}
	fmt.Fprintf(b, "%s `%s`", level, title)
	if path != "" {
		fmt.Fprintf(b, " in `%s`", path)
	}
	fmt.Fprintf(b, "\n\n%s%s\n\n", spec.doc, repeats(spec, path))
	b.WriteString(attrTable(spec, name))
	for _, c := range spec.blocks {
		if c == match && path+spec.name != "hold" {
			continue // shown once
		}
		writeBlock(b, c, name, "####")
	}
}

func repeats(spec *block, path string) string {
	switch {
	case spec.each:
		return " Takes `for_each`."
	case spec.many && path != "":
		return " Repeatable."
	}
	return ""
}

func attrTable(spec *block, name string) string {
	if len(spec.attrs) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| `%s` | type | default | |\n| --- | --- | --- | --- |\n", name)
	for _, a := range spec.attrs {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", a.name, typeCell(a), defaultCell(a), docCell(a))
	}
	return b.String() + "\n"
}

func typeCell(a attr) string {
	switch {
	case len(a.enum) > 0:
		return string(a.kind) + ": `" + strings.Join(a.enum, "`, `") + "`"
	case len(a.refs) > 0:
		words := make([]string, len(a.refs))
		for i, k := range a.refs {
			words[i] = "`" + string(k) + "`"
		}
		return string(a.kind) + " to " + strings.Join(words, ", ")
	case a.bounded && a.high != unbounded && a.high != most:
		return fmt.Sprintf("%s, %v to %v", a.kind, a.low, a.high)
	case a.bounded:
		return fmt.Sprintf("%s, %v or more", a.kind, a.low)
	}
	return string(a.kind)
}

func defaultCell(a attr) string {
	switch v := a.def.(type) {
	case nil:
		if a.required {
			return "**required**"
		}
		return "-"
	case string:
		return "`\"" + v + "\"`"
	case schema.Term:
		return "`\"" + v.String() + "\"`"
	default:
		return fmt.Sprintf("`%v`", v)
	}
}

func docCell(a attr) string {
	if a.secret {
		return a.doc + " (secret)"
	}
	return a.doc
}

// SpecStores are the tables of the types of store.
func SpecStores() string {
	var b strings.Builder
	for _, t := range storeTypes {
		locks := "Cannot lock objects."
		if t.locks {
			locks = "Can lock objects."
		}
		fmt.Fprintf(&b, "#### `%s`\n\n%s %s\n\n", t.name, t.doc, locks)
		b.WriteString(attrTable(&block{attrs: t.source}, "source "+t.name))
		b.WriteString(attrTable(&block{attrs: t.dest}, "destination "+t.name))
	}
	return b.String()
}
