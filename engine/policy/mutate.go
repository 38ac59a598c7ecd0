package policy

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/backstay/backstay/schema/diag"
)

// Gap is a rule that something is wrong with although all tests pass.
type Gap struct {
	Kind   string      `json:"kind"` // untested, never_holds, not_judged
	Rule   string      `json:"rule"` // package and name
	Range  *diag.Range `json:"range,omitempty"`
	Detail string      `json:"detail"`
}

// Lacks tells whether something is missing that an author can write. That a rule
// is outside what can be searched is no fault of the rule.
func (g *Gap) Lacks() bool { return g.Kind != "not_judged" }

// Untested switches off one rule after the other and runs the tests: a rule
// without which all of them pass is one that nobody would miss. With shipped the
// library's rules are tried too, each with the tests of its own control.
func Untested(ctx context.Context, s Set, shipped bool) ([]Gap, diag.List) {
	if s.Files == nil {
		s.Files = os.DirFS(s.Config.Dir)
	}
	e := newEngine(s)
	diags := append(e.load(s, shipped), e.parseTested(shipped)...)
	if diags.HasErrors() {
		return nil, e.illustrate(diags)
	}
	data := map[string]any{}
	for _, set := range e.sets {
		diags = append(diags, mergeData(data, set.data, set.shown, set.shipped)...)
	}
	var gaps []Gap
	for _, set := range e.sets {
		if set.shipped && !shipped {
			continue
		}
		for _, m := range set.modules {
			if m.isTest() || !set.owns(m) {
				continue
			}
			x := &mutation{engine: e, set: set, module: m, data: data}
			more, err := x.gaps(ctx)
			if err != nil {
				return gaps, append(diags, e.illustrate(e.regoErrors(err))...)
			}
			gaps = append(gaps, more...)
		}
	}
	return gaps, diags
}

// mutation is one module whose rules are switched off in turn.
type mutation struct {
	engine *Engine
	set    *set
	module *module
	data   map[string]any
}

func (x *mutation) gaps(ctx context.Context) ([]Gap, error) {
	modules := x.beside()
	failing, err := failingTests(ctx, modules, x.data)
	if err != nil {
		return nil, err
	}
	var out []Gap
	for i, r := range x.module.parsed.Rules {
		if !kindOf(ruleName(r)).decides() || r.Default || kindOf(ruleName(r)) == notAnEntryRule {
			continue
		}
		changed := x.module.parsed.Copy()
		changed.Rules[i].Body.Append(ast.NewExpr(ast.BooleanTerm(false)))
		modules[x.module.name] = changed
		now, err := failingTests(ctx, modules, x.data)
		if ctx.Err() != nil {
			return out, fmt.Errorf("test policies without a rule: %w", ctx.Err())
		}
		if err == nil && slices.Equal(failing, now) {
			out = append(out, Gap{
				Kind: "untested", Rule: packageName(x.module.parsed.Package.Path) + "." + ruleName(r), Range: headRange(r),
				Detail: "No test fails without this rule: if it were lost, nobody would notice. Write a test that expects what it says.",
			})
		}
	}
	return out, nil
}

// beside are the modules that the tests of one are run with: a user's set with
// the library's helpers, or one control with its own tests and what they reach.
func (x *mutation) beside() map[string]*ast.Module {
	out := map[string]*ast.Module{}
	own := packageName(x.module.parsed.Package.Path)
	for _, s := range x.engine.sets {
		for _, m := range s.modules {
			if m.parsed == nil {
				continue
			}
			name := packageName(m.parsed.Package.Path)
			if !inLibrary(name) || x.set.shipped && strings.TrimSuffix(name, "_test") == own {
				x.take(out, m)
			}
		}
	}
	return out
}

func inLibrary(name string) bool { return strings.HasPrefix(name, "backstay.control.") }

// take adds a module and the controls that it names.
func (x *mutation) take(out map[string]*ast.Module, m *module) {
	if out[m.name] != nil {
		return
	}
	out[m.name] = m.parsed
	ast.WalkRefs(m.parsed, func(ref ast.Ref) bool {
		if len(ref) < 4 || !ref.HasPrefix(controlRef) {
			return false
		}
		name := packageName(ref[:4])
		for _, o := range x.engine.sets[0].modules {
			if !o.isTest() && o.parsed != nil && packageName(o.parsed.Package.Path) == name {
				x.take(out, o)
			}
		}
		return false
	})
}

var (
	controlRef = ast.MustParseRef("data.backstay.control")
	libraryRef = ast.MustParseRef("data.backstay.lib")
)

// failingTests runs all tests of some modules and names those that fail.
func failingTests(ctx context.Context, modules map[string]*ast.Module, data map[string]any) ([]string, error) {
	store := inmem.NewFromObject(data)
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return nil, fmt.Errorf("open policy data: %w", err)
	}
	defer store.Abort(ctx, txn)
	compiler := ast.NewCompiler().WithCapabilities(capabilities()).WithSchemas(ast.NewSchemaSet()).WithUseTypeCheckAnnotations(true)
	results, err := tester.NewRunner().SetCompiler(compiler).SetStore(store).SetModules(modules).
		RaiseBuiltinErrors(true).SetDefaultRegoVersion(ast.RegoV1).RunTests(ctx, txn)
	if err != nil {
		return nil, err
	}
	var out []string
	for r := range results {
		if !r.Pass() && !r.Skip {
			out = append(out, r.Package+"."+r.Name)
		}
	}
	slices.Sort(out)
	return out, nil
}
