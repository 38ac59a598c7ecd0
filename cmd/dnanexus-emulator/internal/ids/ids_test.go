package ids

import (
	"strings"
	"testing"
)

func TestNext(t *testing.T) {
	one, two := New([32]byte{1}), New([32]byte{1})
	seen := map[string]bool{}
	for range 1000 {
		id := one.Next("file")
		if id != two.Next("file") {
			t.Fatal("equal seeds give different identifiers")
		}
		if seen[id] || Class(id) != "file" || len(id) != len("file-")+Length || strings.Trim(id[5:], Alphabet) != "" {
			t.Fatalf("identifier %s", id)
		}
		seen[id] = true
	}
	if secret := one.Secret(); len(secret) != 64 || secret == one.Secret() {
		t.Errorf("secret %s", secret)
	}
}

func TestClass(t *testing.T) {
	signs := strings.Repeat("0", Length)
	for id, want := range map[string]string{
		"file-" + signs: "file", "project-" + signs: "project", "analysis-" + signs: "analysis", "user-a.b_c-1": "user", "org-lab": "org",
		"app-bwa_mem": "app", "app-" + signs: "app", "file-x": "", "file-" + signs + "0": "", "thing-" + signs: "", "user-": "", "system": "",
		"file-" + strings.Repeat("!", Length): "",
	} {
		if got := Class(id); got != want {
			t.Errorf("Class(%s) is %q, want %q", id, got, want)
		}
	}
	if !Data("record") || Data("project") {
		t.Error("Data tells objects from containers")
	}
}
