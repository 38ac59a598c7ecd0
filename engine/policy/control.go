package policy

import (
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/backstay/backstay/schema/diag"
)

// A control is one policy with an id: a shipped one is a whole package, a
// user's is one rule name of a package.
type control struct {
	id          string
	title       string
	description string
	fix         string
	clauses     []string
	phases      []Phase // declared; nil where none was
	severity    Severity
	parameters  map[string]Parameter
	params      map[string]any // effective values
	packs       []string       // that chose it, sorted
	shipped     bool
	pkg         ast.Ref
	location    *ast.Location
	rules       []*rule
}

// Parameter is one declared parameter of a control. Direction says which of two
// values is stricter: "higher", "lower", "superset", "subset", "true" or
// "false".
type Parameter struct {
	Type        string `json:"type"` // number, string, boolean, term, list
	Default     any    `json:"default"`
	Direction   string `json:"direction"`
	Description string `json:"description,omitempty"`
}

var directions = []string{"higher", "lower", "superset", "subset", "true", "false"}

// describe fills a control in from METADATA.
func (c *control) describe(a *ast.Annotations) diag.List {
	if a == nil {
		return nil
	}
	c.title, c.description, c.location = a.Title, a.Description, a.Location
	bad := func(what string) diag.List {
		return diag.List{errorAt(regoRange(a.Location), "policy_metadata", "Policy metadata cannot be used", what)}
	}
	if v, ok := a.Custom["id"]; ok {
		if c.id, ok = v.(string); !ok || c.id == "" {
			return bad("The metadata member custom.id must be a string that is not empty.")
		}
	}
	if v, ok := a.Custom["severity"]; ok {
		s, _ := v.(string)
		if c.severity = Severity(s); !validSeverity(c.severity) {
			return bad(fmt.Sprintf("The severity %q is none of mandatory, overridable and advisory.", v))
		}
	}
	c.fix, _ = a.Custom["fix"].(string)
	c.clauses = stringList(a.Custom["clauses"])
	for _, p := range stringList(a.Custom["phases"]) {
		if !slices.Contains(Phases, Phase(p)) {
			return bad(fmt.Sprintf("The phase %q is none of config, plan and state.", p))
		}
		c.phases = append(c.phases, Phase(p))
	}
	return c.describeParameters(a, bad)
}

func (c *control) describeParameters(a *ast.Annotations, bad func(string) diag.List) diag.List {
	raw, _ := a.Custom["parameters"].(map[string]any)
	for _, name := range sortedKeys(raw) {
		m, ok := raw[name].(map[string]any)
		if !ok {
			return bad(fmt.Sprintf("The parameter %q must be an object with type, default and direction.", name))
		}
		p := Parameter{Default: m["default"]}
		p.Type, _ = m["type"].(string)
		p.Direction, _ = m["direction"].(string)
		if b, isBool := m["direction"].(bool); isBool {
			p.Direction = fmt.Sprint(b)
		}
		p.Description, _ = m["description"].(string)
		if why := p.check(p.Default); p.Default != nil && why != "" {
			return bad(fmt.Sprintf("The default of parameter %q %s.", name, why))
		}
		if !slices.Contains(directions, p.Direction) {
			return bad(fmt.Sprintf("The direction of parameter %q is none of higher, lower, superset, subset, true and false: without it nobody knows which of two values is stricter.", name))
		}
		if c.parameters == nil {
			c.parameters, c.params = map[string]Parameter{}, map[string]any{}
		}
		c.parameters[name] = p
		if p.Default != nil {
			c.params[name] = p.Default
		}
	}
	return nil
}

// runsIn tells whether any deciding rule of the control runs in a phase.
func (c *control) runsIn(p Phase) bool {
	return slices.ContainsFunc(c.rules, func(r *rule) bool { return r.kind.decides() && r.in(p) })
}

// paramsTerm is input.params of the control; a term gets its whole days and
// hours beside it, as everywhere in the input.
func (c *control) paramsTerm() *ast.Term {
	out := maps.Clone(c.params)
	if out == nil {
		out = map[string]any{}
	}
	for name, p := range c.parameters {
		if t, ok := parseTermParam(p, c.params[name]); ok && !t.IsForever() {
			out[name+"_days"], out[name+"_hours"] = float64(t.WholeDays()), float64(wholeHours(t))
		}
	}
	return encode(out)
}

func validSeverity(s Severity) bool { return s == Mandatory || s == Overridable || s == Advisory }

func stringList(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, e := range list {
		out = append(out, fmt.Sprint(e))
	}
	return out
}

// Strings are the values of a list parameter of a chosen control; nil where the
// control was not chosen, or the parameter is no list.
func (e *Engine) Strings(id, parameter string) (out []string) {
	c := e.control(id)
	if c == nil {
		return nil
	}
	list, _ := c.params[parameter].([]any)
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
