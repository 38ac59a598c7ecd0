package policy

import (
	"errors"
	"fmt"
	"slices"

	"github.com/backstay/backstay/schema/diag"
)

var errBug = errors.New("this is a bug in Backstay")

// controlOf finds or makes the control that a rule belongs to.
func (e *Engine) controlOf(s *set, m *module, r *rule) (*control, diag.List) {
	c := &control{severity: Overridable, shipped: s.shipped, pkg: m.parsed.Package.Path, location: r.location, params: map[string]any{}}
	if r.kind == warnRule {
		c.severity = Advisory
	}
	c.id = packageName(c.pkg) + "/" + s.controlName(r)
	c.title = c.id
	as := e.compiler.GetAnnotationSet()
	meta := as.GetPackageScope(m.parsed.Package)
	if len(r.metadata) > 0 && !s.shipped {
		meta = r.metadata[0]
	}
	if diags := c.describe(meta); diags.HasErrors() {
		return nil, diags
	}
	if got, ok := e.byID[c.id]; ok {
		if !got.pkg.Equal(c.pkg) {
			return nil, diag.List{errorAt(regoRange(r.location), "policy_duplicate_id", "Two policies have one id",
				fmt.Sprintf("The id %s is taken by package %s. Findings and waivers name controls by id: give this one another.", c.id, packageName(got.pkg)))}
		}
		return got, nil
	}
	if c.title == "" {
		c.title = c.id
	}
	e.add(s, c)
	return c, nil
}

// controlName is the rule name under which a user's rules are counted: what a
// package says of subjects and of missing evidence belongs to its deny rules.
func (s *set) controlName(r *rule) string {
	switch r.kind {
	case denyRule, warnRule:
		return r.name
	}
	return string(denyRule)
}

func (e *Engine) add(s *set, c *control) {
	if !s.shipped {
		for name, v := range s.params {
			c.params[name] = v
		}
		c.packs = []string{s.name()}
	}
	e.byID[c.id] = c
	at, _ := slices.BinarySearchFunc(e.controls, c.id, func(a *control, id string) int { return compareStrings(a.id, id) })
	e.controls = slices.Insert(e.controls, at, c)
}

// name is what a set is called in counts.
func (s *set) name() string {
	if s.label == "" {
		return "organisation"
	}
	return "policy." + s.label
}
