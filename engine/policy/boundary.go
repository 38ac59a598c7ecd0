package policy

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/backstay/backstay/schema/diag"
)

// Boundary is a place where the answer of a rule changes: two subjects that
// differ in one member, of which the rule speaks of the first and not of the
// second. Rego judged both.
type Boundary struct {
	Rule   string      `json:"rule"` // control and name
	Range  *diag.Range `json:"range,omitempty"`
	Phase  Phase       `json:"phase"`
	Member string      `json:"member"` // of the input: change, copy or object
	Path   string      `json:"path"`   // the member that differs
	Speaks string      `json:"speaks"` // its value where the rule speaks
	Silent string      `json:"silent"` // and where it does not
	// Subject is the subject that the rule speaks of.
	Subject map[string]any `json:"subject"`
}

// Boundaries looks for the boundaries of all rules that look at single changes,
// copies and objects, and for rules that can never hold. With shipped the
// library's rules are looked at too.
func (e *Engine) Boundaries(ctx context.Context, now time.Time, shipped bool) ([]Boundary, []Gap, error) {
	c := &comparing{now: now.Truncate(time.Millisecond), old: e, new: e}
	s := &survey{comparing: c, ctx: ctx}
	for _, r := range c.realms() {
		side, err := c.side(ctx, e, r)
		if err != nil {
			return nil, nil, err
		}
		m := newMarks(r.table.kinds)
		for _, x := range side.rules {
			m.add(x.any)
		}
		s.realm, s.side, s.space = r, side, r.space(m, &side.tally.config)
		for _, x := range side.rules {
			if x.rule.control.shipped && !shipped {
				continue
			}
			if err := s.rule(x); err != nil {
				return nil, nil, err
			}
		}
	}
	return s.found, s.gaps, nil
}

// survey is a search for boundaries under way.
type survey struct {
	*comparing
	ctx   context.Context
	realm realm
	side  *sideIn
	space subjects
	found []Boundary
	gaps  []Gap
}

func (s *survey) rule(x *residual) error {
	reached, sure := false, x.exact
	for i := range x.any {
		ok, exact, err := s.conjunction(x, &x.any[i])
		if err != nil {
			return err
		}
		reached, sure = reached || ok, sure && exact
	}
	switch {
	case reached || x.rule.readsConfig() && sure:
		return nil // of what this configuration does not have, nothing can be said
	case sure:
		s.gap("never_holds", x, "No "+s.noun()+" can make this rule hold: its conditions exclude each other. It decides nothing.")
	default:
		s.gap("not_judged", x, "No "+s.noun()+" was found that this rule speaks of; it is outside what can be searched exactly. Write tests for it by hand.")
	}
	return nil
}

func (s *survey) noun() string {
	switch s.realm.scope {
	case copyScope:
		return "copy"
	case objectScope:
		return "object"
	}
	return "change"
}

func (s *survey) gap(kind string, x *residual, detail string) {
	s.gaps = append(s.gaps, Gap{Kind: kind, Rule: s.name(x), Range: regoRange(x.rule.location), Detail: detail})
}

func (s *survey) name(x *residual) string { return x.rule.control.id + " " + x.rule.name }

// conjunction finds a subject for which a conjunction holds, and what has to
// change for the rule to be silent. exact tells whether it is sure that there is
// none.
func (s *survey) conjunction(x *residual, goal *conjunction) (reached, exact bool, err error) {
	cells := s.space.cells()
	asked := 0
	var h *search
	h = newSearch(cells, func() bool {
		if asked++; asked > maxAsked {
			h.over = true
			return true
		}
		s.space.fill(h.has)
		reached, err = s.speaks(x)
		if reached {
			s.edges(x, goal, h)
		}
		return reached || err != nil
	})
	h.run(goal, nil)
	return reached, cells.covers(goal) && !h.over && asked == 0, err
}

// speaks asks Rego whether a rule speaks of the subject at hand.
func (s *survey) speaks(x *residual) (bool, error) {
	t := s.side.tally
	answers, err := t.ask(s.ctx, x.rule, t.input(x.rule.control, s.space.input()))
	var failed *diag.Failure
	if errors.As(err, &failed) && s.ctx.Err() == nil {
		return false, nil
	}
	return len(answers) > 0, err
}

// edges finds for every member that a conjunction asks the nearest two values
// between which the rule falls silent.
func (s *survey) edges(x *residual, goal *conjunction, h *search) {
	cells := s.space.cells()
	done := map[int]bool{}
	for i := range goal.all {
		for _, id := range goal.all[i].fields {
			for _, d := range cells.reads[id] {
				if !done[d] && h.chosen[d] {
					done[d] = true
					s.edge(x, goal, id, d, h)
				}
			}
		}
	}
}

// edge looks along one dimension.
func (s *survey) edge(x *residual, goal *conjunction, id, d int, h *search) {
	cells := s.space.cells()
	holds := make([]bool, cells.dims[d].size)
	values := make([]value, cells.dims[d].size)
	field := s.shownField(id, d)
	for i := range holds {
		cells.dims[d].set(i)
		holds[i], values[i] = x.holds(cells.facts) && (cells.allowed == nil || cells.allowed(h.has)), cells.facts.field(field)
	}
	in, out := nearestPair(holds, values)
	if in < 0 {
		cells.dims[d].set(max(slices.Index(holds, true), 0))
		return
	}
	cells.dims[d].set(out)
	silent, err1 := s.speaks(x)
	cells.dims[d].set(in)
	spoken, err2 := s.speaks(x)
	if err1 != nil || err2 != nil || silent || !spoken {
		return // natively it is an edge, and Rego does not say so
	}
	member := s.space.input()
	doc, err := ast.JSON(member[1].Value)
	if err != nil {
		return
	}
	subject, _ := doc.(map[string]any)
	name, _ := member[0].Value.(ast.String)
	s.found = append(s.found, Boundary{
		Rule: s.name(x), Range: regoRange(x.rule.location), Phase: s.realm.phase, Member: string(name), Path: s.path(field),
		Speaks: values[in].String(), Silent: values[out].String(), Subject: subject,
	})
}

func (r *residual) holds(f facts) bool { return (&predicate{any: r.any}).holds(f) }

// shownField is the member that shows a dimension: the one of its name, or else
// the one that a rule reads.
func (s *survey) shownField(id, d int) int {
	if own, ok := s.realm.table.ids[s.space.cells().dims[d].name]; ok {
		return own
	}
	return id
}

func (s *survey) path(id int) string {
	for path, at := range s.realm.table.ids {
		if at == id {
			return path
		}
	}
	return ""
}

// nearestPair gives two values next to each other, of which the first holds and
// the second does not; -1 where there are none.
func nearestPair(holds []bool, values []value) (in, out int) {
	in, out = -1, -1
	best := int64(-1)
	for i := range holds {
		for j := range holds {
			if !holds[i] || holds[j] {
				continue
			}
			if by := apart(values[i], values[j]); best < 0 || by < best {
				in, out, best = i, j, by
			}
		}
	}
	return in, out
}

// apart is how far two values are from each other, as far as that has a meaning.
func apart(a, b value) int64 {
	switch {
	case a.kind == numberValue && b.kind == numberValue:
		return max(a.n-b.n, b.n-a.n)
	case a.kind == listValue && b.kind == listValue:
		return int64(max(len(a.list)-len(b.list), len(b.list)-len(a.list)))
	case a.kind == stringValue && b.kind == stringValue:
		x, err1 := time.Parse(time.RFC3339, a.s)
		y, err2 := time.Parse(time.RFC3339, b.s)
		if err1 == nil && err2 == nil {
			return int64(x.Sub(y).Abs())
		}
	case a.kind == undefined || b.kind == undefined || a.kind == objectValue || b.kind == objectValue:
		return 1 << 40 // what is absent is farther away than any value
	}
	return 1
}
