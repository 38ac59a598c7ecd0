package policy

import (
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/backstay/backstay/schema"
)

var update = flag.Bool("update", false, "rewrite golden files")

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s is not current; run the tests with -update and read the difference", file)
	}
}

func TestInputDocument(t *testing.T) { golden(t, "INPUT.md", InputDocument()) }

// TestSchemasFitTheInput holds the schemas to what is encoded: every document
// that a rule sees is valid, and a member too many is not.
func TestSchemasFitTheInput(t *testing.T) {
	cfg := withPack(t, fileTree(t), "core")
	cfg.Waivers = []*schema.Waiver{waiver(t, "COPY-2", "2027-01-31", "backup.docs")}
	e := compileSet(t, Set{Config: cfg})
	a := e.newAsker(PhasePlan, testNow, pair("run", encode(RunFacts{})))
	doc := a.input(e.controls[0], pair("change", encode(ChangeInput(retireChange(), testNow))))
	compiler := jsonschema.NewCompiler()
	for _, phase := range Phases {
		text, err := json.Marshal(JSONSchema(phase))
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(string(phase), parsed); err != nil {
			t.Fatal(err)
		}
		s, err := compiler.Compile(string(phase))
		if err != nil {
			t.Fatal(err)
		}
		input, err := jsonschema.UnmarshalJSON(strings.NewReader(doc.String()))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(input); (err == nil) != (phase == PhasePlan) {
			t.Errorf("input of the plan phase against the schema of %s: %v", phase, err)
		}
	}
}

// TestReasonsAreListed holds the reasons that a rule may name to those that a
// plan may give: one that is missing could not be asked for, and a search over
// changes would pass over it.
func TestReasonsAreListed(t *testing.T) {
	text, err := os.ReadFile("../../plan/plan.go")
	if err != nil {
		t.Fatal(err)
	}
	var given []string
	for _, m := range regexp.MustCompile(`Reason = "(\w+)"`).FindAllStringSubmatch(string(text), -1) {
		given = append(given, m[1])
	}
	listed := slices.Clone(inputShape().props["change"].props["reason"].enum)
	slices.Sort(given)
	slices.Sort(listed)
	if len(given) < 20 || !slices.Equal(given, listed) {
		t.Errorf("a plan gives\n%q\nand rules may name\n%q", given, listed)
	}
}
