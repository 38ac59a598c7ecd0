package lang

import (
	"path/filepath"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

func (l *loader) source(a addr.Resource, own []attr, n *node) *schema.Source {
	return &schema.Source{
		Addr: a, Origin: n.origin(), Place: n.place(),
		ContainsPHI:   n.tri("contains_phi"),
		Personal:      n.tri("personal"),
		Rights:        n.str("rights"),
		Subjects:      n.count("subjects", -1),
		NIHControlled: n.tri("nih_controlled"),
		DUAEnd:        n.str("dua_end"),
		Options:       l.options(n, own),
		Credentials:   credentials(n, own),
	}
}

func (l *loader) destination(a addr.Resource, own []attr, n *node) *schema.Destination {
	return &schema.Destination{
		Addr: a, Origin: n.origin(), Place: n.place(),
		Operator:      n.str("operator"),
		Media:         n.str("media"),
		Offline:       n.tri("offline"),
		ContainsPHI:   n.tri("contains_phi"),
		Restricted:    n.tri("restricted"),
		Deleters:      n.strings("deleters"),
		Archivist:     n.str("archivist"),
		Attested:      n.strings("attested"),
		AttestedUntil: n.str("attested_until"),
		Lockdown:      n.tri("lockdown"),
		BillTo:        n.str("bill_to"),
		Tier:          n.str("tier"),
		Encryption:    buildEncryption(n.child("encryption")),
		Options:       l.options(n, own),
		Credentials:   credentials(n, own),
	}
}

func (n *node) place() schema.Place {
	return schema.Place{Site: n.str("site"), Region: n.str("region"), Country: n.str("country"), Provider: n.str("provider")}
}

func buildEncryption(n *node) *schema.Encryption {
	if n == nil {
		return nil
	}
	return &schema.Encryption{
		Origin: n.origin(), Kind: n.str("kind"), Key: n.str("key"), KeyAccount: n.str("key_account"), Rotated: n.str("rotated"),
	}
}

// options are the attributes of the type. A path becomes absolute here, and
// only here: the digest is taken over what was written.
func (l *loader) options(n *node, own []attr) map[string]any {
	out := plainOptions(n, own)
	for _, a := range own {
		if a.kind != kPath {
			continue
		}
		if p, ok := out[a.name].(string); ok {
			out[a.name] = l.absolute(p)
		}
	}
	return out
}

func (l *loader) absolute(p string) string {
	p = filepath.FromSlash(p)
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(l.dir, p)
}

// plainOptions are attributes without secrets, as the types of JSON.
func plainOptions(n *node, attrs []attr) map[string]any {
	out := map[string]any{}
	for _, a := range attrs {
		v, ok := n.attrs[a.name]
		if !ok || a.secret {
			continue
		}
		out[a.name] = plain(v.v)
	}
	return out
}

// plain turns a normalised value into string, bool, float64, []any or
// map[string]any.
func plain(v any) any {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case schema.Term:
		return v.String()
	case []string:
		out := make([]any, len(v))
		for i, s := range v {
			out[i] = s
		}
		return out
	case map[string]string:
		out := map[string]any{}
		for k, s := range v {
			out[k] = s
		}
		return out
	}
	return v
}

func credentials(n *node, own []attr) map[string]string {
	var out map[string]string
	for _, a := range own {
		v, ok := n.attrs[a.name]
		if !ok || !a.secret {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[a.name] = v.v.(string)
	}
	return out
}
