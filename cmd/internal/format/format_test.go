package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema/diag"
)

var update = flag.Bool("update", false, "rewrite golden files")

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func at(file string, line, column, endLine, endColumn int) *diag.Range {
	return &diag.Range{Filename: file, Start: diag.Pos{Line: line, Column: column}, End: diag.Pos{Line: endLine, Column: endColumn}}
}

// denied is an answer with one of everything, of a configuration in a folder
// below the caller's.
func denied() *Document {
	source := &diag.Snippet{Code: "  copy \"a\" {", StartLine: 20, HighlightStart: 2, HighlightEnd: 10}
	findings := []policy.Finding{
		{
			Control: "SCOPE-1", Title: "Every object is in scope", Severity: policy.Advisory, Result: policy.Warn, Phase: policy.PhasePlan,
			Message: "3 objects are neither in scope nor excluded.", Address: "backup.docs", Range: at("main.backstay.hcl", 12, 3, 14, 4),
		},
		{
			Control: "COPY-1", Title: "At least two copies", Severity: policy.Overridable, Result: policy.Fail, Phase: policy.PhaseConfig,
			Message: "Backup plan docs has one copy; 100% of policies, and @you, ask for two.", Address: "backup.docs", Range: at("main.backstay.hcl", 20, 3, 20, 11),
			Clauses: []string{"21 CFR 11.10(c)", "21 CFR 11.10(c)"},
		},
		{
			Control: "CHG-1", Severity: policy.Mandatory, Result: policy.Fail, Phase: policy.PhasePlan,
			Message: "The plan retires 1,200 of 2,000 copies.", Brake: "retire",
		},
		{
			Control: "COPY-2", Title: "Two kinds of media", Severity: policy.Overridable, Result: policy.Waived, Phase: policy.PhaseConfig,
			Message: "All copies are on one medium.", Address: "backup.docs",
			Waiver: &policy.WaiverNote{Name: "one-medium", Reason: "tape arrives in March", ApprovedBy: []string{"qa@example.org", "it@example.org"}, Expires: "2027-01-31"},
		},
		{
			Control: "backstay.mine/deny", Severity: policy.Mandatory, Result: policy.Unknown, Phase: policy.PhaseState,
			Message: "No evidence.", Range: at("a b.backstay.hcl", 1, 1, 1, 5),
		},
		{Control: "RPO-2", Severity: policy.Overridable, Result: policy.Deferred, Phase: policy.PhaseConfig, Message: "Decided when a plan is made."},
	}
	ds := diag.List{
		{Severity: diag.Warning, Code: "unused_variable", Summary: "Variable is not used", Range: at("variables.backstay.hcl", 3, 1, 3, 9)},
		{Severity: diag.Error, Code: "unknown_attribute", Summary: "Unknown attribute", Detail: "There is no `ownr`. <Did you> mean \"owner\"?", Range: at("/etc/other.backstay.hcl", 14, 3, 14, 7)},
	}
	show := func(r *diag.Range) *diag.Snippet {
		if r != nil && r.Start.Line == 20 {
			return source
		}
		return nil
	}
	return &Document{
		Command: "check", Version: "1.2.3", At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Folder: "infra/backup", Exit: 3,
		Headline: "3 findings deny.", Summary: []string{"1,204 of 2,000 objects are protected (3.2 GiB)"},
		Items: append(Findings(findings, show), Diagnostics(ds)...),
		Controls: []policy.ControlCount{
			{Control: "COPY-1", Title: "At least two copies", Severity: policy.Overridable, Subjects: 2, Pass: 1, Fail: 1},
			{Control: "COPY-2", Title: "Two kinds of media", Severity: policy.Overridable, Subjects: 1, Waived: 1},
			{Control: "RET-2", Severity: policy.Mandatory, Subjects: 1200, Pass: 1200},
			{Control: "HOLD-1", Severity: policy.Mandatory, NotApplicable: 1, Reason: "no holds"},
			{Control: "backstay.mine/deny", Severity: policy.Mandatory, Subjects: 1, Unknown: 1},
		},
	}
}

// passed is an answer with nothing to say.
func passed() *Document {
	return &Document{
		Command: "validate", Version: "1.2.3", At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Headline: "The configuration is valid.",
		Controls: []policy.ControlCount{{Control: "COPY-1", Severity: policy.Overridable, Subjects: 1, Pass: 1}},
	}
}

var extensions = map[string]string{
	"markdown": ".md", "sarif": ".sarif.json", "junit": ".xml", "github": ".txt", "gitlab": ".gitlab.json", "oscal": ".oscal.json", "html": ".html",
}

func render(t *testing.T, name string, d *Document) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, Find(name).Write(&b, d))
	return b.Bytes()
}

// Every format writes what its golden file says, twice the same.
func TestGolden(t *testing.T) {
	if names := Names(); len(names) != len(extensions) {
		t.Fatalf("formats %v have no golden file each", names)
	}
	for name, extension := range extensions {
		for title, document := range map[string]func() *Document{"denied": denied, "passed": passed} {
			got := render(t, name, document())
			file := filepath.Join("testdata", title+extension)
			if *update {
				must(t, os.WriteFile(file, got, 0o644))
			}
			want, err := os.ReadFile(file)
			must(t, err)
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs from what is written (rewrite with -update):\n%s", file, got)
			}
			if !bytes.Equal(got, render(t, name, document())) {
				t.Errorf("%s is not the same twice", name)
			}
		}
	}
}

// conforms holds what a format writes against a schema in testdata.
func conforms(t *testing.T, name, schema string, d *Document) any {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(filepath.Join("testdata", schema))
	must(t, err)
	text := render(t, name, d)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	must(t, err)
	if err := s.Validate(v); err != nil {
		t.Errorf("%s: %v\n%s", name, err, text)
	}
	var plain any
	must(t, json.Unmarshal(text, &plain))
	return plain
}

func TestSchemas(t *testing.T) {
	for name, schema := range map[string]string{
		"sarif": "sarif-schema-2.1.0.json", "gitlab": "gitlab-code-quality.schema.json", "oscal": "oscal-assessment-results.schema.json",
	} {
		for _, d := range []*Document{denied(), passed(), {Command: "plan", Failed: true, Exit: 1, Headline: "No answer."}} {
			conforms(t, name, schema, d)
		}
	}
}

// A reader that is gone is an error, in every format.
func TestBrokenWriter(t *testing.T) {
	for _, name := range Names() {
		if err := Find(name).Write(broken{}, denied()); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var errBroken = errors.New("nobody reads")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestUnknownName(t *testing.T) {
	if Find("pdf") != nil || !slices.IsSorted(Names()) {
		t.Error("a format that does not exist was found, or names are not sorted")
	}
}

// Blocking findings come first, whatever their order was.
func TestFindingsInOrder(t *testing.T) {
	items := denied().Items
	last := slices.IndexFunc(items, func(i Item) bool { return i.Level != Error })
	if last != 3 || items[0].Rule != "COPY-1" || !strings.Contains(items[1].Consequence, "-allow=retire") {
		t.Errorf("%d: %+v", last, items)
	}
}
