package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/backstay/backstay/schema/diag"
)

// prepare works out what a rule reads and when it runs, and makes the queries
// that ask it: as OPA's compiler would, to which a test holds them.
func (e *Engine) prepare(r *rule, m *module) diag.List {
	ref := m.parsed.Package.Path.Append(ast.StringTerm(r.alias))
	r.compiled = e.ruleAt(ref)
	if r.compiled == nil {
		return diag.List{errorAt(regoRange(r.location), "policy_internal", "Policy rule was lost",
			fmt.Sprintf("The rule %s was not found after compilation: %v.", r.name, errBug))}
	}
	x := ast.VarTerm("x")
	r.body = ast.NewBody(ast.Equality.Expr(ast.NewTerm(ref), x))
	r.partial = r.body
	if r.compiled.Head.RuleKind() == ast.MultiValue {
		r.partial = ast.NewBody(ast.NewExpr(ast.NewTerm(ref.Append(x))))
	}
	return e.place(r)
}

func (e *Engine) ruleAt(ref ast.Ref) *ast.Rule {
	for _, r := range e.compiler.GetRulesWithPrefix(ref) {
		return r
	}
	return nil
}

// place finds the phases and the scope of a rule from the members it reads.
func (e *Engine) place(r *rule) diag.List {
	members := map[string]bool{}
	var diags diag.List
	for _, dep := range e.reached(r.compiled) {
		diags = append(diags, readMembers(dep, members)...)
	}
	r.members = sortedKeys(members)
	for _, p := range Phases {
		if !slices.ContainsFunc(r.members, func(m string) bool { return !inputShape().props[m].in(p) }) {
			r.phases = append(r.phases, p)
		}
	}
	if len(r.phases) == 0 {
		diags = diags.Append(errorAt(regoRange(r.location), "policy_no_phase", "Policy rule can run in no phase",
			fmt.Sprintf("The rule %s reads input.%s, and no phase has all of them. Split it into one rule for each phase.", r.name, strings.Join(r.members, ", input."))))
	}
	r.phases = narrowed(r)
	r.scope = onceScope
	for _, s := range scopes {
		if members[string(s)] {
			r.scope = s
			break
		}
	}
	return diags
}

// reached gives a rule and all rules it depends on.
func (e *Engine) reached(r *ast.Rule) []*ast.Rule {
	seen := map[*ast.Rule]bool{}
	var out []*ast.Rule
	var visit func(*ast.Rule)
	visit = func(r *ast.Rule) {
		if seen[r] {
			return
		}
		seen[r] = true
		out = append(out, r)
		for dep := range e.compiler.Graph.Dependencies(r) {
			if d, ok := dep.(*ast.Rule); ok {
				visit(d)
			}
		}
	}
	visit(r)
	return out
}

// readMembers notes the members of input that a rule reads. The whole input, or
// a member whose name is not known beforehand, cannot be placed in a phase.
func readMembers(r *ast.Rule, into map[string]bool) diag.List {
	var diags diag.List
	refuse := func(l *ast.Location) {
		if l == nil {
			l = r.Location
		}
		diags = diags.Append(errorAt(regoRange(l), "policy_whole_input", "Policy reads the input as a whole",
			"A rule must name the members of input that it reads, such as input.config or input.change: from them follow the phases in which it runs. Read the members one by one."))
	}
	inRef := map[*ast.Term]bool{}
	ast.WalkTerms(r, func(t *ast.Term) bool {
		switch v := t.Value.(type) {
		case ast.Ref:
			if !v[0].Equal(ast.InputRootDocument) {
				return false
			}
			inRef[v[0]] = true
			name, ok := memberName(v)
			if !ok {
				refuse(t.Location)
				return false
			}
			into[name] = true
		case ast.Var:
			if t.Equal(ast.InputRootDocument) && !inRef[t] {
				refuse(t.Location)
			}
		}
		return false
	})
	return diags
}

func memberName(v ast.Ref) (string, bool) {
	if len(v) < 2 {
		return "", false
	}
	s, ok := v[1].Value.(ast.String)
	if !ok || inputShape().props[string(s)] == nil {
		return "", false
	}
	return string(s), true
}

var phaseRef = ast.MustParseRef("input.phase")

// narrowed takes the phases that a rule excludes by comparing input.phase with
// a constant in its own body, by == or !=.
func narrowed(r *rule) []Phase {
	phases := r.phases
	isPhase := phaseTerms(r.compiled.Body)
	for _, expr := range r.compiled.Body {
		same := expr.IsEquality()
		if expr.Negated || !same && (!expr.IsCall() || !expr.Operator().Equal(ast.NotEqual.Ref())) {
			continue
		}
		a, b := expr.Operand(0), expr.Operand(1)
		if isPhase(b) {
			a, b = b, a
		}
		if name, isConst := b.Value.(ast.String); isConst && isPhase(a) {
			phases = slices.DeleteFunc(slices.Clone(phases), func(p Phase) bool { return same != (p == Phase(name)) })
		}
	}
	return phases
}

// phaseTerms tells input.phase, and the variables that the compiler put in its
// place, from other terms.
func phaseTerms(body ast.Body) func(*ast.Term) bool {
	var locals []ast.Value
	is := func(t *ast.Term) bool {
		ref, ok := t.Value.(ast.Ref)
		return ok && ref.Equal(phaseRef) || slices.ContainsFunc(locals, func(v ast.Value) bool { return v.Compare(t.Value) == 0 })
	}
	for _, expr := range body {
		if expr.Negated || !expr.IsEquality() {
			continue
		}
		if v, ok := expr.Operand(0).Value.(ast.Var); ok && is(expr.Operand(1)) {
			locals = append(locals, v)
		}
	}
	return is
}

// checkReach refuses rules of users' own packages that no entry rule reaches,
// and files whose package nothing reaches: both would be policies that are
// never asked.
func (e *Engine) checkReach() diag.List {
	reached := map[string]bool{}
	packages := map[string]bool{}
	for _, c := range e.controls {
		for _, r := range c.rules {
			for _, dep := range e.reached(r.compiled) {
				if name := ruleName(dep); !strings.HasPrefix(name, aliasPrefix) {
					reached[dep.Ref().GroundPrefix().String()] = true
				}
				packages[packageName(dep.Module.Package.Path)] = true
			}
		}
	}
	var diags diag.List
	for _, s := range e.sets {
		if s.shipped {
			continue
		}
		for _, m := range s.modules {
			if !m.isTest() {
				diags = append(diags, s.checkModule(m, reached, packages)...)
			}
		}
	}
	return diags
}

func (s *set) checkModule(m *module, reached, packages map[string]bool) diag.List {
	name := packageName(m.parsed.Package.Path)
	if !s.owns(m) {
		if packages[name] {
			return nil
		}
		return diag.List{errorAt(regoRange(m.parsed.Package.Location), "policy_other_package", "Policy file is in a package that is never asked",
			fmt.Sprintf("The package %s is none of %s, and no deny or warn rule reaches it: its rules would never be asked. Correct the package, or name it in `namespaces`.", name, strings.Join(s.namespaces, ", ")))}
	}
	var diags diag.List
	for _, r := range m.parsed.Rules {
		rn := ruleName(r)
		if strings.HasPrefix(rn, aliasPrefix) || kindOf(rn) != notAnEntryRule || reached[r.Ref().GroundPrefix().String()] {
			continue
		}
		diags = diags.Append(errorAt(headRange(r), "policy_unreached_rule", "Policy rule is never asked",
			fmt.Sprintf("No deny or warn rule reaches %q, so it decides nothing.%s", rn, nearestEntry(rn))))
	}
	return diags
}

// headRange is the name in a rule's head.
func headRange(r *ast.Rule) *diag.Range {
	out := regoRange(r.Location)
	if name := ruleName(r); out != nil && !r.Default {
		out.End = diag.Pos{Line: out.Start.Line, Column: out.Start.Column + len(name), Byte: out.Start.Byte + len(name)}
	}
	return out
}

// nearestEntry says which entry rule a name was probably meant to be.
func nearestEntry(name string) string {
	for _, entry := range []string{"deny", "warn", "violation", "unknown", "subjects"} {
		if distance(name, entry) <= 2 {
			return fmt.Sprintf(" Did you mean %q?", entry)
		}
	}
	return " Remove it, or call it from a deny or warn rule."
}
