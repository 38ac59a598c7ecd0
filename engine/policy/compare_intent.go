package policy

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/backstay/backstay/schema/diag"
)

// intent asks both sets about the intent that the new configuration states:
// what the old set would have refused there and the new one does not is weaker,
// whatever the texts of the rules are.
func (c *comparing) intent(ctx context.Context) error {
	before, err := c.old.Config(ctx, c.now)
	if err != nil && ctx.Err() == nil {
		d := Problem(err) // the old set cannot judge this: nothing to hold the new one to
		c.out.Open++
		c.add(Difference{Way: Uncompared, Control: "the old set", Phase: PhaseConfig, Rule: d.Range, Why: "It cannot judge the new configuration. " + d.Detail})
		return nil
	}
	if err != nil {
		return err
	}
	after, err := c.new.Config(ctx, c.now)
	if err != nil {
		return err
	}
	c.findings(before.Findings, after.Findings, Weaker)
	c.findings(after.Findings, before.Findings, Stricter)
	return nil
}

// findings notes every address of which one side says more than the other.
func (c *comparing) findings(from, to []Finding, way Way) {
	said := map[string]Level{}
	for i := range to {
		said[to[i].Address] = max(said[to[i].Address], to[i].level())
	}
	told := map[string]bool{}
	for i := range from {
		f := &from[i]
		was, is := f.level(), said[f.Address]
		if is >= was || told[f.Control+"\x00"+f.Address] {
			continue
		}
		told[f.Control+"\x00"+f.Address] = true
		if way == Stricter {
			was, is = is, was
		} else {
			c.lost[f.Control] = true
		}
		c.add(Difference{Way: way, Control: f.Control, Phase: PhaseConfig, Rule: f.Rule, Now: c.firstOf(f.Control), Example: &Example{
			Member: "config", Facts: []string{"address " + cmp.Or(f.Address, "what it asks")}, Before: was, After: is, Was: was.String(), Is: is.String(), Message: f.Control + ": " + f.Message,
		}})
	}
}

// firstOf is a rule of a control in the new set that denies or warns.
func (c *comparing) firstOf(id string) *diag.Range {
	if control := c.new.control(id); control != nil {
		for _, r := range control.rules {
			if r.level() != Silent && r.in(PhaseConfig) {
				return regoRange(r.location)
			}
		}
	}
	return nil
}

// level is what a finding means for its subject; a waiver is not asked: waivers
// are compared as what they are.
func (f *Finding) level() Level {
	switch {
	case f.Result == Deferred:
		return Silent
	case f.Result == Warn || f.Severity == Advisory:
		return Warned
	case f.Severity == Mandatory:
		return Denied
	}
	return Waivable
}

// Sentence says in words what becomes of the example.
func (e *Example) Sentence() string {
	what := "A change"
	switch e.Member {
	case "copy":
		what = "A recorded copy"
	case "object":
		what = "An object"
	case "config":
		return fmt.Sprintf("In the new configuration, %s was %s, and is %s now.", strings.TrimPrefix(strings.Join(e.Facts, ""), "address "), e.Was, e.Is)
	}
	with := ""
	for i, f := range e.Facts {
		switch {
		case i == 0:
			with = " with " + f
		case i == len(e.Facts)-1:
			with += " and " + f
		default:
			with += ", " + f
		}
	}
	return fmt.Sprintf("%s%s was %s, and is %s now.", what, with, e.Was, e.Is)
}
