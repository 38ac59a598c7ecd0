package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/policy"
)

const (
	configuration = `
source "filesystem" "runs" {
  path = "/srv/runs"
}
destination "filesystem" "vault" {
  path = "/srv/vault"
}
backup "runs" {
  source = source.filesystem.runs
  scope {
    include {
      paths = ["/**"]
    }
  }
  copy "vault" {
    to = destination.filesystem.vault
  }
}
policy "bench" {
  path       = "policy"
  namespaces = ["main"]
}
`
	rego = `package main

deny contains msg if {
	input.change.object.class == "secret-0"
	msg := sprintf("%s is secret", [input.change.address])
}
`
)

// TestJudge judges the same changes from memory and from a plan file.
func TestJudge(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"main.backstay.hcl": configuration, "policy/bench.rego": rego} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "changes.plan")
	if err := run(t.Context(), []string{"-write=" + file, "-changes=3000"}, os.Stdout); err != nil {
		t.Fatal(err)
	}
	var answers []string
	for _, args := range [][]string{{"-dir=" + dir, "-changes=3000"}, {"-dir=" + dir, "-plan=" + file}} {
		var out strings.Builder
		if err := run(t.Context(), args, &out); err != nil {
			t.Fatal(err)
		}
		var v verdict
		if err := json.Unmarshal([]byte(out.String()), &v); err != nil {
			t.Fatal(err)
		}
		if v.Changes != 3000 || v.Denied != 3 || v.Rego > 100 {
			t.Errorf("%v: %+v", args, v)
		}
		answers = append(answers, out.String())
	}
	if answers[0] != answers[1] {
		t.Errorf("from memory %s, from the file %s", answers[0], answers[1])
	}
}

func TestDocument(t *testing.T) {
	file := filepath.Join(t.TempDir(), "changes.json")
	if err := run(t.Context(), []string{"-json=" + file, "-changes=20"}, os.Stdout); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Changes []policy.Change `json:"changes"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Changes) != 20 || doc.Changes[9].Action != "retire" || !doc.Changes[9].Before.TermOver {
		t.Errorf("got %d changes, the tenth %+v", len(doc.Changes), doc.Changes[9])
	}
}

func TestBrokenRules(t *testing.T) {
	if err := run(t.Context(), []string{"-dir=" + t.TempDir(), "-changes=1"}, os.Stdout); err == nil {
		t.Error("a folder without a configuration was judged")
	}
}
