package policy

import (
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/backstay/backstay/schema/diag"
)

// checkData refuses paths of data that no file and no rule gives: to Rego they
// are absent, and a rule that compares with what is absent holds for nobody.
func (e *Engine) checkData(r *ast.Rule) diag.List {
	var diags diag.List
	ast.WalkTerms(r, func(t *ast.Term) bool {
		ref, ok := t.Value.(ast.Ref)
		if !ok || !ref[0].Equal(ast.DefaultRootDocument) {
			return false
		}
		at, known, found := e.dataPath(ref)
		if found {
			return false
		}
		word := string(ref[at].Value.(ast.String))
		where := regoRange(t.Location)
		if where == nil {
			where = regoRange(r.Location)
		}
		diags = diags.Append(errorAt(e.narrowed(where, word), "policy_unknown_data", "Policy reads data that does not exist",
			fmt.Sprintf("%s has no member %q: no data file and no rule gives one.%s A rule that reads what is never there holds for nobody.", ref[:at], word, nearest(word, known))))
		return false
	})
	return diags
}

// dataPath follows a path through rules and data files. Where it ends nowhere,
// it tells at which step, and what there is instead.
func (e *Engine) dataPath(ref ast.Ref) (at int, known []string, found bool) {
	rules := e.compiler.RuleTree.Child(ast.DefaultRootDocument.Value)
	var data any = e.data
	for i, step := range ref[1:] {
		name, isName := step.Value.(ast.String)
		if !isName || rules != nil && len(rules.Values) > 0 {
			return 0, nil, true
		}
		members, isObject := data.(map[string]any)
		if !isObject && data != nil {
			return 0, nil, true // an array, by number
		}
		known = sortedKeys(members)
		if rules != nil {
			for _, key := range rules.Sorted {
				if s, ok := key.(ast.String); ok {
					known = append(known, string(s))
				}
			}
			rules = rules.Child(name)
		}
		var there bool
		if data, there = members[string(name)]; !there && rules == nil {
			slices.Sort(known)
			return i + 1, known, false
		}
	}
	return 0, nil, true
}
