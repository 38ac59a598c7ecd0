package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema/diag"
)

// meaning adds what the comparison of the two policy sets found, rule by rule.
func (r *reviewer) meaning() {
	if r.head.Meaning == nil {
		return
	}
	for i := range r.head.Meaning.Differences {
		d := &r.head.Meaning.Differences[i]
		c := Change{Address: d.Control, Attribute: string(d.Phase), Example: d.Example}
		switch d.Way {
		case policy.Weaker:
			c.Kind, c.Effect, c.Range, c.BaseRange = PolicyWeakened, Weakened, inside(d.Now), d.Rule
		case policy.Stricter:
			c.Kind, c.Effect, c.Range = PolicyTightened, Strengthened, inside(d.Rule)
		default:
			c.Kind, c.Effect, c.Range, c.BaseRange = PolicyChanged, Unknown, inside(d.Now), d.Rule
		}
		c.Message = sentences(d)
		r.add(c)
	}
}

// tightens tells whether a control that somebody brought anew asks more than
// the old set did, under whatever name.
func (r *reviewer) tightens(c *policy.Description) bool {
	return r.head.Meaning == nil || fromLibrary(c) ||
		slices.ContainsFunc(r.head.Meaning.Differences, func(d policy.Difference) bool { return d.Control == c.ID && d.Way == policy.Stricter })
}

// sentences say what a difference means.
func sentences(d *policy.Difference) string {
	switch {
	case d.Example != nil && d.Way == policy.Weaker:
		return d.Example.Sentence() + " The old set said: " + d.Example.Message
	case d.Example != nil:
		return d.Example.Sentence() + " The new set says: " + d.Example.Message
	case d.Way == policy.Stricter:
		return "A rule of " + d.Control + " is new."
	}
	return fmt.Sprintf("A rule of %s in phase %s was not compared exactly. %s", d.Control, d.Phase, d.Why)
}

// inside is a place below the configuration's folder; others are not pointed at.
func inside(r *diag.Range) *diag.Range {
	if r == nil || strings.HasPrefix(r.Filename, "/") || strings.HasPrefix(r.Filename, "..") {
		return nil
	}
	return r
}

// Verdict is what a change of policies does, as CI can act on it.
type Verdict string

// The verdicts, from the one to worry about most. What is not comparable counts
// as weakened.
const (
	Weakens      Verdict = "weakens"
	Incomparable Verdict = "not comparable"
	TightensOnly Verdict = "tightens only"
	Equal        Verdict = "equal"
)

// Verdict is the verdict on all changes together.
func (r *Result) Verdict() Verdict {
	has := func(e Effect) bool {
		return slices.ContainsFunc(r.Changes, func(c Change) bool { return c.Effect == e })
	}
	switch {
	case has(Weakened):
		return Weakens
	case has(Unknown):
		return Incomparable
	case has(Strengthened):
		return TightensOnly
	}
	return Equal
}

// ofPolicies are the kinds that are about what judges, not about what is judged.
var ofPolicies = []Kind{
	PolicyRemoved, SeverityLowered, ParameterLoosened, PolicyWeakened, PolicyChanged, PolicyTightened, WaiverAdded, ApprovalWeakened,
}

// asked marks a control that is new, where other new things are blocks.
const asked = "control"

// Policies are the changes of what judges alone: policy sets, severities,
// parameters, waivers and who may sign.
func (r *Result) Policies() *Result {
	return &Result{slices.DeleteFunc(slices.Clone(r.Changes), func(c Change) bool {
		switch c.Kind {
		case BlockAdded:
			return c.Attribute != asked
		case ApprovalWeakened: // of other blocks it is about what is judged
			return c.Address != "backstay" && !strings.HasPrefix(c.Address, "waiver.")
		}
		return !slices.Contains(ofPolicies, c.Kind)
	})}
}
