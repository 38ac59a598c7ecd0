package policy

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/backstay/backstay/schema"
)

// organisation writes an organisation's set and gives its folder.
func organisation(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func paramsOf(t *testing.T, e *Engine, id string) map[string]any {
	t.Helper()
	for _, d := range e.Controls() {
		if d.ID == id {
			return d.Values
		}
	}
	t.Fatalf("%s was not chosen", id)
	return nil
}

// TestStricterWins chooses one control three times: the configuration cannot
// loosen what the organisation asks, and can tighten it.
func TestStricterWins(t *testing.T) {
	org := organisation(t, map[string]string{"policy-set.json": `{"packs": ["core"], "controls": [{"id": "COPY-1", "severity": "mandatory", "params": {"min_copies": 4}}, {"id": "SCOPE-2", "params": {"required_classes": ["raw"]}}]}`})
	for given, want := range map[float64]float64{2: 4, 5: 5} {
		cfg := withPack(t, fileTree(t), "core")
		cfg.Policies[0].Params = map[string]any{"min_copies": given, "COPY-5": map[string]any{"max_verify_age": "30d"}, "required_classes": []any{"report"}}
		e := compileSet(t, Set{Config: cfg, OrgDir: org})
		if got, _ := number(paramsOf(t, e, "COPY-1")["min_copies"]); got != want {
			t.Errorf("min_copies %v given: %v, want %v", given, got, want)
		}
		if e.control("COPY-1").severity != Mandatory {
			t.Error("the strictest severity does not win")
		}
		if got := paramsOf(t, e, "COPY-5")["max_verify_age"]; got != "30d" {
			t.Errorf("max_verify_age %v", got)
		}
		if got := paramsOf(t, e, "SCOPE-2")["required_classes"].([]any); len(got) != 2 {
			t.Errorf("required_classes %v: a superset is stricter", got)
		}
	}
}

func TestOrganisationsRulesAreAsked(t *testing.T) {
	org := organisation(t, map[string]string{
		"owners.rego": "package organisation\ndeny contains {\"msg\": \"no owner\", \"address\": b.address} if {\n\tsome b in input.config.backups\n\tb.owner != \"board@example.org\"\n}",
	})
	r, err := compileSet(t, Set{Config: fileTree(t), OrgDir: org}).Config(t.Context(), testNow)
	if err != nil {
		t.Fatal(err)
	}
	if got := of(r, "organisation/deny"); len(got) != 1 || got[0].Range.Start.Line != 32 {
		t.Errorf("%+v", r.Findings)
	}
	for name, bad := range map[string]map[string]string{
		"policy_set_manifest":     {"policy-set.json": `{"pakcs": ["core"]}`},
		"policy_unknown_control":  {"policy-set.json": `{"controls": [{"id": "COPY-99"}]}`},
		"policy_unknown_pack":     {"policy-set.json": `{"packs": ["cor"]}`},
		"policy_unreadable":       nil,
		"policy_reserved_package": {"a.rego": "package backstay.control.copy_1\ndeny contains \"x\" if input.config.backups[0].name == \"x\""},
	} {
		dir := organisation(t, bad)
		if bad == nil {
			dir = filepath.Join(dir, "gone")
		}
		if e, diags := Compile(t.Context(), Set{Config: fileTree(t), Files: fstest.MapFS{}, OrgDir: dir}); e != nil || diags[0].Code != name {
			t.Errorf("%s: %+v", name, diags)
		}
	}
}

func TestParametersAreChecked(t *testing.T) {
	for code, params := range map[string]map[string]any{
		"policy_unknown_parameter": {"min_copys": 3.0},
		"policy_parameter_type":    {"min_copies": "three"},
	} {
		cfg := withPack(t, fileTree(t), "core")
		cfg.Policies[0].Params = params
		if e, diags := Compile(t.Context(), Set{Config: cfg, Files: fstest.MapFS{}}); e != nil || diags[0].Code != code {
			t.Errorf("%v: %+v", params, diags)
		}
	}
}

// TestDigest holds that whatever changes what is judged changes the digest, and
// nothing else does.
func TestDigest(t *testing.T) {
	text := "package backstay.own\ndeny contains \"x\" if input.config.backups[0].name == \"z\""
	digest := func(edit func(*schema.Configuration), files map[string]string, org string) string {
		cfg := withPack(t, fileTree(t), "core")
		if edit != nil {
			edit(cfg)
		}
		s := withRego(t, cfg, files)
		s.OrgDir = org
		return compileSet(t, s).Digest()
	}
	base := digest(nil, map[string]string{"a.rego": text}, "")
	if again := digest(func(c *schema.Configuration) { c.Backups[0].Owner = "other" }, map[string]string{"a.rego": text}, ""); again != base {
		t.Error("the digest depends on what is judged")
	}
	seen := map[string]string{base: "base"}
	for name, d := range map[string]string{
		"a rule":        digest(nil, map[string]string{"a.rego": text + "\n"}, ""),
		"data":          digest(nil, map[string]string{"a.rego": text, "d.json": `{"x": 1}`}, ""),
		"a parameter":   digest(func(c *schema.Configuration) { c.Policies[0].Params = map[string]any{"min_copies": 4.0} }, map[string]string{"a.rego": text}, ""),
		"one pack less": digest(func(c *schema.Configuration) { c.Policies = nil }, map[string]string{"a.rego": text}, ""),
		"organisation":  digest(nil, map[string]string{"a.rego": text}, organisation(t, map[string]string{"policy-set.json": `{"controls": [{"id": "COPY-3", "severity": "mandatory"}]}`})),
	} {
		if other, ok := seen[d]; ok {
			t.Errorf("%s has the digest of %s", name, other)
		}
		seen[d] = name
	}
	manifest := map[string]string{"policy-set.json": `{"packs": ["core"]}`, "o.rego": "package organisation\ndeny contains \"x\" if input.config.backups[0].name == \"z\""}
	here, there := organisation(t, manifest), organisation(t, manifest)
	if digest(nil, map[string]string{"a.rego": text}, here) != digest(nil, map[string]string{"a.rego": text}, there) {
		t.Error("the digest depends on where the organisation's set lies")
	}
}

// TestPacksNameControls holds each manifest to controls that exist.
func TestPacksNameControls(t *testing.T) {
	all, diags := Library()
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	known := map[string]bool{}
	for _, d := range all {
		known[d.ID] = true
		if len(d.Packs) == 0 {
			t.Errorf("%s is in no pack", d.ID)
		}
	}
	for _, name := range PackNames() {
		title, ids, err := Pack(name)
		if err != nil || title == "" {
			t.Errorf("%s: %q, %v", name, title, err)
		}
		for _, id := range ids {
			if !known[id] {
				t.Errorf("pack %s names %s, which does not exist", name, id)
			}
		}
	}
}

func TestExplain(t *testing.T) {
	e := compileSet(t, Set{Config: fileTree(t)})
	d, diags := e.Explain("copy-1")
	if len(diags) > 0 || d.Chosen || d.Fix == "" || d.File != "policies/control/copy_1.rego" || d.Parameters["min_copies"].Direction != "higher" {
		t.Errorf("%+v, %v", d, diags)
	}
	if d, diags := e.Explain("RET-2"); len(diags) > 0 || !d.Chosen || d.Severity != Mandatory {
		t.Errorf("%+v, %v", d, diags)
	}
	if _, diags := e.Explain("COPY-11"); len(diags) != 1 || diags[0].Code != "policy_unknown_control" {
		t.Errorf("%v", diags)
	}
}
