package lang

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/backstay/backstay/schema/addr"
)

// dataProjects is the one type of data block.
const dataProjects = "dnanexus_projects"

// projectType is what a lookup gives per project: attributes, all strings.
var projectType = cty.Map(cty.String)

// lookups gives data blocks their values: what the lookup answers, or unknown.
func (l *loader) lookups(e *evaluator) map[string]cty.Value {
	names := map[string]cty.Value{}
	for _, raw := range l.rawOf("data") {
		if len(raw.Labels) != 2 || raw.Labels[0] != dataProjects {
			continue
		}
		names[raw.Labels[1]] = l.lookup(e, raw)
	}
	if len(names) == 0 {
		return map[string]cty.Value{}
	}
	return map[string]cty.Value{dataProjects: cty.ObjectVal(names)}
}

func (l *loader) lookup(e *evaluator, raw rawBlock) cty.Value {
	address := "data." + raw.Labels[0] + "." + raw.Labels[1]
	from := len(l.diags)
	// Locals may use lookups, so lookups cannot use locals.
	ctx := &hcl.EvalContext{Functions: e.functions, Variables: map[string]cty.Value{"var": cty.ObjectVal(e.vars)}}
	n := l.decoder(address, ctx).decodeTop(raw.Body, raw.spec, raw.header())
	if l.opts.Lookup == nil || l.diags[from:].HasErrors() {
		return cty.UnknownVal(cty.Map(projectType))
	}
	found, err := l.opts.Lookup(Query{Type: raw.Labels[0], Name: raw.Labels[1], Options: plainOptions(n, raw.spec.attrs)})
	if err != nil {
		l.failAt(address, raw.header(), "lookup_failed", "Lookup failed",
			fmt.Sprintf("The platform did not answer: %v. Blocks that need the answer cannot be decoded; try again.", err))
		return cty.UnknownVal(cty.Map(projectType))
	}
	if len(found) == 0 {
		return cty.MapValEmpty(projectType)
	}
	out := map[string]cty.Value{}
	for key, attrs := range found {
		project := map[string]cty.Value{}
		for name, v := range attrs {
			project[name] = cty.StringVal(v)
		}
		if len(project) == 0 {
			out[key] = cty.MapValEmpty(cty.String)
			continue
		}
		out[key] = cty.MapVal(project)
	}
	return cty.MapVal(out)
}

// exists tells whether a reference leads to a block. An instance of a block
// whose keys are not known is taken on trust: it is checked once they are.
func (l *loader) exists(r addr.Resource) bool {
	for _, f := range l.scope.each[r.Kind] {
		if f.addr.Type != r.Type || f.addr.Name != r.Name {
			continue
		}
		if f.forEach != nil && f.keys == nil {
			return true
		}
		for _, i := range f.keys {
			if f.at(i) == r {
				return true
			}
		}
	}
	return false
}

func (l *loader) addresses(k addr.Kind) []string {
	var out []string
	for _, f := range l.scope.each[k] {
		for _, i := range f.keys {
			out = append(out, f.at(i).String())
		}
	}
	return out
}
