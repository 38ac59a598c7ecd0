package policy

import "slices"

// A part is what is left of all controls for subjects that share the key
// fields: a change that copies meets few rules, and those alone are tried.
type part struct {
	controls []nativeControl
	settled  int64 // controls that no such subject can concern
}

// part finds or makes the part for a subject.
func (n *native) part(f facts) *part {
	var space [48]byte
	key := space[:0]
	for _, id := range n.key {
		switch v := fieldAt(f, id); v.kind {
		case stringValue:
			key = append(append(append(key, byte(v.kind)), v.s...), 0)
		case boolValue:
			key = append(key, byte(v.kind), byte(boolRank(v.b)))
		default:
			key = append(key, byte(v.kind))
		}
	}
	if p, ok := n.parts[string(key)]; ok {
		return p
	}
	p := &part{}
	for i := range n.controls {
		if nc, concerned := n.controls[i].fixed(n.key, f); concerned {
			p.controls = append(p.controls, nc)
		} else {
			p.settled++
		}
	}
	n.parts[string(key)] = p
	return p
}

// fixed decides every test that depends on the key fields alone.
func (nc *nativeControl) fixed(key []int, f facts) (nativeControl, bool) {
	out := *nc
	out.rules = nil
	if nc.subjects != nil {
		out.subjects = nc.subjects.fixed(key, f)
	}
	for _, nr := range nc.rules {
		if p := nr.when.fixed(key, f); len(p.any) > 0 {
			out.rules = append(out.rules, nativeRule{nr.rule, p})
		}
	}
	return out, len(out.rules) > 0 || out.subjects == nil || len(out.subjects.any) > 0
}

func (p *predicate) fixed(key []int, f facts) *predicate {
	out := &predicate{}
	for _, c := range p.any {
		left := conjunction{exact: c.exact}
		possible := true
		for _, t := range c.all {
			if slices.ContainsFunc(t.fields, func(id int) bool { return !slices.Contains(key, id) }) {
				left.all = append(left.all, t)
			} else if !t.holds(f) {
				possible = false
			}
		}
		if possible {
			out.any = append(out.any, left)
		}
	}
	return out
}
