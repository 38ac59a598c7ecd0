package policy

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/backstay/backstay/schema/diag"
)

// asker asks rules in one phase: the same configuration, phase and instant for
// all of them, converted once.
type asker struct {
	engine *Engine
	phase  Phase
	now    time.Time
	base   [][2]*ast.Term // members that all rules share
	params map[*control]*ast.Term
	places *places
	config Config
	rego   int64 // questions asked
}

// newAsker converts the configuration for one phase.
func (e *Engine) newAsker(phase Phase, now time.Time, extra ...termPair) *asker {
	a := &asker{engine: e, phase: phase, now: now, params: map[*control]*ast.Term{}, places: newPlaces()}
	b := &configBuilder{cfg: e.cfg, places: a.places, approved: e.signers, severity: e.severityOf, now: now}
	a.config = b.build()
	a.base = append([][2]*ast.Term{
		pair("phase", ast.StringTerm(string(phase))),
		pair("now", ast.StringTerm(instant(now))),
		pair("config", encode(a.config)),
	}, extra...)
	for _, c := range e.controls {
		a.params[c] = c.paramsTerm()
	}
	return a
}

func (e *Engine) severityOf(id string) Severity {
	if c := e.control(id); c != nil {
		return c.severity
	}
	return ""
}

// control finds a chosen control; ids are compared without case.
func (e *Engine) control(id string) *control {
	for _, c := range e.controls {
		if strings.EqualFold(c.id, id) {
			return c
		}
	}
	return nil
}

// termPair is one member of an OPA object.
type termPair = [2]*ast.Term

func pair(name string, v *ast.Term) termPair { return termPair{ast.StringTerm(name), v} }

// instant is the spelling of time in the input.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// input is the document that a rule of a control sees, with the subject in hand.
func (a *asker) input(c *control, subject ...termPair) *ast.Term {
	pairs := make([][2]*ast.Term, 0, len(a.base)+len(subject)+1)
	pairs = append(append(append(pairs, a.base...), pair("params", a.params[c])), subject...)
	return ast.ObjectTerm(pairs...)
}

func (a *asker) query(ctx context.Context, body ast.Body, input *ast.Term) (*topdown.Query, func(), error) {
	txn, err := a.engine.store.NewTransaction(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("open policy data: %w", err)
	}
	q := topdown.NewQuery(body).WithCompiler(a.engine.compiler).WithStore(a.engine.store).WithTransaction(txn).
		WithInput(input).WithStrictBuiltinErrors(true).WithTime(a.now).WithSeed(noChance{}).WithIndexing(!a.engine.unindexed)
	return q, func() { a.engine.store.Abort(ctx, txn) }, nil
}

// noChance is the source of chance of policies, which have none.
type noChance struct{}

func (noChance) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// ask gives the answers of one rule about one input.
func (a *asker) ask(ctx context.Context, r *rule, input *ast.Term) ([]answer, error) {
	a.rego++
	q, done, err := a.query(ctx, r.body, input)
	if err != nil {
		return nil, err
	}
	defer done()
	results, err := q.Run(ctx)
	if err != nil {
		return nil, a.engine.failed(err, r)
	}
	if len(results) == 0 {
		return nil, nil
	}
	answers, why := answersOf(r, results[0][ast.Var("x")])
	if why != "" {
		return nil, diag.Fail(errorAt(regoRange(r.location), "policy_odd_result", "Policy answered in an odd shape",
			fmt.Sprintf("The rule %s of %s answered with %s. An answer is a string, or an object with a string member `msg`; anything else would be lost.", r.name, r.control.id, why)))
	}
	return answers, nil
}

// answer is one message of a rule.
type answer struct {
	term     *ast.Term // the value as the rule's head gave it
	message  string
	address  string
	evidence any
	brake    string // a shipped control that is a brake names it
	allowed  bool   // and tells whether -allow lets it pass
}

// answersOf reads messages out of a rule's value; why is not empty where the
// value is none.
func answersOf(r *rule, v *ast.Term) (out []answer, why string) {
	if v == nil {
		return nil, ""
	}
	add := func(t *ast.Term) {
		a, odd := answerOf(t)
		if odd != "" {
			why = odd
			return
		}
		out = append(out, a)
	}
	switch x := v.Value.(type) {
	case ast.Set:
		x.Sorted().Foreach(add)
	case ast.Boolean:
		if x {
			add(ast.StringTerm(fmt.Sprintf("The rule %s of %s holds.", r.name, r.control.id)))
		}
	case ast.Object:
		if isPartialObject(r) {
			return partialObject(x)
		}
		add(v)
	default:
		add(v)
	}
	return out, why
}

// isPartialObject tells whether a rule was written deny[msg] if { ... }, which
// in Rego v1 makes an object of messages with the value true.
func isPartialObject(r *rule) bool { return len(r.compiled.Head.Ref()) > 1 }

func partialObject(x ast.Object) (out []answer, why string) {
	keys := x.Keys()
	slices.SortFunc(keys, func(a, b *ast.Term) int { return a.Value.Compare(b.Value) })
	for _, k := range keys {
		switch v := x.Get(k).Value.(type) {
		case ast.Boolean:
			if !v {
				continue
			}
		default:
			return nil, "an object whose values are not true"
		}
		a, odd := answerOf(k)
		if odd != "" {
			return nil, odd
		}
		out = append(out, a)
	}
	return out, ""
}

func answerOf(t *ast.Term) (answer, string) {
	switch v := t.Value.(type) {
	case ast.String:
		return answer{term: t, message: string(v)}, ""
	case ast.Object:
		msg, ok := stringMember(v, "msg")
		if !ok {
			return answer{}, "an object without a string member `msg`"
		}
		a := answer{term: t, message: msg}
		a.address, _ = stringMember(v, "address")
		a.brake, _ = stringMember(v, "brake")
		a.allowed = isTrue(v, "allowed")
		if ev := v.Get(ast.StringTerm("evidence")); ev != nil {
			a.evidence, _ = ast.JSON(ev.Value)
		}
		return a, ""
	}
	return answer{}, "a value of type " + ast.ValueName(t.Value)
}

func stringMember(o ast.Object, name string) (string, bool) {
	t := o.Get(ast.StringTerm(name))
	if t == nil {
		return "", false
	}
	s, ok := t.Value.(ast.String)
	return string(s), ok
}

func isTrue(o ast.Object, name string) bool {
	t := o.Get(ast.StringTerm(name))
	return t != nil && t.Value.Compare(ast.Boolean(true)) == 0
}
