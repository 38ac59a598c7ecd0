package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/backstay/backstay/schema/diag"
)

// A module is one Rego file as it was read.
type module struct {
	name   string // for messages: path as the user would type it
	base   string // path below the set's folder
	text   []byte
	id     string      // of a shipped control, by its text
	parsed *ast.Module // nil for a shipped control that nothing asks
	set    *set
}

func (m *module) isTest() bool { return strings.HasSuffix(m.name, "_test.rego") }

// A set is a group of modules that came together: the shipped controls, the
// organisation's, or one policy block's.
type set struct {
	label      string   // of the policy block; "" for shipped and organisation
	shown      string   // where it came from, for messages
	shipped    bool     // controls of package policies
	withTests  bool     // read shipped tests too
	namespaces []string // packages whose rules are asked
	params     map[string]any
	origin     *diag.Range
	modules    []*module
	data       map[string]any
	manifest   *orgManifest // of the organisation's set
	key        *bundleKey   // that it names
}

const maxFile = 4 << 20 // a policy or data file that is larger is a mistake

// readSet reads every .rego, .json and .yaml file below root.
func readSet(fsys fs.FS, root, shown string, s *set) diag.List {
	var diags diag.List
	s.data = map[string]any{}
	err := fs.WalkDir(fsys, root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name := path.Join(shown, strings.TrimPrefix(strings.TrimPrefix(p, root), "/"))
		switch path.Ext(p) {
		case ".rego":
			if s.shipped && !s.withTests && strings.HasSuffix(p, "_test.rego") {
				return nil
			}
			diags = append(diags, s.readModule(fsys, p, name)...)
		case ".json", ".yaml", ".yml":
			diags = append(diags, s.readData(fsys, p, name)...)
		}
		return nil
	})
	if err != nil {
		detail := fmt.Sprintf("The policies at %q cannot be read: %v. A policy that is not read cannot deny anything, so nothing goes on without it.", shown, err)
		if errors.Is(err, fs.ErrNotExist) {
			detail = fmt.Sprintf("There is no folder %q below the configuration. A policy that is not read cannot deny anything, so nothing goes on without it. Create it, or correct the path.", shown)
		}
		return diags.Append(errorAt(s.origin, "policy_unreadable", "Policies cannot be read", detail))
	}
	slices.SortFunc(s.modules, func(a, b *module) int { return compareStrings(a.name, b.name) })
	return diags
}

func (s *set) readModule(fsys fs.FS, p, name string) diag.List {
	text, err := readBounded(fsys, p)
	if err != nil {
		return diag.List{errorAt(s.origin, "policy_unreadable", "Policies cannot be read", fmt.Sprintf("The file %s cannot be read: %v.", name, err))}
	}
	if s.shipped { // parsed when it is known which are asked
		m := &module{name: name, base: p, text: text, set: s}
		if !m.isTest() {
			m.id = listed(string(text))
		}
		s.modules = append(s.modules, m)
		return nil
	}
	m, diags := parseModule(name, text, s)
	if m != nil {
		m.base = p
		s.modules = append(s.modules, m)
	}
	return diags
}

func parseModule(name string, text []byte, s *set) (*module, diag.List) {
	opts := ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1, Capabilities: capabilities()}
	parsed, err := ast.ParseModuleWithOpts(name, string(text), opts)
	if err != nil && strings.Contains(err.Error(), "empty module") {
		return nil, nil // nothing but comments
	}
	if err != nil {
		opts.RegoVersion, opts.Capabilities = ast.RegoV0, nil
		if old, err0 := ast.ParseModuleWithOpts(name, string(text), opts); err0 == nil && old != nil {
			return nil, diag.List{errorAt(&diag.Range{Filename: name, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}},
				"policy_rego_v0", "Policy is written in Rego v0",
				"This file parses only as Rego v0, in which `deny[msg] { ... }` stands where v1 says `deny contains msg if { ... }`. Translate it with `opa fmt --v0-v1 --write`.")}
		}
		diags := regoErrors(err)
		for i := range diags {
			if diags[i].Range != nil {
				diags[i].Snippet = diag.Cut(text, *diags[i].Range)
			}
		}
		return nil, diags
	}
	return &module{name: name, text: text, parsed: parsed, set: s}, nil
}

func (s *set) readData(fsys fs.FS, p, name string) diag.List {
	var doc map[string]any
	text, err := readBounded(fsys, p)
	if err == nil {
		err = util.Unmarshal(text, &doc)
	}
	if err != nil {
		return diag.List{errorAt(&diag.Range{Filename: name, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}},
			"policy_data", "Policy data cannot be used",
			fmt.Sprintf("The file %s is not an object in JSON or YAML: %v. Its members would become members of `data`.", name, err))}
	}
	return mergeData(s.data, doc, name, s.shipped)
}

// mergeData adds one file's members to the data document; two files may not set
// the same member, and none may hide a package.
func mergeData(into, from map[string]any, name string, shipped bool) diag.List {
	var diags diag.List
	for _, key := range sortedKeys(from) {
		if _, taken := into[key]; taken || !shipped && (key == "backstay" || key == shippedData) {
			diags = diags.Append(errorAt(&diag.Range{Filename: name, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}},
				"policy_data", "Policy data cannot be used",
				fmt.Sprintf("The member %q of %s is already taken. Rename it, so that no rule reads another file's figures.", key, name)))
			continue
		}
		into[key] = from[key]
	}
	return diags
}

func readBounded(fsys fs.FS, p string) ([]byte, error) {
	info, err := fs.Stat(fsys, p)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe would wait for its writer for ever
		return nil, errors.New("it is no regular file")
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("it is larger than %d bytes", maxFile)
	}
	return fs.ReadFile(fsys, p)
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
