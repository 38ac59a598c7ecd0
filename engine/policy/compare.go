package policy

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// Comparison says what one policy set lets pass that another did not. It holds
// for one configuration and one moment; what it could not compare exactly it
// names.
type Comparison struct {
	Differences []Difference // what weakens first, then what is open, then what tightens
	Same        int          // rules of the old set that stand in the new one
	Compared    int          // rules that were compared exactly, or whose parameters alone differ
	Open        int          // rules that were not
	// Kept are controls of the old set whose rules the new one has or covers,
	// under whatever name.
	Kept map[string]bool
}

// Way is the direction of a difference.
type Way string

// The ways. Uncompared counts as weaker: what cannot be told is not a pass.
const (
	Weaker     Way = "weaker"
	Uncompared Way = "uncompared"
	Stricter   Way = "stricter"
)

// Difference is one rule that says something else. A weaker or stricter one
// carries an example, which Rego judged on both sides.
type Difference struct {
	Way     Way
	Control string      // that the rule belongs to
	Phase   Phase       // in which it was compared
	Rule    *diag.Range // in the old set; in the new one where it is stricter
	Now     *diag.Range // a rule of the control in the new set; nil where it is gone
	Why     string      // why it was not compared exactly
	Example *Example
}

// Example is one subject that the two sets judge differently. Subject is the
// member of the input that rules see: input.change, input.copy or input.object;
// it is absent where the subject is the configuration.
type Example struct {
	Member  string         `json:"member"`
	Subject map[string]any `json:"subject,omitempty"`
	Facts   []string       `json:"facts"` // what of the subject the rule asks, as PATH VALUE
	Before  Level          `json:"-"`
	After   Level          `json:"-"`
	Was     string         `json:"before"` // what the old set says: Before in words
	Is      string         `json:"after"`
	Message string         `json:"message,omitempty"` // of the rule that speaks
}

// Compare compares the set of base with that of head, both over head's
// configuration: what that says is compared elsewhere.
func Compare(ctx context.Context, base, head *Engine, now time.Time) (*Comparison, error) {
	c := &comparing{now: now.Truncate(time.Millisecond), old: base.over(head), new: head.over(head), out: &Comparison{Kept: map[string]bool{}}, lost: map[string]bool{}}
	if err := c.subjects(ctx); err != nil {
		return nil, err
	}
	if err := c.intent(ctx); err != nil {
		return nil, err
	}
	c.others()
	for _, control := range c.old.controls {
		c.out.Kept[control.id] = !c.lost[control.id]
	}
	slices.SortStableFunc(c.out.Differences, func(a, b Difference) int { return wayRank(a.Way) - wayRank(b.Way) })
	return c.out, nil
}

func wayRank(w Way) int { return slices.Index([]Way{Weaker, Uncompared, Stricter}, w) }

// over is the engine's set over the configuration of another: rules, data,
// severities and parameters stay, what they judge does not.
func (e *Engine) over(o *Engine) *Engine {
	out := *e
	cfg := schema.Configuration{}
	if o.cfg != nil {
		cfg = *o.cfg
	}
	cfg.Policies = e.cfg.Policies
	out.cfg, out.signers = &cfg, o.signers
	out.uses, out.ran, out.identities = map[string]*waiverUse{}, map[Phase]bool{}, map[identityKey]string{}
	return &out
}

// comparing is one comparison under way.
type comparing struct {
	now      time.Time
	old, new *Engine
	out      *Comparison
	lost     map[string]bool // controls of the old set that lost something
}

func (c *comparing) add(d Difference) { c.out.Differences = append(c.out.Differences, d) }

// standsAt is where the new set has a rule, or else one of its control that is asked
// about the same.
func (c *comparing) standsAt(r *rule) *diag.Range {
	if o := c.counterpart(r, c.new); o != nil {
		return regoRange(o.location)
	}
	control := c.new.control(r.control.id)
	if control == nil {
		return nil
	}
	for _, o := range control.rules {
		if o.kind == r.kind && o.scope == r.scope {
			return regoRange(o.location)
		}
	}
	return nil
}

// uncompared notes a rule that could not be compared.
func (c *comparing) uncompared(r *rule, p Phase, why string) {
	c.lost[r.control.id] = true
	if c.counterpart(r, c.new) != nil { // parameters and severity are compared as what they are
		c.out.Compared++
		return
	}
	c.out.Open++
	c.add(Difference{Way: Uncompared, Control: r.control.id, Phase: p, Rule: regoRange(r.location), Now: c.standsAt(r), Why: why})
}

// others compares the rules that look at no single subject by what they are:
// the rule itself and all that it reads.
func (c *comparing) others() {
	for _, r := range c.old.deciding(false) {
		switch {
		case c.new.has(c.new.deciding(false), r, c.old.identity(r)):
			c.out.Same++
		case c.raised(r):
			c.out.Compared++
		default:
			c.uncompared(r, r.phases[0], "It looks at no single change, and its text or what it reads is another now.")
		}
	}
	for _, r := range c.new.deciding(false) {
		if !c.old.has(c.old.deciding(false), r, c.new.identity(r)) && !c.lost[r.control.id] && c.counterpart(r, c.old) == nil {
			c.add(Difference{Way: Stricter, Control: r.control.id, Phase: r.phases[0], Rule: regoRange(r.location), Why: "It is new."})
		}
	}
}

// deciding lists the rules that can deny or warn: of single subjects, or the
// others.
func (e *Engine) deciding(single bool) (out []*rule) {
	for _, c := range e.controls {
		for _, r := range c.rules {
			if r.level() != Silent && single == (r.scope == changeScope || r.scope == copyScope || r.scope == objectScope) {
				out = append(out, r)
			}
		}
	}
	return out
}

// has tells whether a rule of the same meaning, at least as loud, is among
// some.
func (e *Engine) has(rules []*rule, r *rule, identity string) bool {
	return slices.ContainsFunc(rules, func(o *rule) bool { return o.level() >= r.level() && e.identity(o) == identity })
}

// counterpart is the rule of another set that differs in nothing but its
// parameters.
func (c *comparing) counterpart(r *rule, in *Engine) *rule {
	own, other := c.old, c.new
	if in == c.old {
		own, other = c.new, c.old
	}
	text := own.identityOf(r, false)
	for _, o := range other.deciding(r.scope == changeScope || r.scope == copyScope || r.scope == objectScope) {
		if o.control.id == r.control.id && other.identityOf(o, false) == text {
			return o
		}
	}
	return nil
}

// raised tells whether the new set has the rule with no parameter looser, by
// the directions that its metadata declares.
func (c *comparing) raised(r *rule) bool {
	o := c.counterpart(r, c.new)
	if o == nil || o.level() < r.level() {
		return false
	}
	for _, name := range sortedKeys(r.control.params) {
		if _, declared := o.control.parameters[name]; !declared && fmt.Sprint(r.control.params[name]) != fmt.Sprint(o.control.params[name]) {
			return false
		}
	}
	for _, name := range sortedKeys(o.control.parameters) {
		if by, ok := o.control.parameters[name].Order(r.control.params[name], o.control.params[name]); !ok || by < 0 {
			return false
		}
	}
	return true
}
