package policy

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/backstay/backstay/plan"
)

// TestClosedByDefault holds the ways in which a policy engine can fail open:
// each must be an error here, at its file and line.
func TestClosedByDefault(t *testing.T) {
	cases := map[string]struct {
		text string
		code string
		line int
	}{
		"misspelt rule name": {"package backstay.own\ndney contains \"x\" if input.config.backups[0].name == \"docs\"\ndeny contains \"y\" if input.config.backups[0].name == \"z\"", "policy_unreached_rule", 2},
		"other package":      {"package other\ndeny contains \"x\" if input.config.backups[0].name == \"docs\"", "policy_other_package", 1},
		"misspelt path":      {"package backstay.own\ndeny contains \"x\" if {\n\tsome b in input.config.backups\n\tb.retension.keep_days < 3\n}", "policy_unknown_path", 4},
		"misspelt member":    {"package backstay.own\ndeny contains \"x\" if input.confg.backups", "policy_unknown_path", 2},
		"enum value":         {"package backstay.own\ndeny contains \"x\" if input.change.action == \"delete\"", "policy_unknown_value", 2},
		"enum value in set":  {"package backstay.own\ndeny contains \"x\" if input.change.action in {\"retire\", \"remove\"}", "policy_unknown_value", 2},
		"enum value in rule": {"package backstay.own\nbad := {\"retire\", \"remove\"}\ndeny contains \"x\" if input.change.action in bad", "policy_unknown_value", 3},
		"enum by variable":   {"package backstay.own\ndeny contains \"x\" if {\n\tsome d in input.config.destinations\n\td.media == \"disc\"\n}", "policy_unknown_value", 4},
		"object.get":         {"package backstay.own\ndeny contains \"x\" if object.get(input.change, \"actoin\", \"\") == \"retire\"", "policy_object_get", 2},
		"array result":       {"package backstay.own\ndeny := [\"x\"] if input.config.backups[0].name == \"docs\"", "policy_odd_rule", 2},
		"number result":      {"package backstay.own\ndeny := 3 if input.config.backups[0].name == \"docs\"", "policy_odd_rule", 2},
		"default":            {"package backstay.own\ndefault deny := \"x\"\ndeny := \"y\" if input.config.backups[0].name == \"docs\"", "policy_odd_rule", 2},
		"arguments":          {"package backstay.own\ndeny(x) := \"y\" if x == 1", "policy_odd_rule", 2},
		"no phase":           {"package backstay.own\ndeny contains \"x\" if {\n\tinput.change.bytes > 3\n\tinput.copy.size > 3\n}", "policy_no_phase", 2},
		"whole input":        {"package backstay.own\ndeny contains \"x\" if count(input) > 3", "policy_whole_input", 2},
		"unknown member":     {"package backstay.own\ndeny contains \"x\" if {\n\tsome k\n\tinput[k]\n\tk == \"change\"\n}", "policy_whole_input", 4},
		"network":            {"package backstay.own\ndeny contains \"x\" if http.send({\"method\": \"get\", \"url\": \"http://x\"}).status_code == 200", "policy_unknown_function", 2},
		"environment":        {"package backstay.own\ndeny contains \"x\" if opa.runtime().env.HOME", "policy_unknown_function", 2},
		"clock":              {"package backstay.own\ndeny contains \"x\" if time.now_ns() > 3", "policy_unknown_function", 2},
		"chance":             {"package backstay.own\ndeny contains \"x\" if rand.intn(\"a\", 3) == 1", "policy_unknown_function", 2},
		"unused variable":    {"package backstay.own\ndeny contains \"x\" if {\n\ty := input.config.backups[0].name\n}", "policy_invalid", 3},
		"syntax":             {"package backstay.own\ndeny contains", "policy_invalid", 2},
		"v0":                 {"package backstay.own\ndeny[msg] { msg := \"x\" }", "policy_rego_v0", 1},
		"parameter":          {"package backstay.own\ndeny contains \"x\" if input.params.limit < 3", "policy_unknown_parameter", 2},
		"metadata severity":  {"package backstay.own\n# METADATA\n# scope: rule\n# custom:\n#   severity: fatal\ndeny contains \"x\" if input.config.backups[0].name == \"docs\"", "policy_metadata", 2},
		"taken id":           {"package backstay.own\n# METADATA\n# scope: rule\n# custom:\n#   id: RET-2\ndeny contains \"x\" if input.config.backups[0].name == \"docs\"", "policy_duplicate_id", 6},
		"only comments":      {"# nothing", "policy_empty", 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := withRego(t, fileTree(t), map[string]string{"own.rego": c.text})
			e, diags := Compile(t.Context(), s)
			if e != nil {
				t.Fatal("compiled")
			}
			for _, d := range diags {
				if d.Code != c.code {
					continue
				}
				if c.line > 0 && (d.Range == nil || d.Range.Filename != "policy/own.rego" || d.Range.Start.Line != c.line) {
					t.Errorf("points at %+v, want policy/own.rego line %d", d.Range, c.line)
				}
				return
			}
			t.Errorf("want %s, got %+v", c.code, diags)
		})
	}
}

func TestMissingFolderIsAnError(t *testing.T) {
	s := withRego(t, fileTree(t), nil)
	if e, diags := Compile(t.Context(), s); e != nil || diags[0].Code != "policy_unreadable" || diags[0].Range.Start.Line != 91 {
		t.Errorf("%+v", diags)
	}
	s.Config.Policies[0].Path = "../elsewhere"
	if e, diags := Compile(t.Context(), s); e != nil || diags[0].Code != "policy_outside" {
		t.Errorf("%+v", diags)
	}
}

func TestUnknownPackNamesTheOthers(t *testing.T) {
	e, diags := Compile(t.Context(), Set{Config: withPack(t, fileTree(t), "cor"), Files: fstest.MapFS{}})
	if e != nil || diags[0].Code != "policy_unknown_pack" || !strings.Contains(diags[0].Detail, "core") || diags[0].Range.Start.Line != 81 {
		t.Errorf("%+v", diags)
	}
}

// TestEvaluationErrorsStop holds that an error in a builtin, or an answer in an
// odd shape, is never a pass.
func TestEvaluationErrorsStop(t *testing.T) {
	for name, text := range map[string]string{
		"policy_evaluation": "package backstay.own\ndeny contains \"x\" if to_number(input.config.backups[0].name) > 3",
		"policy_odd_result": "package backstay.own\ndeny contains x if x := count(input.config.backups)",
	} {
		e := compileSet(t, withRego(t, fileTree(t), map[string]string{"own.rego": text}))
		_, err := e.Config(t.Context(), testNow)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if d := Problem(err); d.Code != name || d.Range == nil || d.Range.Start.Line != 2 {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// conftestFiles are rules as conftest's users write them.
var conftestFiles = map[string]string{
	"main.rego": `package main

import data.helpers

deny contains msg if {
	some b in input.config.backups
	not helpers.answered(b)
	msg := sprintf("backup %s has no known owner", [b.name])
}

deny_short[msg] if {
	some b in input.config.backups
	b.retention.keep_days < data.limits.days
	msg := sprintf("backup %s keeps too short", [b.name])
}

warn_media contains {"msg": "a disk", "address": d.address} if {
	some d in input.config.destinations
	d.media == "disk"
}

violation contains {"msg": msg} if {
	input.change.object.size > 10
	msg := "large"
}
`,
	"helpers.rego":   "package helpers\nanswered(b) if b.owner in data.owners\nunused := 3",
	"limits.yaml":    "limits: {days: 5000}",
	"owners.json":    `{"owners": ["somebody@example.org"]}`,
	"main_test.rego": "package main_test\nimport data.main\ntest_x if count(main.deny) == 0 with input as {\"config\": {\"backups\": []}}",
}

// TestConftestStyle runs rules as conftest's users write them, in their own
// package, with helpers, data and tests beside them.
func TestConftestStyle(t *testing.T) {
	s := withRego(t, fileTree(t), conftestFiles, "main")
	e := compileSet(t, s)
	r, err := e.Config(t.Context(), testNow)
	if err != nil {
		t.Fatal(err)
	}
	deny := of(r, "main/deny")
	deny = append(deny, of(r, "main/deny_short")...)
	if len(deny) != 2 {
		t.Fatalf("main/deny: %+v", deny)
	}
	for i, line := range []int{32, 61} { // owner attribute, keep attribute
		if deny[i].Address != "backup.docs" || deny[i].Severity != Overridable || deny[i].Range == nil || deny[i].Range.Start.Line != line {
			t.Errorf("%s: %s at %+v, want line %d", deny[i].Message, deny[i].Address, deny[i].Range, line)
		}
	}
	if deny[0].Rule == nil || deny[0].Rule.Filename != "policy/main.rego" || deny[0].Rule.Start.Line != 5 {
		t.Errorf("rule %+v", deny[0].Rule)
	}
	if w := of(r, "main/warn_media"); len(w) != 1 || w[0].Severity != Advisory || w[0].Result != Warn || w[0].Range.Start.Line != 12 {
		t.Errorf("warn: %+v", w)
	}
	p, err := e.NewPlan(t.Context(), planFacts())
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Change(t.Context(), copyChange())
	if err != nil || len(got) != 1 || got[0].Control != "main/violation" {
		t.Errorf("violation: %+v, %v", got, err)
	}
	small := copyChange()
	small.Object.Size = 3
	if got, err := p.Change(t.Context(), small); err != nil || len(got) != 0 {
		t.Errorf("small: %+v, %v", got, err)
	}
	end, err := p.End(t.Context(), &plan.Summary{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := countOf(t, end, "main/violation"); c.Subjects != 2 || c.Fail != 1 || c.Pass != 1 {
		t.Errorf("counts %+v", c)
	}
	suite, diags := Test(t.Context(), s, false)
	if len(diags) > 0 || suite.Passed != 1 || suite.Failed != 0 {
		t.Errorf("tests: %+v, %v", suite, diags)
	}
	s.Files.(fstest.MapFS)["policy/more_test.rego"] = &fstest.MapFile{Data: []byte("package more_test\ntest_wrong if 1 == 2\ntodo_test_later if 1 == 2")}
	suite, diags = Test(t.Context(), s, false)
	if len(diags) > 0 || suite.Passed != 1 || suite.Failed != 1 || len(suite.Results) != 3 {
		t.Errorf("tests: %+v, %v", suite, diags)
	}
	for _, r := range suite.Results {
		if r.Name == "test_wrong" && (r.Detail == "" || r.Range.Start.Line != 2) || r.Skipped != (r.Name == "todo_test_later") {
			t.Errorf("%+v", r)
		}
	}
}

// TestNobodyJoinsAShippedPackage adds a clause to a helper of a shipped control,
// which would let pass what the control denies.
func TestNobodyJoinsAShippedPackage(t *testing.T) {
	for _, text := range []string{
		"package backstay.control.copy_3\naway(c) if c.name",
		"package backstay.lib\nsigned(_) if true",
		"package backstay\nlib.signed(_) if true",
		"package backstay\ncontrol.copy_3.away(c) if c.name",
		"package backstay.control\ndeny contains \"x\" if input.config.backups[0].name == \"x\"",
	} {
		s := withRego(t, withPack(t, fileTree(t), "core"), map[string]string{"a.rego": text})
		e, diags := Compile(t.Context(), s)
		if e != nil || !diags.HasErrors() || diags[0].Code != "policy_reserved_package" {
			t.Errorf("%q: %+v", text, diags)
		}
	}
	s := withRego(t, fileTree(t), map[string]string{"a.rego": "package backstay.library\ndeny contains \"x\" if input.config.backups[0].name == \"x\""}, "backstay.library")
	compileSet(t, s)
}
