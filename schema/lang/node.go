package lang

import (
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// The methods below take an attribute out of a node as the type that its table
// promises; an absent one gives the zero value, or what the caller names.

func get[T any](n *node, name string) (T, bool) {
	v, ok := n.attrs[name].v.(T)
	return v, ok
}

func (n *node) str(name string) string {
	v, _ := get[string](n, name)
	return v
}

func (n *node) boolean(name string) bool {
	v, _ := get[bool](n, name)
	return v
}

func (n *node) tri(name string) schema.Tri {
	v, ok := get[bool](n, name)
	switch {
	case !ok:
		return schema.Unset
	case v:
		return schema.True
	}
	return schema.False
}

func (n *node) count(name string, absent int64) int64 {
	if v, ok := get[int64](n, name); ok {
		return v
	}
	return absent
}

func (n *node) float(name string, absent float64) float64 {
	if v, ok := get[float64](n, name); ok {
		return v
	}
	return absent
}

func (n *node) strings(name string) []string {
	v, _ := get[[]string](n, name)
	return v
}

func (n *node) strmap(name string) map[string]string {
	v, _ := get[map[string]string](n, name)
	return v
}

func (n *node) term(name string) *schema.Term {
	v, ok := get[schema.Term](n, name)
	if !ok {
		return nil
	}
	return &v
}

func (n *node) mustTerm(name string) schema.Term {
	v, _ := get[schema.Term](n, name)
	return v
}

func (n *node) ref(name string) addr.Resource {
	v, _ := get[addr.Resource](n, name)
	return v
}

func (n *node) refs(name string) []addr.Resource {
	v, _ := get[[]addr.Resource](n, name)
	return v
}

func (n *node) approvals(name string) []schema.Approval {
	v, _ := get[[]schema.Approval](n, name)
	return v
}

func (n *node) children(name string) []*node {
	var out []*node
	for _, c := range n.blocks {
		if c.spec.name == name {
			out = append(out, c)
		}
	}
	return out
}

func (n *node) child(name string) *node {
	if all := n.children(name); len(all) > 0 {
		return all[0]
	}
	return nil
}

// selector is the one inner block of a name that selects objects; nil without.
func (n *node) selector(name string) *schema.Selector {
	c := n.child(name)
	if c == nil {
		return nil
	}
	return buildSelector(c)
}
