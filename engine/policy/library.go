package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/backstay/backstay/schema/diag"
)

// Parsing and compiling the library is most of what a short command costs.
// Of its controls only those are parsed and compiled that something chose, and
// what these refer to. What the others are called is read from their text: ids
// must stay unique, and a misspelt one be told. All texts are in the digest.

// idLine stands before the id in a shipped control's METADATA; a test holds what
// is read behind it against what parsing gives.
const idLine = "\n#   id: "

// listed is the id of a shipped control by its text; "" is a module that is
// always compiled.
func listed(text string) string {
	head, _, _ := strings.Cut(text, "\npackage ")
	_, id, _ := strings.Cut(head, idLine)
	id, _, _ = strings.Cut(id, "\n")
	return id
}

// controlPackage is the package of a shipped control: a test holds files, ids
// and packages together.
func controlPackage(id string) ast.Ref {
	name := strings.ReplaceAll(strings.ToLower(id), "-", "_")
	return controlRef.Append(ast.StringTerm(name))
}

// pick parses the chosen controls of the library. Where a rule that is not the
// library's may refer to any of them, it parses all.
func (e *Engine) pick(chosen map[string]bool) diag.List {
	if e.mayReachControls() {
		return e.parseAll()
	}
	e.lean = true
	for _, m := range e.sets[0].modules {
		if m.id != "" && !chosen[m.id] {
			e.byID[m.id] = &control{id: m.id, shipped: true, pkg: controlPackage(m.id)}
			continue
		}
		if diags := e.parse(m); diags.HasErrors() {
			return diags
		}
	}
	return nil
}

// parseTested parses what tests need: the whole library for its own tests, and
// for those of users its helpers and what controls they may name.
func (e *Engine) parseTested(shipped bool) diag.List {
	if shipped {
		return e.parseAll()
	}
	return e.pick(nil)
}

// parseAll parses the whole library.
func (e *Engine) parseAll() diag.List {
	for _, m := range e.sets[0].modules {
		if diags := e.parse(m); diags.HasErrors() {
			return diags
		}
	}
	return nil
}

// parse parses a module of the library, and the controls that it refers to.
func (e *Engine) parse(m *module) diag.List {
	if m.parsed != nil {
		return nil
	}
	parsed, diags := parseModule(m.name, m.text, m.set)
	if parsed == nil || diags.HasErrors() {
		return diags
	}
	m.parsed = parsed.parsed
	delete(e.byID, m.id)
	ast.WalkRefs(m.parsed, func(ref ast.Ref) bool {
		if len(ref) < 4 || !ref.HasPrefix(controlRef) {
			return false
		}
		for _, o := range e.sets[0].modules {
			if o.id != "" && ref.HasPrefix(controlPackage(o.id)) {
				diags = append(diags, e.parse(o)...)
			}
		}
		return false
	})
	return diags
}

// named are the ids of the controls that something chooses. What is wrong with a
// choice is told where the choices are made, and a control that is missing here
// is an error there.
func (e *Engine) named(s Set) map[string]bool {
	packs := []string{safetyPack}
	for _, p := range s.Config.Policies {
		packs = append(packs, p.Pack)
	}
	out := map[string]bool{}
	for _, set := range e.sets {
		if set.manifest != nil {
			packs = append(packs, set.manifest.Packs...)
			for _, c := range set.manifest.Controls {
				out[c.ID] = true
			}
		}
	}
	for _, name := range packs {
		p, err := readPack(name)
		if err != nil {
			continue
		}
		for _, c := range p.Controls {
			out[c.ID] = true
		}
	}
	return out
}

// checkChosen refuses a chosen control of the library that was not compiled: it
// would be asked nothing, and look like one that passes.
func (e *Engine) checkChosen(chosen map[string][]choice) diag.List {
	var diags diag.List
	for _, id := range sortedKeys(chosen) {
		if c := e.byID[id]; c == nil || len(c.rules) == 0 {
			diags = diags.Append(errorAt(nil, "policy_internal", "Policy control was lost",
				fmt.Sprintf("The control %s was chosen and has no compiled rule: %v.", id, errBug)))
		}
	}
	return diags
}

// mayReachControls tells whether users' or the organisation's modules, tests
// among them, could refer to controls of the library. That they add none is
// checkReserved's.
func (e *Engine) mayReachControls() bool {
	return slices.ContainsFunc(e.sets, func(s *set) bool {
		return !s.shipped && slices.ContainsFunc(s.modules, (*module).mayReachControls)
	})
}

func (m *module) mayReachControls() bool {
	may := slices.ContainsFunc(m.parsed.Imports, func(i *ast.Import) bool { return leadsToControls(i.Path) })
	for _, r := range m.parsed.Rules {
		may = may || leadsToControls(r)
		for part := r; part != nil; part = part.Else {
			may = may || leadsToControls(part.Head.Ref())
		}
	}
	for _, a := range m.parsed.Annotations {
		may = may || slices.ContainsFunc(a.Schemas, func(s *ast.SchemaAnnotation) bool { return mayBeControl(s.Path) })
	}
	return may
}

// leadsToControls tells whether some term could be a part of the library's
// controls: a path that may lead there, or data as a whole.
func leadsToControls(x any) (may bool) {
	heads := map[*ast.Term]bool{}
	ast.WalkTerms(x, func(t *ast.Term) bool {
		switch v := t.Value.(type) {
		case ast.Ref:
			heads[v[0]] = true
			may = may || mayBeControl(v)
		case ast.Var:
			may = may || t.Equal(ast.DefaultRootDocument) && !heads[t]
		}
		return may
	})
	return may
}

// mayBeControl tells whether a path can lead into the library's controls: as far
// as it goes it is theirs, or not constant.
func mayBeControl(ref ast.Ref) bool {
	if !ref.HasPrefix(ast.DefaultRootRef) {
		return false
	}
	for i := 1; i < min(len(ref), len(controlRef)); i++ {
		name, constant := ref[i].Value.(ast.String)
		if !constant {
			return true
		}
		if controlRef[i].Value.Compare(name) != 0 {
			return false
		}
	}
	return true
}
