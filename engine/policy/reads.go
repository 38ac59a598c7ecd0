package policy

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/backstay/backstay/schema/diag"
)

// locate asks a failing rule once more, watched, and finds for each answer the
// place in the HCL that it is about: the attribute that the rule read last,
// reads for the message's wording left out; for an absent block its parent.
func (a *asker) locate(ctx context.Context, r *rule, input *ast.Term) (map[string][]readPath, error) {
	t := &watcher{rule: r.compiled, compiler: a.engine.compiler, reads: map[string][]readPath{}}
	q, done, err := a.query(ctx, r.body, input)
	if err != nil {
		return nil, err
	}
	defer done()
	q = q.WithQueryTracer(t).WithIndexing(false).WithEarlyExit(false)
	if _, err := q.Run(ctx); err != nil {
		return nil, a.engine.failed(err, r)
	}
	return t.reads, nil
}

// watcher notes the variables of each way in which a rule's body held.
type watcher struct {
	rule     *ast.Rule
	compiler *ast.Compiler
	reads    map[string][]readPath
}

var _ topdown.QueryTracer = (*watcher)(nil)

func (*watcher) Enabled() bool               { return true }
func (*watcher) Config() topdown.TraceConfig { return topdown.TraceConfig{PlugLocalVars: true} }

func (w *watcher) TraceEvent(e topdown.Event) {
	r, ok := e.Node.(*ast.Rule)
	if !ok || e.Op != topdown.ExitOp || r != w.rule || e.Locals == nil {
		return
	}
	head := r.Head.Key
	if head == nil && len(r.Head.Ref()) > 1 {
		head = r.Head.Ref()[len(r.Head.Ref())-1]
	}
	if head == nil {
		head = r.Head.Value
	}
	key := plug(head, e.Locals).String()
	if _, seen := w.reads[key]; !seen {
		w.reads[key] = readsOf(w.compiler, r, e.Locals)
	}
}

func plug(t *ast.Term, locals *ast.ValueMap) *ast.Term {
	if t == nil {
		return ast.NullTerm()
	}
	if v := locals.Get(t.Value); v != nil {
		return ast.NewTerm(v)
	}
	// A value is changed in place, and this one is part of the compiled rule.
	out, err := ast.TransformVars(t.Copy().Value, func(v ast.Var) (ast.Value, error) {
		if x := locals.Get(v); x != nil {
			return x, nil
		}
		return v, nil
	})
	if got, ok := out.(ast.Value); ok && err == nil {
		return ast.NewTerm(got)
	}
	return t
}

// readsOf lists the input paths that a rule's body reads, in the body's order,
// with the array positions of one solution; helpers that it calls included.
func readsOf(c *ast.Compiler, r *ast.Rule, locals *ast.ValueMap) []readPath {
	s := &reader{compiler: c, locals: locals, paths: map[ast.Var]readPath{}}
	s.body(r.Body, wording(r))
	if len(s.reads) == 0 {
		s.body(r.Body, nil)
	}
	return s.reads
}

type reader struct {
	compiler *ast.Compiler
	locals   *ast.ValueMap
	paths    map[ast.Var]readPath // variables that stand for a part of the input
	reads    []readPath
	depth    int
}

func (s *reader) body(b ast.Body, skip map[*ast.Expr]bool) {
	for _, expr := range b {
		s.bindings(expr)
		if !skip[expr] && !keeps(expr) {
			s.expr(expr)
		}
	}
}

// bindings follows x = input.config.backups[i] and x = y.
func (s *reader) bindings(e *ast.Expr) {
	if e.Negated || !e.IsEquality() {
		return
	}
	for i, side := range e.Operands() {
		v, ok := side.Value.(ast.Var)
		if !ok {
			continue
		}
		if p, ok := s.path(e.Operand(1 - i).Value); ok && s.paths[v] == nil {
			s.paths[v] = p
		}
	}
}

// path resolves a reference or variable to a path of the input.
func (s *reader) path(v ast.Value) (readPath, bool) {
	switch x := v.(type) {
	case ast.Var:
		p, ok := s.paths[x]
		return p, ok
	case ast.Ref:
		var p readPath
		rest := x[1:]
		if head, ok := x[0].Value.(ast.Var); !ok {
			return nil, false
		} else if base, known := s.paths[head]; known {
			p = slices.Clone(base)
		} else if !x[0].Equal(ast.InputRootDocument) {
			return nil, false
		}
		for _, t := range rest {
			step, ok := s.step(t)
			if !ok {
				break
			}
			p = append(p, step)
		}
		return p, len(p) > 0
	}
	return nil, false
}

func (s *reader) step(t *ast.Term) (any, bool) {
	v := t.Value
	if s.locals != nil {
		if bound := s.locals.Get(v); bound != nil {
			v = bound
		}
	}
	switch x := v.(type) {
	case ast.String:
		return string(x), true
	case ast.Number:
		n, err := strconv.Atoi(string(json.Number(x)))
		return n, err == nil
	}
	return nil, false
}

const maxHelperDepth = 6

// expr notes what one expression reads and follows the helpers it calls.
func (s *reader) expr(e *ast.Expr) {
	ast.WalkTerms(e, func(t *ast.Term) bool {
		ref, ok := t.Value.(ast.Ref)
		if !ok {
			if p, known := s.path(t.Value); known {
				s.reads = append(s.reads, p)
			}
			return false
		}
		if p, known := s.path(ref); known {
			s.reads = append(s.reads, p)
			return true
		}
		if ref[0].Equal(ast.DefaultRootDocument) {
			s.helper(ref, e)
		}
		return false
	})
}

func (s *reader) helper(ref ast.Ref, e *ast.Expr) {
	if s.depth >= maxHelperDepth {
		return
	}
	for _, r := range s.compiler.GetRules(ref) {
		inner := &reader{compiler: s.compiler, paths: map[ast.Var]readPath{}, depth: s.depth + 1}
		if e.IsCall() && e.Operator().Equal(ref) {
			for i, arg := range r.Head.Args {
				v, isVar := arg.Value.(ast.Var)
				if !isVar || i >= len(e.Operands()) {
					continue
				}
				if p, ok := s.path(e.Operand(i).Value); ok {
					inner.paths[v] = p
				}
			}
		}
		inner.body(r.Body, nil)
		s.reads = append(s.reads, inner.reads...)
	}
}

// wording finds the expressions that only make the message: whatever feeds the
// rule's head and nothing else.
func wording(r *ast.Rule) map[*ast.Expr]bool {
	out := map[*ast.Expr]bool{}
	uses := map[ast.Var]int{}
	count := func(x any, by int) {
		ast.WalkVars(x, func(v ast.Var) bool { uses[v] += by; return false })
	}
	for _, e := range r.Body {
		if !keeps(e) {
			count(e, 1)
		}
	}
	for changed := true; changed; {
		changed = false
		for i := len(r.Body) - 1; i >= 0; i-- {
			e := r.Body[i]
			if out[e] || keeps(e) {
				continue
			}
			// A value that no expression left uses is wording: it can only have
			// gone into the head.
			if v, ok := defines(e); ok && uses[v] == 1 {
				out[e], changed = true, true
				count(e, -1)
			}
		}
	}
	return out
}

// defines gives the variable that an expression does nothing but set.
func defines(e *ast.Expr) (ast.Var, bool) {
	if e.Negated || !e.IsCall() {
		return "", false
	}
	operands := e.Operands()
	if e.IsEquality() {
		for i := range operands {
			if v, ok := operands[i].Value.(ast.Var); ok && v.IsGenerated() {
				return v, true
			}
		}
		return "", false
	}
	if len(operands) < 2 {
		return "", false
	}
	v, ok := operands[len(operands)-1].Value.(ast.Var)
	return v, ok && v.IsGenerated()
}

// best picks the place of a finding from what a rule read: the last read that
// is an attribute or an absent block; the label of a block only where there is
// nothing better.
func (p *places) best(reads []readPath) (r *diag.Range, address string) {
	for i := len(reads) - 1; i >= 0; i-- {
		path := reads[i]
		if len(path) == 0 || path[0] != "config" {
			continue
		}
		if address == "" {
			address = p.addressOf(path)
		}
		last, _ := path[len(path)-1].(string)
		at, attribute, ok := p.at(path)
		if !ok {
			continue
		}
		label := last == "name" || last == "address" || last == "type" || last == ""
		if attribute || !label {
			return &at, cmp.Or(p.addressOf(path), address)
		}
		if r == nil {
			r = &at
		}
	}
	return r, address
}
