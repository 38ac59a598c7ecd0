package policy

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// Description is what there is to know of one control: what `policy list` shows
// in a line and `policy explain ID` on a page.
type Description struct {
	ID          string               `json:"id"`
	Title       string               `json:"title"`
	Description string               `json:"description,omitempty"`
	Clauses     []string             `json:"clauses,omitempty"`
	Phases      []Phase              `json:"phases"`
	Severity    Severity             `json:"severity"`
	Packs       []string             `json:"packs,omitempty"`
	Parameters  map[string]Parameter `json:"parameters,omitempty"`
	Values      map[string]any       `json:"values,omitempty"` // effective parameters
	Fix         string               `json:"fix,omitempty"`
	File        string               `json:"file"`
	Chosen      bool                 `json:"chosen"` // asked for this configuration
}

// Library describes every shipped control, with the packs that list it. Nothing
// is compiled for that: a control says of itself in which phases it decides,
// which a test holds against its rules.
func Library() ([]Description, diag.List) {
	e := newEngine(Set{Config: &schema.Configuration{}, Files: noFiles{}})
	diags := append(e.load(Set{Config: e.cfg, Files: noFiles{}}, false), e.parseAll()...)
	if diags.HasErrors() {
		return nil, diags
	}
	for _, m := range e.sets[0].modules {
		if m.id == "" {
			continue
		}
		c := &control{id: m.id, shipped: true, pkg: m.parsed.Package.Path, severity: Overridable, params: map[string]any{}}
		for _, a := range m.parsed.Annotations {
			if a.Scope == packageScope {
				diags = append(diags, c.describe(a)...)
			}
		}
		e.add(e.sets[0], c)
	}
	packs := map[string][]string{}
	for _, name := range PackNames() {
		_, ids, err := Pack(name)
		if err != nil {
			return nil, diags.Append(diag.FromError(err, "policy_internal", "Shipped pack is damaged"))
		}
		for _, id := range ids {
			packs[id] = append(packs[id], name)
		}
	}
	var out []Description
	for _, c := range e.controls {
		d := c.describeItself()
		d.Packs = packs[c.id]
		out = append(out, d)
	}
	return out, diags
}

// Controls describes the controls that are asked for this configuration.
func (e *Engine) Controls() []Description {
	var out []Description
	for _, c := range e.controls {
		d := c.describeItself()
		d.Chosen = true
		out = append(out, d)
	}
	return out
}

// Explain describes one control, chosen or not; ids are compared without case.
func (e *Engine) Explain(id string) (Description, diag.List) {
	for _, d := range e.Controls() {
		if strings.EqualFold(d.ID, id) {
			return d, nil
		}
	}
	all, diags := Library()
	for _, d := range all {
		if strings.EqualFold(d.ID, id) {
			return d, nil
		}
	}
	return Description{}, diags.Append(errorAt(nil, "policy_unknown_control", "Unknown control",
		fmt.Sprintf("There is no control %q.%s", id, e.nearestControl(id))))
}

func (c *control) describeItself() Description {
	d := Description{
		ID: c.id, Title: c.title, Description: strings.TrimSpace(c.description), Clauses: c.clauses, Phases: c.phases,
		Severity: c.severity, Packs: c.packs, Parameters: c.parameters, Values: c.params, Fix: c.fix,
	}
	if d.Phases == nil {
		for _, p := range Phases {
			if c.runsIn(p) {
				d.Phases = append(d.Phases, p)
			}
		}
	}
	if c.location != nil {
		d.File = c.location.File
	}
	return d
}

const packageScope = "package"

// noFiles is the folder of a configuration that brings no policies.
type noFiles struct{}

// Open finds nothing.
func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
