package policy

import (
	"context"

	"github.com/open-policy-agent/opa/v1/ast"
)

// native holds, for one scope, the rules of all controls with their predicates:
// what is left of a rule once everything but the subject is known, as far as it
// translates. Where it does not, the predicate lets the subject through and
// Rego decides.
type native struct {
	controls []nativeControl
	key      []int            // fields with few values, such as the action
	parts    map[string]*part // what is left of the controls for each value
	row      *row             // of the subject at hand
	hits     []hit            // reused between subjects
	decided  int64
}

// nativeControl is one control's part.
type nativeControl struct {
	control  *control
	count    *ControlCount
	subjects *predicate // nil: every subject counts
	exact    bool       // subjects needs no question to Rego
	asks     []*rule    // subject rules that Rego must be asked
	rules    []nativeRule
}

type nativeRule struct {
	rule *rule
	when *predicate
}

// hit is a control whose rules may have something to say of a subject.
type hit struct {
	control *control
	rules   []*rule
	met     bool
}

// maxConjunctions bounds what one rule may unfold to; beyond it Rego is asked
// about every subject.
const maxConjunctions = 256

// translate evaluates the rules of a scope partially, with the subject unknown.
func (t *tally) translate(ctx context.Context, s scope, unknown string, table fieldTable) (*native, error) {
	n := &native{key: table.key, parts: map[string]*part{}, row: newRow(len(table.kinds))}
	for _, c := range t.engine.controls {
		nc := nativeControl{control: c, count: t.counts[c], exact: true}
		declared := c.declaresSubjects(s, t.phase)
		if declared {
			nc.subjects = &predicate{}
		}
		for _, r := range c.rules {
			if r.scope != s || !r.in(t.phase) || r.kind == reasonRule {
				continue
			}
			p, err := t.predicateOf(ctx, r, unknown, table)
			if err != nil {
				return nil, err
			}
			if r.kind == subjectsRule {
				nc.subjects.any = append(nc.subjects.any, p.any...)
				nc.exact = nc.exact && p.exact()
				nc.asks = append(nc.asks, r)
				continue
			}
			if len(p.any) > 0 {
				nc.rules = append(nc.rules, nativeRule{r, p})
			}
		}
		if len(nc.rules) > 0 || len(nc.asks) > 0 || !declared && c.asks(s, t.phase) {
			n.controls = append(n.controls, nc)
		}
	}
	return n, nil
}

// predicateOf translates one rule.
func (t *tally) predicateOf(ctx context.Context, r *rule, unknown string, table fieldTable) (*predicate, error) {
	if t.engine.nativeOff {
		return always(), nil
	}
	q, done, err := t.query(ctx, r.partial, t.input(r.control))
	if err != nil {
		return nil, err
	}
	defer done()
	residuals, support, err := q.WithUnknowns([]*ast.Term{ast.MustParseTerm(unknown)}).PartialRun(ctx)
	if err != nil {
		return nil, t.engine.failed(err, r)
	}
	if len(residuals) > maxConjunctions {
		return always(), nil
	}
	tr := &translator{prefix: ast.MustParseRef(unknown), table: table, support: supportRules(support)}
	p := &predicate{}
	for _, body := range residuals {
		p.any = append(p.any, tr.conjunction(body))
	}
	return p, nil
}

func supportRules(modules []*ast.Module) map[string][]*ast.Rule {
	out := map[string][]*ast.Rule{}
	for _, m := range modules {
		for _, r := range m.Rules {
			key := m.Package.Path.Extend(r.Head.Ref()).String()
			out[key] = append(out[key], r)
		}
	}
	return out
}

// matching gives the controls that Rego has to be asked about a subject, and
// counts on the way what was decided without it. The slice is valid until the
// next call.
func (n *native) matching(of facts) []hit {
	n.hits = n.hits[:0]
	n.row.next(of)
	f := n.row
	part := n.part(f)
	n.decided += part.settled
	for i := range part.controls {
		nc := &part.controls[i]
		h := hit{control: nc.control}
		if nc.subjects == nil || nc.exact && nc.subjects.holds(f) {
			h.met = true
		} else if !nc.exact && nc.subjects.holds(f) {
			h.rules = append(h.rules, nc.asks...)
		}
		for _, nr := range nc.rules {
			if nr.when.holds(f) {
				h.rules = append(h.rules, nr.rule)
			}
		}
		if len(h.rules) > 0 {
			n.hits = append(n.hits, h)
			continue
		}
		n.decided++
		if h.met {
			nc.count.Subjects++
			nc.count.Pass++
		}
	}
	return n.hits
}
