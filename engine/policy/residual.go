package policy

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// residual is what is left of a rule once everything but the subject and the
// moment is known.
type residual struct {
	rule  *rule
	level Level
	any   []conjunction
	exact bool   // any says all that the rule decides
	text  string // what is left, without wording: equal texts decide alike
	same  string // the rule itself and all that it reads: equal ones decide alike under every configuration
}

// residuals are those of all rules of a scope that decide in a phase.
func (t *tally) residuals(ctx context.Context, s scope, unknown string, table fieldTable) ([]*residual, error) {
	var out []*residual
	for _, c := range t.engine.controls {
		for _, r := range c.rules {
			if r.scope != s || !r.in(t.phase) || r.level() == Silent {
				continue
			}
			one, err := t.residual(ctx, r, unknown, table)
			if err != nil {
				return nil, err
			}
			out = append(out, one)
		}
	}
	return out, nil
}

// residual evaluates one rule partially. What a run knows of itself and the
// moment at which it runs stay unknown: they differ from run to run.
func (t *tally) residual(ctx context.Context, r *rule, unknown string, table fieldTable) (*residual, error) {
	out := &residual{rule: r, level: r.level(), same: t.engine.identity(r)}
	q, done, err := t.query(ctx, r.partial, t.input(r.control))
	if err != nil {
		return nil, err
	}
	defer done()
	unknowns := []*ast.Term{ast.MustParseTerm(unknown), ast.MustParseTerm("input.run"), ast.NewTerm(nowRef)}
	bodies, support, err := q.WithUnknowns(unknowns).PartialRun(ctx)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("evaluate a rule of %s: %w", r.control.id, ctx.Err())
	}
	if err != nil { // for this configuration it fails whatever the subject is
		out.any, out.text = always().any, r.alias+" raises an error: "+err.Error()
		return out, nil
	}
	now := textOf(instant(t.now))
	tr := &translator{prefix: ast.MustParseRef(unknown), table: table, support: supportRules(support), now: &now}
	out.exact = len(bodies) <= maxConjunctions
	for _, body := range bodies {
		if len(out.any) == maxConjunctions {
			break
		}
		c := tr.conjunction(body)
		out.any, out.exact = append(out.any, c), out.exact && c.exact
	}
	out.text = canonical(bodies, support)
	return out, nil
}

// level is what it means for a subject that the rule speaks of it.
func (r *rule) level() Level {
	switch {
	case r.kind == warnRule, (r.kind == denyRule || r.kind == unknownRule) && r.control.severity == Advisory:
		return Warned
	case r.kind != denyRule && r.kind != unknownRule:
		return Silent
	case r.control.severity == Mandatory:
		return Denied
	}
	return Waivable
}

var (
	madeNames  = regexp.MustCompile(`__local[0-9]+__[0-9]*|__not[0-9_]+__|` + aliasPrefix + `[0-9]+`)
	wordedCall = ast.Sprintf.Ref()
)

// renumbered gives names that the compiler made names by their order, so that
// where a rule stands among others does not matter.
func renumbered(text string) string {
	names := map[string]string{}
	return madeNames.ReplaceAllStringFunc(text, func(s string) string {
		if names[s] == "" {
			names[s] = fmt.Sprintf("_%d", len(names))
		}
		return names[s]
	})
}

// canonical is the text of a residual without its wording.
func canonical(bodies []ast.Body, support []*ast.Module) string {
	var b strings.Builder
	for _, body := range bodies {
		for _, e := range body {
			b.WriteString(unworded(e).String() + "\n")
		}
		b.WriteString("or\n")
	}
	for _, m := range support {
		b.WriteString(m.Package.String() + "\n")
		for _, r := range m.Rules {
			b.WriteString(r.String() + "\n")
		}
	}
	return renumbered(b.String())
}

// unworded is an expression with the texts taken out that only make a message.
func unworded(e *ast.Expr) *ast.Expr {
	e = e.Copy()
	blank := func(t *ast.Term) {
		if _, ok := t.Value.(ast.String); ok {
			t.Value = ast.String("")
		}
	}
	if e.IsCall() && e.Operator().Equal(wordedCall) && len(e.Operands()) > 0 {
		blank(e.Operand(0))
	}
	if e.IsEquality() && !e.Negated {
		for i, t := range e.Operands() {
			if v, ok := t.Value.(ast.Var); ok && (v == "x" || v.IsWildcard()) {
				blank(e.Operand(1 - i))
			}
		}
	}
	ast.WalkTerms(e, func(t *ast.Term) bool {
		switch v := t.Value.(type) {
		case ast.Call:
			if len(v) > 1 && v[0].Value.Compare(wordedCall) == 0 {
				blank(v[1])
			}
		case ast.Object:
			if msg := v.Get(ast.StringTerm("msg")); msg != nil {
				blank(msg)
			}
		}
		return false
	})
	return e
}

// identity is a digest of a rule, of all rules that it reaches and of the data
// and parameters that they read.
func (e *Engine) identity(r *rule) string {
	return e.identityOf(r, true)
}

// identityKey names a digest that a comparison asks for again and again.
type identityKey struct {
	rule       *rule
	withParams bool
}

func (e *Engine) identityOf(r *rule, withParams bool) string {
	key := identityKey{r, withParams}
	id, known := e.identities[key]
	if !known {
		id = e.makeIdentity(r, withParams)
		if e.identities != nil {
			e.identities[key] = id
		}
	}
	return id
}

func (e *Engine) makeIdentity(r *rule, withParams bool) string {
	texts := []string{}
	data, params := map[string]bool{}, false
	for _, dep := range e.reached(r.compiled) {
		where := ""
		if dep != r.compiled {
			where = dep.Module.Package.Path.String() + " "
		}
		texts = append(texts, renumbered(where+dep.String()))
		ast.WalkRefs(dep, func(ref ast.Ref) bool {
			if len(ref) < 2 {
				return false
			}
			name, _ := ref[1].Value.(ast.String)
			if ref[0].Equal(ast.DefaultRootDocument) && e.data[string(name)] != nil {
				data[string(name)] = true
			}
			params = params || ref[0].Equal(ast.InputRootDocument) && name == "params"
			return false
		})
	}
	slices.Sort(texts)
	for _, name := range sortedKeys(data) {
		texts = append(texts, name+" "+jsonText(e.data[name]))
	}
	if params && withParams {
		texts = append(texts, r.control.paramsTerm().String())
	}
	return digestOf([]byte(strings.Join(texts, "\n")))
}

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
