package policy

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/backstay/backstay/schema"
)

// TestControls runs the library's own tests and holds each control to its
// cases: it must show what passes, what fails, what is unknown and what does
// not apply, and cite a clause.
func TestControls(t *testing.T) {
	suite, diags := Test(t.Context(), Set{Config: &schema.Configuration{}, Files: fstest.MapFS{}}, true)
	for _, d := range diags {
		t.Errorf("%s: %s (%v)", d.Summary, d.Detail, d.Range)
	}
	cases := map[string]map[string]bool{}
	for _, r := range suite.Results {
		if !r.Pass {
			t.Errorf("%s.%s at %v: %s", r.Package, r.Name, r.Range, r.Detail)
		}
		pkg := strings.TrimSuffix(r.Package, "_test")
		if cases[pkg] == nil {
			cases[pkg] = map[string]bool{}
		}
		for _, kind := range []string{"pass", "fail", "unknown", "not_applicable"} {
			if strings.HasPrefix(r.Name, "test_"+kind) {
				cases[pkg][kind] = true
			}
		}
	}
	controls, diags := Library()
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	for _, c := range controls {
		pkg := "backstay.control." + strings.ToLower(strings.ReplaceAll(c.ID, "-", "_"))
		for _, kind := range []string{"pass", "fail", "unknown", "not_applicable"} {
			if !cases[pkg][kind] {
				t.Errorf("%s has no test_%s case in %s_test", c.ID, kind, pkg)
			}
		}
		if len(c.Clauses) == 0 || c.Title == "" || c.Description == "" || c.Fix == "" || len(c.Phases) == 0 {
			t.Errorf("%s lacks metadata: %+v", c.ID, c)
		}
	}
	if suite.Coverage < 90 {
		t.Errorf("tests cover %.1f %% of the library, and 90 is asked for", suite.Coverage)
	}
	t.Logf("%d tests, coverage %.1f %%", suite.Passed, suite.Coverage)
}
