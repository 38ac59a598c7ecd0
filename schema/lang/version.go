package lang

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/backstay/backstay/schema/diag"
)

// version is major, minor, patch. A pre-release counts as its release: someone
// who tries one wants to get past the constraint.
type version [3]int

// parseVersion reads 1, 1.2 or 1.2.3, with an optional v; n is how many numbers
// were written.
func parseVersion(s string) (v version, n int, ok bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "v")
	if i := strings.IndexAny(s, "-+"); i >= 0 {
		s = s[:i]
	}
	parts := strings.Split(s, ".")
	if len(parts) > len(v) {
		return v, 0, false
	}
	for i, p := range parts {
		x, err := strconv.ParseUint(p, 10, 31)
		if err != nil {
			return v, 0, false
		}
		v[i] = int(x)
	}
	return v, len(parts), true
}

func (v version) compare(w version) int {
	return cmp.Or(cmp.Compare(v[0], w[0]), cmp.Compare(v[1], w[1]), cmp.Compare(v[2], w[2]))
}

// satisfies tests a version against constraints such as ">= 0.1, < 2".
func satisfies(v version, constraints string) (bool, error) {
	all := true
	for _, c := range strings.Split(constraints, ",") {
		ok, err := satisfiesOne(v, strings.TrimSpace(c))
		if err != nil {
			return false, err
		}
		all = all && ok
	}
	return all, nil
}

func satisfiesOne(v version, c string) (bool, error) {
	op := c[:len(c)-len(strings.TrimLeft(c, "<>=!~"))]
	w, n, ok := parseVersion(c[len(op):])
	if !ok {
		return false, fmt.Errorf("%q is not a constraint: write an operator (=, !=, <, <=, >, >=, ~>) and a version, for example \">= 0.1\"", c)
	}
	d := v.compare(w)
	switch op {
	case "", "=":
		return d == 0, nil
	case "!=":
		return d != 0, nil
	case "<":
		return d < 0, nil
	case "<=":
		return d <= 0, nil
	case ">":
		return d > 0, nil
	case ">=":
		return d >= 0, nil
	case "~>":
		return d >= 0 && v.compare(next(w, n)) < 0, nil
	}
	return false, fmt.Errorf("%q is not an operator: use =, !=, <, <=, >, >= or ~>", op)
}

// next is the first version that ~> no longer allows: only the last written
// number may rise.
func next(w version, n int) version {
	i := max(n-2, 0)
	var out version
	copy(out[:i+1], w[:i+1])
	out[i]++
	return out
}

// checkVersion compares required_version with the program's version, before
// anything else: a newer language would look like a row of mistakes.
func (l *loader) checkVersion() bool {
	fits := true
	for _, raw := range l.rawOf(settings.name) {
		content, _, hd := raw.Body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "required_version"}}})
		a, ok := content.Attributes["required_version"]
		if !ok || hd.HasErrors() {
			continue
		}
		v, ok := l.literal(a, cty.String)
		if ok {
			fits = l.fitsVersion(rng(a.Expr.Range()), v.AsString()) && fits
		}
	}
	return fits
}

func (l *loader) fitsVersion(at diag.Range, constraints string) bool {
	have, _, ok := parseVersion(l.opts.Version)
	fits, err := satisfies(have, constraints)
	switch {
	case err != nil:
		l.fail(at, "invalid_version", "Invalid version constraint", "The attribute \"required_version\" cannot be read: "+err.Error()+".")
		return true
	case l.opts.Version == "" || !ok || fits: // a build without a number is a developer's
		return true
	}
	l.fail(at, "wrong_version", "Program has the wrong version",
		fmt.Sprintf("This configuration needs Backstay %s, and this is %s. Install a version that fits; nothing else was checked.", constraints, l.opts.Version))
	return false
}

// Released tells whether a program's version is one that constraints name. A
// pre-release, or a build that says no version, is named by none unless it is
// spelt out: what was validated is a release.
func Released(program, constraints string) bool {
	if release, _, _ := strings.Cut(program, "+"); strings.Contains(release, "-") {
		return strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(constraints), "=")) == release
	}
	v, _, ok := parseVersion(program)
	if !ok {
		return false
	}
	named, err := satisfies(v, constraints)
	return named && err == nil
}
