package policy

import "strings"

// group is a number of dimensions that are compared with each other, directly
// or by way of others, with the marks of all.
type group struct {
	marks marks
	size  int
}

// class tells which dimensions can be compared with each other by cells.
func class(name string) string {
	_, member, inside := strings.Cut(name, ".")
	if !inside {
		member = name
	}
	switch member {
	case "remaining", "copies_before", "copies_after", "size", "seq":
		return "number"
	case "copied_at", "verified_at", "retired_at", "retain_until", "locked_until":
		return "instant"
	case "address", "backup", "copy", "destination", "source", "path", "id", "class", "key", "digest", "term_reason":
		return "text"
	}
	return "listed"
}

// carriers are the dimensions that a path's values come from.
func carriers(path string) (out []string) {
	for _, name := range dimsOf(path) {
		if c := class(name); c != "listed" || name == path {
			out = append(out, name)
		}
	}
	if path == "bytes" {
		return []string{"object.size", "before.size"}
	}
	return out
}

// groups joins the dimensions that tests compare with each other.
func (s *changeSpace) groups() map[string]*group {
	out := map[string]*group{}
	for _, f := range changeFields {
		for _, name := range dimsOf(f.path) {
			if class(name) != "listed" && out[name] == nil {
				out[name] = &group{size: 1}
			}
		}
	}
	for _, f := range changeFields {
		if m := s.marks[f.path]; m != nil {
			s.spread(out, f.path, m)
		}
	}
	for _, f := range changeFields {
		if m := s.marks[f.path]; m != nil {
			s.join(out, f.path, m)
		}
	}
	return out
}

// spread gives the marks of a path to the dimensions that carry it.
func (s *changeSpace) spread(groups map[string]*group, path string, m *marks) {
	_, member, _ := strings.Cut(path, ".")
	for _, name := range carriers(path) {
		g := groups[name]
		if g == nil {
			continue
		}
		switch {
		case path == "term_change" || path == "lock_change": // the two are compared with each other
		case member == "term_over" || member == "locked":
			g.marks.now = true
		case member == "retired_days":
			g.marks.numbers = append(g.marks.numbers, m.numbers...)
			g.marks.odd = g.marks.odd || m.odd || len(m.peers) > 0
		default:
			g.marks.merge(m)
		}
		if path == "bytes" && len(m.peers) > 0 {
			g.marks.numbers = append(g.marks.numbers, 0) // what a folder weighs
		}
	}
}

// join unites the groups of a path and of its peers.
func (s *changeSpace) join(groups map[string]*group, path string, m *marks) {
	own := carriers(path)
	if path == "term_change" || path == "lock_change" {
		unite(groups, own[0], own[1])
	}
	for _, id := range m.peers {
		for _, a := range own {
			for _, b := range carriers(changeFields[id].path) {
				unite(groups, a, b)
			}
		}
	}
}

func unite(groups map[string]*group, a, b string) {
	x, y := groups[a], groups[b]
	if x == nil || y == nil || class(a) != class(b) {
		for _, g := range []*group{x, y} {
			if g != nil {
				g.marks.odd = true
			}
		}
		return
	}
	if x == y {
		return
	}
	x.marks.merge(&y.marks)
	x.size += y.size
	for name, g := range groups {
		if g == y {
			groups[name] = x
		}
	}
}
