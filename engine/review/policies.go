package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema/diag"
)

// policies compares what is asked: controls, severities, parameters by their
// declared direction, the text of Rego that somebody brought, and which
// controls fail on the intent now that did not.
func (r *reviewer) policies() {
	before := map[string]*policy.Description{}
	after := map[string]*policy.Description{}
	for i := range r.base.Controls {
		before[r.base.Controls[i].ID] = &r.base.Controls[i]
	}
	for i := range r.head.Controls {
		c := &r.head.Controls[i]
		after[c.ID] = c
		if b := before[c.ID]; b != nil {
			r.control(b, c)
		} else {
			effect := Strengthened
			if !r.tightens(c) {
				effect = Neutral
			}
			r.add(Change{Kind: BlockAdded, Effect: effect, Address: c.ID, Attribute: asked, Message: named(c) + " is asked now.", Range: r.chosen()})
		}
	}
	for i := range r.base.Controls {
		if c := &r.base.Controls[i]; after[c.ID] == nil {
			r.removed(c)
		}
	}
	r.brought()
	r.meaning()
	r.fails(before)
}

// removed adds a control that is no longer asked. One that somebody brought is
// no loss if its rules stand elsewhere; the library's are asked for by name.
func (r *reviewer) removed(c *policy.Description) {
	change := Change{
		Kind: PolicyRemoved, Effect: Weakened, Address: c.ID, Before: string(c.Severity), Range: r.chosen(),
		Message: fmt.Sprintf("%s (%s) is no longer asked.", named(c), c.Severity),
	}
	if m := r.head.Meaning; m != nil && m.Kept[c.ID] && !fromLibrary(c) {
		change.Effect = Neutral
		change.Message = fmt.Sprintf("%s is no longer asked by this id; other rules ask as much.", named(c))
	}
	r.add(change)
}

func fromLibrary(c *policy.Description) bool {
	return slices.ContainsFunc(c.Packs, func(p string) bool { return p != "organisation" && !strings.HasPrefix(p, "policy.") })
}

func named(c *policy.Description) string {
	if c.Title == "" {
		return c.ID
	}
	return c.ID + " \"" + c.Title + "\""
}

// chosen is where the new configuration says what is asked: its first policy
// block, nil if it has none.
func (r *reviewer) chosen() *diag.Range {
	if p := r.head.Config.Policies; len(p) > 0 {
		return place(p[0].Origin, "pack", p[0].Origin)
	}
	return nil
}

var severities = []policy.Severity{policy.Advisory, policy.Overridable, policy.Mandatory}

func (r *reviewer) control(b, h *policy.Description) {
	if b.Severity != h.Severity {
		c := Change{
			Kind: SeverityLowered, Address: h.ID, Attribute: "severity", Before: string(b.Severity), After: string(h.Severity), Range: r.chosen(),
			Message: fmt.Sprintf("%s goes from %s to %s.", named(h), b.Severity, h.Severity),
		}
		c.Effect = effect(float64(slices.Index(severities, h.Severity) - slices.Index(severities, b.Severity)))
		r.add(c)
	}
	names := map[string]bool{}
	for name := range b.Values {
		names[name] = true
	}
	for name := range h.Values {
		names[name] = true
	}
	for _, name := range sorted(names) {
		r.parameter(h, name, b.Values[name], h.Values[name])
	}
}

func (r *reviewer) parameter(h *policy.Description, name string, was, is any) {
	if fmt.Sprint(was) == fmt.Sprint(is) {
		return
	}
	c := Change{
		Kind: ParameterLoosened, Effect: Unknown, Address: h.ID, Attribute: name, Before: shown(was), After: shown(is), Range: r.parameterAt(h, name),
		Message: fmt.Sprintf("Parameter %s of %s goes from %s to %s.", name, named(h), shown(was), shown(is)),
	}
	if p, declared := h.Parameters[name]; declared {
		if by, ok := p.Order(was, is); ok {
			c.Effect = effect(float64(by))
		}
	}
	r.add(c)
}

// parameterAt is the policy block that sets a parameter, or the first one.
func (r *reviewer) parameterAt(h *policy.Description, name string) *diag.Range {
	for _, p := range r.head.Config.Policies {
		if _, sets := p.Params[name]; sets {
			return place(p.Origin, "params", p.Origin)
		}
		for key, v := range p.Params {
			if own, ok := v.(map[string]any); ok && strings.EqualFold(key, h.ID) && own[name] != nil {
				return place(p.Origin, "params", p.Origin)
			}
		}
	}
	return r.chosen()
}

func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, fmt.Sprint(e))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case float64:
		return number(v).textOr(fmt.Sprint(v))
	}
	return fmt.Sprint(v)
}

func (v value) textOr(otherwise string) string {
	if v.set {
		return v.text
	}
	return otherwise
}

// brought compares texts. A new file in a package that was there before may
// change what that package says.
func (r *reviewer) brought() {
	before, packages := map[string]policy.Brought{}, map[string]bool{}
	for _, b := range r.base.Brought {
		before[b.Name] = b
		packages[b.Package] = true
	}
	for _, h := range r.head.Brought {
		b, there := before[h.Name]
		delete(before, h.Name)
		at := fileOf(h.Name)
		switch {
		case there && b.Digest == h.Digest:
		case r.head.Meaning != nil:
			if there {
				r.add(Change{Kind: PolicyChanged, Effect: Neutral, Address: h.Name, Range: at, Message: h.Name + " has another text; what its rules decide is compared rule by rule."})
			}
		case there:
			r.add(Change{Kind: PolicyChanged, Effect: Unknown, Address: h.Name, Range: at, Message: h.Name + " says something else; by its text nobody can tell whether it asks less."})
		case packages[h.Package]:
			r.add(Change{Kind: PolicyChanged, Effect: Unknown, Address: h.Name, Range: at, Message: h.Name + " is new and adds to what was there before; nobody can tell whether less is asked."})
		default:
			r.add(Change{Kind: PolicyChanged, Effect: Strengthened, Address: h.Name, Range: at, Message: h.Name + " is new."})
		}
	}
	for _, name := range sorted(before) {
		c := Change{Kind: PolicyChanged, Effect: Unknown, Address: name, Message: name + " is no longer there."}
		if r.head.Meaning != nil {
			c.Effect = Neutral
		}
		r.add(c)
	}
}

// fileOf is the file of the configuration that a part of a policy set is; nil
// where it lies elsewhere.
func fileOf(name string) *diag.Range {
	set, file, ok := strings.Cut(name, "/")
	if !ok || !strings.HasPrefix(set, "policy.") {
		return nil
	}
	first := diag.Pos{Line: 1, Column: 1}
	return &diag.Range{Filename: file, Start: first, End: first}
}

// fails adds controls that were asked before and block now where they did not.
// One that was tightened itself fails because more is asked, which is no loss.
func (r *reviewer) fails(before map[string]*policy.Description) {
	blocked := map[string]bool{}
	for i := range r.base.Findings {
		if f := &r.base.Findings[i]; f.Blocks() {
			blocked[f.Control+"\x00"+r.moves.now(f.Address)] = true
		}
	}
	for i := range r.head.Findings {
		f := &r.head.Findings[i]
		if key := f.Control + "\x00" + f.Address; f.Blocks() && before[f.Control] != nil && !blocked[key] && !r.tightened(f.Control) {
			blocked[key] = true
			r.add(Change{
				Kind: ControlFails, Effect: Weakened, Address: f.Address, Attribute: f.Control, Before: "not failing", After: string(f.Result),
				Range: f.Range, Message: f.Control + ": " + f.Message,
			})
		}
	}
}

func (r *reviewer) tightened(control string) bool {
	return slices.ContainsFunc(r.changes, func(c Change) bool {
		return c.Address == control && c.Effect == Strengthened && (c.Kind == ParameterLoosened || c.Kind == SeverityLowered)
	})
}

func sorted[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
