package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// ruleBodies are eleven rules such as a team writes about the changes of a
// plan, each of one change alone. CHANGE stands for the change, NUMBER for a
// figure by which the copies of a rule differ.
var ruleBodies = []string{
	`CHANGE.removes
	not CHANGE.before.term_over
	why := "is removed before its term is over (NUMBER)"`,
	`CHANGE.removes
	count(CHANGE.before.held) > NUMBER
	why := "is held"`,
	`CHANGE.removes
	CHANGE.remaining < 1 - NUMBER
	why := "is the last copy"`,
	`CHANGE.action in {"copy", "recopy", "adopt"}
	CHANGE.object.class in {"secret-NUMBER", "sealed-NUMBER"}
	CHANGE.destination == "destination.filesystem.vault"
	why := "is of a class that does not belong there (NUMBER)"`,
	`CHANGE.action == "copy"
	CHANGE.bytes > 1000000 + NUMBER
	why := "is too large"`,
	`CHANGE.action == "copy"
	startswith(CHANGE.object.path, "scratch-NUMBER/")
	why := "is scratch data"`,
	`CHANGE.action in {"copy", "recopy"}
	endswith(CHANGE.object.path, ".tmp-NUMBER")
	why := "is a temporary file"`,
	`CHANGE.term_change == "lowered"
	CHANGE.before.seq > NUMBER
	why := "loses part of its term"`,
	`CHANGE.lock_change == "lowered"
	CHANGE.before.locked
	why := "loses part of its lock (NUMBER)"`,
	`CHANGE.action == "tag"
	CHANGE.copies_after < CHANGE.copies_before
	CHANGE.before.seq > NUMBER
	why := "loses copies"`,
	`CHANGE.after.status == "damaged"
	CHANGE.object.size > NUMBER
	why := "would be recorded as damaged"`,
}

// rulesText gives n rules: the eleven, over and over with other figures. One
// change at a time is input.change; all at once are what a document lists.
func rulesText(n int, all bool) string {
	var b strings.Builder
	b.WriteString("package main\n")
	for i := range n {
		change, which := "input.change", ""
		if all {
			change, which = "change", "\tsome change in input.changes\n"
		}
		body := strings.NewReplacer("CHANGE", change, "NUMBER", fmt.Sprint(i/len(ruleBodies))).Replace(ruleBodies[i%len(ruleBodies)])
		fmt.Fprintf(&b, "\ndeny contains msg if {\n%s\t%s\n\tmsg := sprintf(\"%%s %%s\", [%s.address, why])\n}\n", which, body, change)
	}
	return b.String()
}

// judged is the configuration that brings the rules.
const judged = `
source "filesystem" "runs" {
  path = "/srv/runs"
}

destination "filesystem" "vault" {
  path = "/srv/vault"
}

backup "runs" {
  source = source.filesystem.runs
  owner  = "bench@example.org"

  scope {
    include {
      paths = ["/**"]
    }
  }
  copy "vault" {
    to = destination.filesystem.vault
  }
  retention {
    keep = "7y"
  }
}

policy "bench" {
  path       = "policy"
  namespaces = ["main"]
}
`

// writeRules makes a configuration folder with n rules for Backstay in policy,
// and the same for conftest in conftest.
func writeRules(dir string, n int) error {
	for name, text := range map[string]string{
		"main.backstay.hcl": judged, "policy/bench.rego": rulesText(n, false), "conftest/bench.rego": rulesText(n, true),
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
