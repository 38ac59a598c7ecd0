package policy

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/backstay/backstay/schema/lang"
)

// loadHCL reads a configuration from text, as the program does.
func loadHCL(t *testing.T, text string, files fstest.MapFS) Set {
	t.Helper()
	if files == nil {
		files = fstest.MapFS{}
	}
	files["main.backstay.hcl"] = &fstest.MapFile{Data: []byte(text)}
	cfg, _, diags := lang.LoadFS(files, "/configuration", lang.Options{Version: "0.1.0"})
	if diags.HasErrors() {
		t.Fatalf("%+v", diags)
	}
	return Set{Config: cfg, Files: files}
}

func example(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestExamplesPassCore holds core to what it promises: the configuration of
// design.md, one for plain files and each starter pass it.
func TestExamplesPassCore(t *testing.T) {
	for _, path := range []string{
		"../../examples/files/main.backstay.hcl", "../../examples/dnanexus/main.backstay.hcl", "../starter/filesystem.backstay.hcl",
	} {
		text := example(t, path)
		r, err := compileSet(t, loadHCL(t, text, nil)).Config(t.Context(), testNow)
		if err != nil {
			t.Fatal(err)
		}
		if r.Blocked {
			t.Errorf("%s is blocked", path)
		}
		for _, f := range r.Findings {
			if f.Blocks() {
				t.Errorf("%s: %s: %s", path, f.Control, f.Message)
			}
			t.Logf("%s: %s %s %s at %v", path, f.Control, f.Result, f.Message, f.Range)
		}
	}
}

// TestFindingsPointIntoTheHCL takes one thing after the other out of a
// configuration that passes, and looks where the finding points.
func TestFindingsPointIntoTheHCL(t *testing.T) {
	text := example(t, "../../examples/files/main.backstay.hcl")
	for name, c := range map[string]struct {
		cut, put string // in the text
		control  string
		at       string // text at the start of the range
	}{
		"no verify":        {"verify {\n    algorithm = \"sha256\"\n    scrub     = \"90d\"\n  }", "", "COPY-5", "backup \"documents\""},
		"no restore test":  {"restore_test {\n    every  = \"90d\"\n    sample = 20\n  }", "", "TEST-1", "backup \"documents\""},
		"rare tests":       {"every  = \"90d\"", "every  = \"200d\"", "TEST-1", `"200d"`},
		"no reason":        {"reason = \"made again by the programs that wrote them\"", "", "SCOPE-1", "exclude {"},
		"no keep_last":     {"keep_last = 3", "keep_last = 0", "RET-6", "0"},
		"below a floor":    {"keep      = \"1y\"", "keep      = \"30d\"\n", "RET-1", `"30d"`},
		"one medium":       {"media = \"object\"", "media = \"disk\"", "COPY-2", ""},
		"limits off":       {"objective {", "limits {\n    retire_ratio = 1\n  }\n  objective {", "CHG-1", "1\n"},
		"test over source": {"sample = 20", "sample = 20\n    target = \"documents/tmp\"", "TEST-4", ""},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(text, c.cut, c.put, 1)
			if changed == text {
				t.Fatalf("%q is not in the example", c.cut)
			}
			if name == "below a floor" {
				changed = strings.Replace(changed, `every  = "24h"`, `every  = "24h"`+"\n  regimes = [\"backup_default\"]", 1)
			}
			r, err := compileSet(t, loadHCL(t, changed, nil)).Config(t.Context(), testNow)
			if err != nil {
				t.Fatal(err)
			}
			got := of(r, c.control)
			if len(got) != 1 || got[0].Result != Fail || !r.Blocked {
				t.Fatalf("%s: %+v", c.control, r.Findings)
			}
			at := got[0].Range
			if at == nil || at.Filename == "" {
				t.Fatalf("no range: %+v", got[0])
			}
			if !strings.HasPrefix(changed[at.Start.Byte:], c.at) {
				t.Errorf("points at %d:%d %q, want %q", at.Start.Line, at.Start.Column, changed[at.Start.Byte:min(at.Start.Byte+30, len(changed))], c.at)
			}
		})
	}
}

// TestForEachPointsAtTheExpression holds findings inside for_each to the place
// that made the value.
func TestForEachPointsAtTheExpression(t *testing.T) {
	s := loadHCL(t, `
source "filesystem" "docs" {
  for_each = toset(["a", "b"])
  path     = each.key
}
destination "filesystem" "vault" {
  path = "vault"
}
backup "docs" {
  for_each = { a = "3y", b = "10d" }
  source   = source.filesystem.docs[each.key]
  copy "vault" {
    to = destination.filesystem.vault
  }
  retention {
    keep = each.value
  }
}
policy "own" {
  path = "policy"
}
`, fstest.MapFS{"policy/a.rego": {Data: []byte(`package backstay.own
deny contains msg if {
	some b in input.config.backups
	b.retention.keep_days < 100
	msg := sprintf("%s keeps only %s", [b.address, b.retention.keep])
}`)}})
	r, err := compileSet(t, s).Config(t.Context(), testNow)
	if err != nil {
		t.Fatal(err)
	}
	got := of(r, "backstay.own/deny")
	if len(got) != 1 || got[0].Address != `backup.docs["b"]` || got[0].Range == nil {
		t.Fatalf("%+v", got)
	}
	if at := got[0].Range.Start; at.Line != 16 || at.Column != 12 {
		t.Errorf("points at %d:%d, want each.value at 16:12", at.Line, at.Column)
	}
}
