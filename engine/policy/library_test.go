package policy

import (
	"fmt"
	"slices"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

// libraryIDs are the ids of the controls that the library promises, one row
// each in the tables of the list of controls that a backup plan for genomics
// data and file or object storage has to satisfy: a family, and how many
// controls it has. An id never changes and is never given twice.
var libraryIDs = []struct {
	family string
	last   int
}{
	{"COPY", 8},
	{"SCOPE", 8},
	{"RPO", 2},
	{"RTO", 2},
	{"RET", 10},
	{"HOLD", 3},
	{"PROT", 8},
	{"LOC", 5},
	{"VER", 3},
	{"TEST", 4},
	{"CHG", 8},
	{"PRIV", 3},
	{"AUD", 4},
}

func listedControls() []string {
	var out []string
	for _, f := range libraryIDs {
		for n := 1; n <= f.last; n++ {
			out = append(out, fmt.Sprintf("%s-%d", f.family, n))
		}
	}
	return out
}

// TestEveryListedControlExists holds the library to its list, both ways. That
// each control has its cases and cites a clause is TestControls.
func TestEveryListedControlExists(t *testing.T) {
	controls, diags := Library()
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	listed := listedControls()
	for _, c := range controls {
		if i := slices.Index(listed, c.ID); i >= 0 {
			listed = slices.Delete(listed, i, i+1)
		} else {
			t.Errorf("%s is in the library and not in the list, or twice", c.ID)
		}
	}
	for _, id := range listed {
		t.Errorf("%s is missing", id)
	}
}

// allPacks is the file tree with every pack chosen.
func allPacks(t testing.TB) *Engine {
	cfg := fileTree(t)
	for _, name := range PackNames() {
		if name != safetyPack {
			cfg = withPack(t, cfg, name)
		}
	}
	return compileSet(t, Set{Config: cfg})
}

// TestPhasesAreWhatRulesSay holds the phases in a control's metadata to those in
// which one of its rules decides.
func TestPhasesAreWhatRulesSay(t *testing.T) {
	for _, c := range allPacks(t).controls {
		var decides []Phase
		for _, p := range Phases {
			if c.runsIn(p) {
				decides = append(decides, p)
			}
		}
		if !slices.Equal(c.phases, decides) {
			t.Errorf("%s says %v and decides in %v", c.id, c.phases, decides)
		}
	}
}

// TestParametersAreRead holds that no control declares a figure that nothing
// reads: it would look like a rule.
func TestParametersAreRead(t *testing.T) {
	e := allPacks(t)
	for _, c := range e.controls {
		read := map[string]bool{}
		for _, r := range c.rules {
			for _, dep := range e.reached(r.compiled) {
				for name := range paramsRead(dep) {
					read[name] = true
				}
			}
		}
		for name, p := range c.parameters {
			if !read[name] && !read[name+"_days"] && !read[name+"_hours"] {
				t.Errorf("%s declares %s and reads it nowhere", c.id, name)
			}
			if p.Description == "" || p.Type == "" {
				t.Errorf("%s: parameter %s lacks type or description", c.id, name)
			}
		}
	}
}

func paramsRead(r *ast.Rule) map[string]bool {
	out := map[string]bool{}
	ast.WalkRefs(r, func(ref ast.Ref) bool {
		if len(ref) > 2 && ref[0].Equal(ast.InputRootDocument) && ref[1].Value.Compare(ast.String("params")) == 0 {
			if name, ok := ref[2].Value.(ast.String); ok {
				out[string(name)] = true
			}
		}
		return false
	})
	return out
}

// TestPhaseIsNarrowed reads the phase of a rule out of how it compares
// input.phase.
func TestPhaseIsNarrowed(t *testing.T) {
	for text, want := range map[string]string{
		`input.phase == "plan"`:  "[plan]",
		`"state" == input.phase`: "[state]",
		`input.phase != "plan"`:  "[config state]",
		`p := input.phase
	p != "state"`: "[config plan]",
		`not input.phase == "plan"`: "[config plan state]",
		`input.now != "plan"`:       "[config plan state]",
	} {
		e := compileSet(t, withRego(t, fileTree(t), map[string]string{"a.rego": "package backstay.own\ndeny contains \"x\" if {\n\t" + text + "\n}"}))
		if got := fmt.Sprint(e.control("backstay.own/deny").rules[0].phases); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
