package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/backstay/backstay/schema/diag"
)

// ruleKind is what the answers of a rule mean.
type ruleKind string

const (
	denyRule       ruleKind = "deny"           // subjects that fail
	warnRule       ruleKind = "warn"           // subjects to be looked at
	unknownRule    ruleKind = "unknown"        // subjects that lack the evidence to decide
	deferredRule   ruleKind = "deferred"       // subjects that plan decides
	subjectsRule   ruleKind = "subjects"       // addresses of the subjects met
	reasonRule     ruleKind = "not_applicable" // why there was no subject
	notAnEntryRule ruleKind = ""
)

// decides tells whether the rule's answers are results.
func (k ruleKind) decides() bool { return k != subjectsRule && k != reasonRule }

func (k ruleKind) result() Result {
	if k == denyRule {
		return Fail
	}
	return Result(k)
}

var (
	denyName = regexp.MustCompile(`^(deny|violation)(_[a-zA-Z0-9_]+)?$`)
	warnName = regexp.MustCompile(`^warn(_[a-zA-Z0-9_]+)?$`)
)

// kindOf reads the kind out of a rule's name, as conftest's users write it.
func kindOf(name string) ruleKind {
	switch {
	case denyName.MatchString(name):
		return denyRule
	case warnName.MatchString(name):
		return warnRule
	}
	switch k := ruleKind(name); k {
	case unknownRule, deferredRule, subjectsRule, reasonRule:
		return k
	}
	return notAnEntryRule
}

// A rule is one body of a deny, warn, ... rule. Each has its own name in the
// compiled set (alias), so that it is asked, traced and translated alone and
// that a finding names the very rule that spoke.
type rule struct {
	control  *control
	kind     ruleKind
	name     string // as written
	alias    string
	location *ast.Location
	metadata []*ast.Annotations // that stand right before the rule
	phases   []Phase
	members  []string // members of input that it reads, directly or through helpers, sorted
	scope    scope
	compiled *ast.Rule
	body     ast.Body // the query data.<pkg>.<alias> = x, compiled
	partial  ast.Body // data.<pkg>.<alias>[x] for sets, else as body
}

func (r *rule) in(p Phase) bool { return slices.Contains(r.phases, p) }

// scope is what a rule is asked about: once per run, or once per subject.
type scope string

const (
	onceScope    scope = "once"
	changeScope  scope = "change"
	summaryScope scope = "summary"
	copyScope    scope = "copy"
	objectScope  scope = "object"
	totalsScope  scope = "totals"
	waiversScope scope = "waivers"
)

// scopes orders the members that make a scope; the first that a rule reads
// decides.
var scopes = []scope{waiversScope, changeScope, copyScope, objectScope, summaryScope, totalsScope}

const aliasPrefix = "backstay_rule_"

// ruleName is the first word of a rule's head.
func ruleName(r *ast.Rule) string {
	if v, ok := r.Head.Ref()[0].Value.(ast.Var); ok {
		return string(v)
	}
	return ""
}

// addAliases gives every entry rule of a module a name of its own, numbered on
// within its package, and returns the rules so named. The originals stay where
// other rules may refer to them: else each would be compiled twice.
func addAliases(m *module, taken map[string]int, both bool) ([]*rule, diag.List) {
	var rules []*rule
	var diags diag.List
	in := packageName(m.parsed.Package.Path)
	for i, r := range slices.Clone(m.parsed.Rules) {
		name := ruleName(r)
		kind := kindOf(name)
		if kind == notAnEntryRule {
			continue
		}
		if why := oddHead(r); why != "" {
			diags = diags.Append(errorAt(regoRange(r.Location), "policy_odd_rule", "Policy rule has a shape that decides nothing", why))
			continue
		}
		if r.Default {
			continue
		}
		alias := fmt.Sprintf("%s%d", aliasPrefix, taken[in])
		taken[in]++
		if both {
			m.parsed.Rules = append(m.parsed.Rules, renamed(r, alias))
		} else {
			m.parsed.Rules[i] = renamed(r, alias)
		}
		rules = append(rules, &rule{kind: kind, name: name, alias: alias, location: r.Location, metadata: r.Annotations})
	}
	return rules, diags
}

// oddHead refuses heads whose values could not be read as messages.
func oddHead(r *ast.Rule) string {
	name := ruleName(r)
	switch {
	case len(r.Head.Args) > 0:
		return fmt.Sprintf("%s takes arguments, and nobody would give it any. Write `%s contains msg if { ... }`.", name, name)
	case r.Default && !isFalse(r.Head.Value):
		return fmt.Sprintf("A default of %s would hide that no rule held. Leave it out, or make it false.", name)
	case r.Default:
		return ""
	}
	if v := r.Head.Value; v != nil && r.Head.Key == nil && len(r.Head.Ref()) == 1 {
		switch v.Value.(type) {
		case *ast.Array, ast.Number, ast.Null:
			return fmt.Sprintf("%s is %s, which is no message: an array or a number would pass for an answer and decide nothing. Write `%s contains msg if { ... }`.", name, ast.ValueName(v.Value), name)
		}
	}
	return ""
}

func isFalse(t *ast.Term) bool { return t != nil && t.Value.Compare(ast.Boolean(false)) == 0 }

func renamed(r *ast.Rule, alias string) *ast.Rule {
	c := r.Copy()
	c.Module = r.Module
	for e := c; e != nil; e = e.Else {
		ref := e.Head.Ref().Copy()
		head := *ref[0]
		head.Value = ast.Var(alias)
		ref[0] = &head
		e.Head.SetRef(ref)
		if len(ref) == 1 {
			e.Head.Name = ast.Var(alias)
		}
	}
	return c
}

// packageName is "backstay.naming" of data.backstay.naming.
func packageName(path ast.Ref) string {
	parts := make([]string, 0, len(path))
	for _, t := range path[1:] {
		s, _ := t.Value.(ast.String)
		parts = append(parts, string(s))
	}
	return strings.Join(parts, ".")
}
