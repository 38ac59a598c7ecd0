package policy

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/backstay/backstay/schema/diag"
)

// TestResult is the outcome of one Rego test.
type TestResult struct {
	Package string      `json:"package"`
	Name    string      `json:"name"`
	Pass    bool        `json:"pass"`
	Skipped bool        `json:"skipped,omitempty"`
	Range   *diag.Range `json:"range,omitempty"`
	Detail  string      `json:"detail,omitempty"`
}

// Suite is the outcome of all tests of a policy set. Coverage is the share of
// the modules' expressions that a test evaluated, in percent.
type Suite struct {
	Results  []TestResult `json:"results"`
	Passed   int          `json:"passed"`
	Failed   int          `json:"failed"`
	Coverage float64      `json:"coverage"`
}

// Test runs the Rego tests of a set: of the users' policies, and with shipped
// those of the library too. Tests are the rules test_* of the files *_test.rego.
func Test(ctx context.Context, s Set, shipped bool) (Suite, diag.List) {
	if s.Files == nil {
		s.Files = os.DirFS(s.Config.Dir)
	}
	e := newEngine(s)
	diags := append(e.load(s, shipped), e.parseTested(shipped)...)
	if diags.HasErrors() {
		return Suite{}, diags
	}
	modules, wanted := map[string]*ast.Module{}, map[string]bool{}
	data := map[string]any{}
	for _, set := range e.sets {
		diags = append(diags, mergeData(data, set.data, set.shown, set.shipped)...)
		for _, m := range set.modules {
			if m.parsed == nil {
				continue
			}
			modules[m.name] = m.parsed
			wanted[m.name] = !set.shipped || shipped
		}
	}
	if diags.HasErrors() {
		return Suite{}, diags
	}
	return e.runTests(ctx, modules, wanted, data)
}

func (e *Engine) runTests(ctx context.Context, modules map[string]*ast.Module, wanted map[string]bool, data map[string]any) (Suite, diag.List) {
	schemas := ast.NewSchemaSet()
	compiler := ast.NewCompiler().WithCapabilities(capabilities()).WithSchemas(schemas).WithUseTypeCheckAnnotations(true)
	coverage := cover.New()
	store := inmem.NewFromObject(data)
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return Suite{}, diag.List{diag.FromError(err, "policy_internal", "Policy tests cannot run")}
	}
	defer store.Abort(ctx, txn)
	results, err := tester.NewRunner().SetCompiler(compiler).SetStore(store).SetModules(modules).
		SetCoverageQueryTracer(coverage).RaiseBuiltinErrors(true).SetDefaultRegoVersion(ast.RegoV1).RunTests(ctx, txn)
	if err != nil {
		return Suite{}, e.illustrate(e.regoErrors(err))
	}
	var out Suite
	for r := range results {
		if r.Location == nil || !wanted[r.Location.File] {
			continue
		}
		t := TestResult{Package: strings.TrimPrefix(r.Package, "data."), Name: r.Name, Pass: r.Pass(), Skipped: r.Skip, Range: regoRange(r.Location)}
		if r.Error != nil {
			t.Detail = r.Error.Error()
		} else if !t.Pass && !t.Skipped {
			t.Detail = "The rule does not hold."
		}
		out.add(t)
	}
	slices.SortFunc(out.Results, func(a, b TestResult) int { return compareStrings(a.Package+"\x00"+a.Name, b.Package+"\x00"+b.Name) })
	for name := range modules {
		if !wanted[name] || strings.HasSuffix(name, "_test.rego") {
			delete(modules, name)
		}
	}
	out.Coverage = coverage.Report(modules).Coverage
	return out, nil
}

func (s *Suite) add(t TestResult) {
	s.Results = append(s.Results, t)
	switch {
	case t.Pass:
		s.Passed++
	case !t.Skipped:
		s.Failed++
	}
}
