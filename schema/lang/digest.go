package lang

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// digestFormat is raised when the serialisation changes.
const digestFormat = 1

// digest collects the canonical form of a configuration, as spec.md says.
type digest struct {
	blocks map[string]any
	lists  map[string][]string
}

func newDigest() *digest { return &digest{blocks: map[string]any{}, lists: map[string][]string{}} }

// add takes a block of the top level. An address that ends in "#" is that of
// blocks without a name, which count as a set.
func (d *digest) add(address string, n *node) {
	c := canonical(n)
	if n.spec == settings && len(c) == 0 {
		return // a version or a state alone
	}
	if n.spec.many && len(n.spec.labels) == 0 {
		d.lists[address] = append(d.lists[address], string(encode(c)))
		return
	}
	d.blocks[address] = c
}

func (d *digest) sum() string {
	h := sha256.Sum256(d.text())
	return "sha256:" + hex.EncodeToString(h[:])
}

// text is what the digest is taken over.
func (d *digest) text() []byte {
	for address, list := range d.lists {
		slices.Sort(list)
		raw := make([]json.RawMessage, len(list))
		for i, s := range list {
			raw[i] = json.RawMessage(s)
		}
		d.blocks[address] = raw
	}
	return encode(map[string]any{"format": digestFormat, "blocks": d.blocks})
}

// canonical is a block as the types of JSON, by the words of the language.
func canonical(n *node) map[string]any {
	out := map[string]any{}
	for _, a := range n.spec.attrs {
		v, ok := n.attrs[a.name]
		if ok && !a.secret && a.name != "required_version" {
			out[a.name] = canonicalValue(v.v)
		}
	}
	for _, c := range n.spec.blocks {
		children := n.children(c.name)
		if len(children) == 0 || c.name == "state" {
			continue
		}
		out[c.name] = canonicalBlocks(c, children)
	}
	return out
}

func canonicalBlocks(spec *block, nodes []*node) any {
	switch {
	case len(spec.labels) > 0:
		byName := map[string]any{}
		for _, n := range nodes {
			byName[n.labels[0]] = canonical(n)
		}
		return byName
	case spec.many:
		list := make([]any, len(nodes))
		for i, n := range nodes {
			list[i] = canonical(n)
		}
		return list
	}
	return canonical(nodes[0])
}

func canonicalValue(v any) any {
	switch v := v.(type) {
	case schema.Term:
		return v.String()
	case addr.Resource:
		return v.String()
	case []addr.Resource:
		list := make([]string, len(v))
		for i, r := range v {
			list[i] = r.String()
		}
		return list
	case []schema.Approval:
		list := make([]map[string]string, len(v))
		for i, a := range v {
			list[i] = map[string]string{"by": a.By}
			if a.Signature != "" {
				list[i]["signature"] = a.Signature
			}
		}
		return list
	}
	return v
}

// encode is JSON with sorted keys, without white space and without HTML
// escapes.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("a decoded value is not JSON; this is a bug: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
