package policy

import (
	"context"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// realm is one kind of subject: in which phase rules see it, and as what.
type realm struct {
	phase   Phase
	scope   scope
	unknown string
	table   fieldTable
	space   func(m *markTable, config *Config) subjects
}

// subjects is a space with the way to show what was chosen.
type subjects interface {
	cells() *space
	fill(chosen func(dim string) bool)
	input() termPair
}

// subjects compares the rules that look at single changes, copies and objects.
func (c *comparing) subjects(ctx context.Context) error {
	for _, r := range c.realms() {
		if err := c.realm(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// sideIn is one of the two sets in a realm.
type sideIn struct {
	tally *tally
	rules []*residual
}

func (c *comparing) side(ctx context.Context, e *Engine, r realm) (*sideIn, error) {
	var extra []termPair
	if r.phase == PhasePlan {
		extra = append(extra, pair("run", encode(usualRun())))
	}
	s := &sideIn{tally: newTally(e.newAsker(r.phase, c.now, extra...))}
	var err error
	s.rules, err = s.tally.residuals(ctx, r.scope, r.unknown, r.table)
	return s, err
}

// usualRun is a run in which nothing is out of the ordinary, so that what is
// shown of a change is due to the change.
func usualRun() RunFacts {
	day := int64(1)
	return RunFacts{
		Allow: []string{}, MaxAgeHours: 24, ConfigBound: true, PolicyBound: true, StateBound: true,
		Author: "somebody@example.org", Tests: []StateTest{}, LastAppliedDays: &day,
	}
}

func (c *comparing) realm(ctx context.Context, r realm) error {
	before, err := c.side(ctx, c.old, r)
	if err != nil {
		return err
	}
	after, err := c.side(ctx, c.new, r)
	if err != nil {
		return err
	}
	m := newMarks(r.table.kinds)
	for _, s := range []*sideIn{before, after} {
		for _, rule := range s.rules {
			m.add(rule.any)
		}
	}
	sp := r.space(m, &after.tally.config)
	for _, rule := range before.rules {
		h := &hunt{comparing: c, ctx: ctx, realm: r, from: before, to: after, space: sp, rule: rule, way: Weaker}
		if err := h.weakening(); err != nil {
			return err
		}
	}
	for _, rule := range after.rules {
		h := &hunt{comparing: c, ctx: ctx, realm: r, from: after, to: before, space: sp, rule: rule, way: Stricter}
		if err := h.tightening(); err != nil {
			return err
		}
	}
	return nil
}

// hunt looks for subjects that a rule of one side speaks of and the other side
// judges more mildly.
type hunt struct {
	*comparing
	ctx      context.Context
	realm    realm
	from, to *sideIn
	space    subjects
	rule     *residual
	goal     *conjunction // of the rule, that is searched
	way      Way
	asked    int
	unproved bool // something was found that Rego says is no difference
	example  *Example
	err      error
}

// standing finds the rule on the other side: the same everywhere, or with the
// same residual here; free tells whether such a one reads no configuration.
func (h *hunt) standing() (same, here, free bool) {
	for _, o := range h.to.rules {
		if o.level >= h.rule.level {
			same = same || o.same == h.rule.same
			here = here || o.text == h.rule.text
			free = free || o.text == h.rule.text && !o.rule.readsConfig()
		}
	}
	return same, here, free
}

func (r *rule) readsConfig() bool { return slices.Contains(r.members, "config") }

// weakening settles one rule of the old set.
func (h *hunt) weakening() error {
	r := h.rule.rule
	same, here, free := h.standing()
	if same {
		h.out.Same++
		return nil
	}
	exact := here || h.run(false)
	bound := r.readsConfig()
	if exact && h.example == nil && !bound && !free {
		bound = !h.run(true)
	}
	switch {
	case h.err != nil:
		return h.err
	case h.example != nil:
		h.out.Compared++
		h.lost[r.control.id] = true
		h.add(Difference{Way: Weaker, Control: r.control.id, Phase: h.realm.phase, Rule: regoRange(r.location), Now: h.standsAt(r), Example: h.example})
	case h.raised(r):
		h.out.Compared++
	case !exact:
		h.uncompared(r, h.realm.phase, "It is outside what can be compared exactly, and no example was found that passes now.")
	case bound:
		h.uncompared(r, h.realm.phase, "It is compared by way of the configuration. With this one nothing passes that did not; with another one something might.")
	default:
		h.out.Compared++
	}
	return nil
}

// tightening looks for one example of what a rule of the new set adds.
func (h *hunt) tightening() error {
	if same, here, _ := h.standing(); same || here {
		return nil
	}
	h.run(false)
	if h.err == nil && h.example != nil {
		h.add(Difference{Way: h.way, Control: h.rule.rule.control.id, Phase: h.realm.phase, Rule: regoRange(h.rule.rule.location), Example: h.example})
	}
	return h.err
}

// maxAsked bounds the questions to Rego about one rule.
const maxAsked = 60

// run searches, with the help of all rules of the other side, or of those alone
// that read no configuration; exact tells whether the absence of an example is
// proved.
func (h *hunt) run(free bool) (exact bool) {
	cells := h.space.cells()
	guards := h.guards(cells, free)
	exact = h.rule.exact
	for i := range h.rule.any {
		h.goal = &h.rule.any[i]
		exact = exact && cells.covers(h.goal)
		var s *search
		s = newSearch(cells, func() bool { return h.judge(s) })
		if s.run(h.goal, guards) && !s.over {
			return exact && !h.unproved
		}
		exact = exact && !s.over
	}
	return exact && !h.unproved
}

// guards are the conjunctions of the other side that say for sure that it
// speaks as loudly. A rule of which only a part translated still denies what
// that part does.
func (h *hunt) guards(cells *space, free bool) (out []*conjunction) {
	for _, o := range h.to.rules {
		if o.level < h.rule.level || free && o.rule.readsConfig() {
			continue
		}
		for i := range o.any {
			if cells.covers(&o.any[i]) {
				out = append(out, &o.any[i])
			}
		}
	}
	return out
}

// judge asks Rego on both sides about what was found.
func (h *hunt) judge(s *search) (stop bool) {
	if h.asked++; h.asked > maxAsked {
		h.unproved = true
		return true
	}
	h.space.fill(s.has)
	member := h.space.input()
	was, message, err := h.from.tally.levelOf(h.ctx, h.realm.scope, member)
	if err == nil && was >= h.rule.level {
		var is Level
		if is, _, err = h.to.tally.levelOf(h.ctx, h.realm.scope, member); err == nil && is < was {
			h.example = h.shown(member, was, is, message)
			return true
		}
	}
	h.err = err
	h.unproved = true
	return err != nil
}

func (h *hunt) shown(member termPair, was, is Level, message string) *Example {
	if h.way == Stricter {
		was, is = is, was
	}
	e := &Example{Before: was, After: is, Was: was.String(), Is: is.String(), Message: message}
	name, _ := member[0].Value.(ast.String)
	e.Member = string(name)
	doc, err := ast.JSON(member[1].Value)
	if err != nil {
		h.err = fmt.Errorf("show an example: %w", err)
	}
	e.Subject, _ = doc.(map[string]any)
	e.Facts = h.goal.shown(h.realm.table, h.space.cells().facts)
	return e
}

// shown are the members of a subject that a conjunction asks, as PATH VALUE.
func (c *conjunction) shown(table fieldTable, f facts) []string {
	out := []string{}
	for path, id := range table.ids {
		asked := slices.ContainsFunc(c.all, func(t test) bool { return slices.Contains(t.fields, id) })
		if v := f.field(id); asked && path != "address" && v.kind != objectValue {
			out = append(out, path+" "+v.String())
		}
	}
	slices.Sort(out)
	return out
}
