package policy

import (
	"fmt"
	"strings"
)

// InputDocument is INPUT.md: what rules see, made from the Go types.
func InputDocument() string {
	var b strings.Builder
	b.WriteString(`# What a policy sees

Made from the Go types in this package; a test keeps it current. A rule runs in
each phase that has all members it reads. Absent values are absent members,
never null, zero or empty strings. Instants are RFC 3339 in UTC with
milliseconds and compare as strings; sizes are bytes; paths that are not UTF-8
come readable in ` + "`path` and as bytes in `path_b64`" + `. A duration NAME is
three members: NAME as written, and NAME_days and NAME_hours, whole and rounded
up, absent where NAME is "forever".

`)
	root := inputShape()
	for _, phase := range Phases {
		fmt.Fprintf(&b, "Phase `%s` has", phase)
		sep := " "
		for _, name := range root.order {
			if root.props[name].in(phase) {
				fmt.Fprintf(&b, "%s`input.%s`", sep, name)
				sep = ", "
			}
		}
		b.WriteString(".\n")
	}
	b.WriteString("\n| path | type | what it is |\n| --- | --- | --- |\n")
	root.document(&b, "input")
	return b.String()
}

func (s *shape) document(b *strings.Builder, path string) {
	for _, name := range s.order {
		p := s.props[name]
		fmt.Fprintf(b, "| `%s.%s` | %s | %s |\n", path, name, p.typeName(), p.about())
		p.below(b, path+"."+name)
	}
}

func (s *shape) below(b *strings.Builder, path string) {
	switch {
	case s.kind == arrayShape && s.elem.props != nil:
		s.elem.document(b, path+"[_]")
	case s.elem != nil && s.elem.props != nil:
		s.elem.document(b, path+"[name]")
	case s.props != nil:
		s.document(b, path)
	}
}

func (s *shape) typeName() string {
	switch {
	case s.kind == arrayShape:
		return "list of " + s.elem.typeName()
	case s.elem != nil:
		return "object of " + s.elem.typeName()
	}
	return string(s.kind)
}

func (s *shape) about() string {
	if s.enum == nil {
		return s.doc
	}
	list := "one of `" + strings.Join(s.enum, "` `") + "`"
	if s.doc == "" {
		return list
	}
	return s.doc + "; " + list
}
