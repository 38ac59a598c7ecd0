package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Brought is one part of a policy set that Backstay does not ship: a module of
// a user's or organisation's Rego, or the data of a whole set.
type Brought struct {
	Name    string // "rules/deny.rego", or "rules data"
	Package string // of a module; "" for data
	Digest  string // of its meaning as far as text tells: comments and layout are not in it
}

// Brought lists what configuration and organisation bring, tests apart, in
// order of sets and names. Two sets with equal lists ask the same; of two that
// differ, text alone does not tell which is stricter.
func (e *Engine) Brought() ([]Brought, error) {
	var out []Brought
	for _, s := range e.sets {
		if s.shipped {
			continue
		}
		for _, m := range s.modules {
			if m.isTest() {
				continue
			}
			d, err := m.meaning()
			if err != nil {
				return nil, err
			}
			out = append(out, Brought{Name: path.Join(s.place(), m.base), Package: packageName(m.parsed.Package.Path), Digest: d})
		}
		data, err := json.Marshal(s.data) // object members in sorted order
		if err != nil {
			return nil, fmt.Errorf("digest the data of %s: %w", s.shown, err)
		}
		if len(s.data) > 0 {
			out = append(out, Brought{Name: s.place() + " data", Digest: digestOf(data)})
		}
	}
	return out, nil
}

// place is where a set comes from, the same for every folder that an
// organisation's set may lie in.
func (s *set) place() string {
	if s.label == "" {
		return "organisation"
	}
	return "policy." + s.label
}

// meaning is the digest of a module printed anew: what compiling adds to the
// parsed one is not in it.
func (m *module) meaning() (string, error) {
	parsed, err := ast.ParseModuleWithOpts(m.name, string(m.text), ast.ParserOptions{RegoVersion: ast.RegoV1, Capabilities: capabilities()})
	if err != nil {
		return "", fmt.Errorf("parse %s again: %w", m.name, err)
	}
	return digestOf([]byte(parsed.String())), nil
}

func digestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Order tells how the value after stands to the value before: above zero it is
// stricter, below zero looser, zero equal. ok is false where the direction does
// not order them: of two lists neither may hold the other. An absent value (nil)
// is the loosest.
func (p Parameter) Order(before, after any) (order int, ok bool) {
	switch {
	case before == nil && after == nil:
		return 0, true
	case before == nil:
		return 1, true
	case after == nil:
		return -1, true
	}
	if p.check(before) != "" || p.check(after) != "" {
		return 0, false
	}
	switch p.Direction {
	case "true", "false":
		want := p.Direction == "true"
		return boolRank(after == want) - boolRank(before == want), true
	case "superset", "subset":
		more, less := holds(after, before), holds(before, after)
		if !more && !less {
			return 0, false
		}
		order = boolRank(more) - boolRank(less)
		if p.Direction == "subset" {
			order = -order
		}
		return order, true
	case "higher", "lower":
		if p.Type != "number" && p.Type != "term" {
			return 0, fmt.Sprint(before) == fmt.Sprint(after)
		}
		order = p.compare(after, before)
		if p.Direction == "lower" {
			order = -order
		}
		return order, true
	}
	return 0, false
}

// holds tells whether every element of the second list is in the first.
func holds(a, b any) bool {
	for _, e := range b.([]any) {
		if !containsAny(a.([]any), e) {
			return false
		}
	}
	return true
}
