package policy

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/backstay/backstay/policies"
	"github.com/backstay/backstay/schema/diag"
)

// A pack is a manifest: which controls, how severe, with which parameters.
type pack struct {
	Pack     string        `json:"pack"`
	Title    string        `json:"title"`
	Controls []packControl `json:"controls"`
}

type packControl struct {
	ID       string         `json:"id"`
	Severity Severity       `json:"severity,omitempty"`
	Params   map[string]any `json:"params,omitempty"`
}

// orgManifest is policy-set.json of an organisation's set: packs and controls
// that hold for every configuration, and the packages of its own rules.
type orgManifest struct {
	Packs      []string       `json:"packs"`
	Controls   []packControl  `json:"controls"`
	Namespaces []string       `json:"namespaces"`
	Params     map[string]any `json:"params"`
	// BundleKey is the file, below the set's folder, of the public key in PEM
	// that bundles must be signed by; BundleAlgorithm is RS256 unless set.
	BundleKey       string `json:"bundle_key"`
	BundleAlgorithm string `json:"bundle_algorithm"`
}

const (
	shippedData  = "backstay_data"
	safetyPack   = "safety"
	manifestName = "policy-set.json"
)

// shippedSet reads what package policies embeds: controls, helpers, and data
// under data.backstay_data.
func shippedSet(withTests bool) (*set, diag.List) {
	s := &set{shipped: true, withTests: withTests, shown: "policies", namespaces: []string{"backstay.control"}}
	diags := readSet(policies.FS, "control", "policies/control", s)
	diags = append(diags, readSet(policies.FS, "lib", "policies/lib", s)...)
	files := map[string]any{}
	names, _ := fs.Glob(policies.FS, "data/*.json")
	for _, name := range names {
		var doc any
		text, err := fs.ReadFile(policies.FS, name)
		if err == nil {
			err = json.Unmarshal(text, &doc)
		}
		if err != nil {
			diags = diags.Append(errorAt(nil, "policy_internal", "Shipped policy data is damaged", fmt.Sprintf("%s: %v; %v.", name, err, errBug)))
		}
		files[strings.TrimSuffix(path.Base(name), ".json")] = doc
	}
	s.data = map[string]any{shippedData: files}
	return s, diags
}

// organisationSet reads an organisation's folder: policy-set.json, if it is
// there, and Rego.
func organisationSet(fsys fs.FS, shown string) (*set, diag.List) {
	s := &set{shown: shown, namespaces: []string{"backstay", "main", "organisation"}}
	text, err := fs.ReadFile(fsys, manifestName)
	if err == nil {
		d := json.NewDecoder(strings.NewReader(string(text)))
		d.DisallowUnknownFields()
		s.manifest = &orgManifest{}
		if err := d.Decode(s.manifest); err != nil {
			return s, diag.List{errorAt(&diag.Range{Filename: path.Join(shown, manifestName)}, "policy_set_manifest", "Policy set manifest cannot be read",
				fmt.Sprintf("The file %s of the organisation's set is not valid: %v. Without it the set would be judged by less than it asks.", manifestName, err))}
		}
		if len(s.manifest.Namespaces) > 0 {
			s.namespaces = s.manifest.Namespaces
		}
		s.params = s.manifest.Params
	}
	diags := append(s.readKey(fsys), readSet(fsys, ".", shown, s)...)
	if s.manifest == nil && len(s.modules) == 0 && !diags.HasErrors() {
		diags = diags.Append(errorAt(&diag.Range{Filename: shown}, "policy_set_empty", "Policy set is empty",
			fmt.Sprintf("The organisation's set %q holds neither a %s nor a .rego file: an unmounted folder looks just so, and the judge would be gone without a word.", shown, manifestName)))
	}
	return s, append(diags, s.checkReserved()...)
}

// checkReserved refuses modules in the program's own packages, and rules that
// join them from the package above: a clause more there could let pass what a
// shipped control denies.
func (s *set) checkReserved() diag.List {
	var diags diag.List
	reserved := func(path ast.Ref, at *ast.Location) bool {
		joins := path.HasPrefix(controlRef) || path.HasPrefix(libraryRef)
		if joins {
			diags = diags.Append(errorAt(regoRange(at), "policy_reserved_package", "Policy package is reserved",
				"The packages backstay.control and backstay.lib are the program's own: a rule that joins them could let pass what they deny. Choose another, such as backstay.organisation."))
		}
		return joins
	}
	for _, m := range s.modules {
		if reserved(m.parsed.Package.Path, m.parsed.Package.Location) {
			continue
		}
		for _, r := range m.parsed.Rules {
			reserved(r.Ref(), r.Location)
		}
	}
	return diags
}

func readPack(name string) (*pack, error) {
	text, err := fs.ReadFile(policies.FS, "packs/"+name+".json")
	if err != nil {
		return nil, err
	}
	p := &pack{}
	return p, json.Unmarshal(text, p)
}

// PackNames lists the shipped packs, sorted.
func PackNames() []string {
	files, _ := fs.Glob(policies.FS, "packs/*.json")
	for i, f := range files {
		files[i] = strings.TrimSuffix(path.Base(f), ".json")
	}
	slices.Sort(files)
	return files
}

// choice is one demand on a control: from a pack, a block or the organisation.
type choice struct {
	control  string
	pack     string
	severity Severity
	params   map[string]any
}

// choose applies the packs: a control that no pack chose is not asked; of two
// severities and of two parameters the stricter one counts.
func (e *Engine) choose(s Set) diag.List {
	chosen, diags := e.choices(s)
	diags = append(diags, e.checkChosen(chosen)...)
	for _, c := range e.controls {
		if c.shipped {
			diags = append(diags, c.settle(chosen[c.id])...)
		}
	}
	e.controls = slices.DeleteFunc(e.controls, func(c *control) bool { return c.shipped && len(c.packs) == 0 })
	return diags
}

func (e *Engine) choices(s Set) (map[string][]choice, diag.List) {
	out := map[string][]choice{}
	var diags diag.List
	take := func(name string, at *diag.Range, params map[string]any) {
		d := e.takePack(out, name, at, params)
		diags = append(diags, d...)
	}
	take(safetyPack, nil, nil)
	for _, p := range s.Config.Policies {
		if p.Pack != "" {
			at := p.Origin.At("pack")
			take(p.Pack, &at, p.Params)
		}
	}
	for _, set := range e.sets {
		if set.manifest == nil {
			continue
		}
		for _, name := range set.manifest.Packs {
			take(name, &diag.Range{Filename: path.Join(set.shown, manifestName)}, nil)
		}
		for _, pc := range set.manifest.Controls {
			if e.byID[pc.ID] == nil {
				diags = diags.Append(errorAt(&diag.Range{Filename: path.Join(set.shown, manifestName)}, "policy_unknown_control", "Policy set names an unknown control",
					fmt.Sprintf("There is no control %q.%s", pc.ID, e.nearestControl(pc.ID))))
				continue
			}
			out[pc.ID] = append(out[pc.ID], choice{pc.ID, "organisation", pc.Severity, pc.Params})
		}
	}
	return out, diags
}

func (e *Engine) takePack(out map[string][]choice, name string, at *diag.Range, params map[string]any) diag.List {
	p, err := readPack(name)
	if err != nil {
		return diag.List{errorAt(at, "policy_unknown_pack", "Unknown policy pack",
			fmt.Sprintf("There is no pack %q; the packs are %s.", name, strings.Join(PackNames(), ", ")))}
	}
	used := map[string]bool{}
	for _, pc := range p.Controls {
		c := e.byID[pc.ID]
		if c == nil {
			continue // its control comes with a later version; a test keeps the two together
		}
		out[pc.ID] = append(out[pc.ID], choice{pc.ID, name, pc.Severity, overrides(c, pc.Params, params, used)})
	}
	var diags diag.List
	for _, key := range sortedKeys(params) {
		if !used[key] {
			diags = diags.Append(errorAt(at, "policy_unknown_parameter", "Unknown policy parameter",
				fmt.Sprintf("No control of pack %q has a parameter %q. A figure that nothing reads would look like a rule that holds.", name, key)))
		}
	}
	return diags
}

// overrides are a pack's parameters for a control, with the block's own figures
// over them: by parameter name, or below the control's id.
func overrides(c *control, fromPack, fromBlock map[string]any, used map[string]bool) map[string]any {
	out := map[string]any{}
	for k, v := range fromPack {
		out[k] = v
	}
	for k, v := range fromBlock {
		if own, ok := v.(map[string]any); ok && strings.EqualFold(k, c.id) {
			used[k] = true
			for name, x := range own {
				out[name] = x
			}
			continue
		}
		if _, ok := c.parameters[k]; ok {
			used[k] = true
			out[k] = v
		}
	}
	return out
}

// settle merges the demands on a control.
func (c *control) settle(choices []choice) diag.List {
	var diags diag.List
	severity := Severity("")
	merged := map[string]any{}
	for i, ch := range choices {
		c.packs = append(c.packs, ch.pack)
		own := ch.severity
		if own == "" {
			own = c.severity
		}
		if severity == "" || own.rank() > severity.rank() {
			severity = own
		}
		for _, name := range sortedKeys(c.parameters) {
			p := c.parameters[name]
			v, given := ch.params[name]
			if !given {
				v = p.Default
			} else if why := p.check(v); why != "" {
				diags = diags.Append(errorAt(nil, "policy_parameter_type", "Policy parameter has the wrong type",
					fmt.Sprintf("The parameter %q of %s, set by %s, %s.", name, c.id, ch.pack, why)))
				continue
			}
			if i == 0 {
				merged[name] = v
			} else {
				merged[name] = p.stricter(merged[name], v)
			}
		}
		for _, name := range sortedKeys(ch.params) {
			if _, ok := c.parameters[name]; !ok {
				diags = diags.Append(errorAt(nil, "policy_unknown_parameter", "Unknown policy parameter",
					fmt.Sprintf("%s has no parameter %q, which %s sets.", c.id, name, ch.pack)))
			}
		}
	}
	if severity != "" {
		c.severity = severity
	}
	for name, v := range merged {
		if v == nil {
			delete(merged, name)
		}
	}
	slices.Sort(c.packs)
	c.packs = slices.Compact(c.packs)
	c.params = merged
	return diags
}

func (e *Engine) nearestControl(id string) string {
	return nearest(strings.ToUpper(id), sortedKeys(e.byID))
}

// Pack gives the title and control ids of a shipped pack.
func Pack(name string) (title string, controls []string, err error) {
	p, err := readPack(name)
	if err != nil {
		return "", nil, fmt.Errorf("read pack %s: %w", name, err)
	}
	for _, c := range p.Controls {
		controls = append(controls, c.ID)
	}
	return p.Title, controls, nil
}
