package tree

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestTracked compares what git says with what a walk finds in a released
// archive, where there is no repository.
func TestTracked(t *testing.T) {
	root := t.TempDir()
	for name, content := range map[string]string{"go.mod": "module x", "plan/p.go": "package p", "bin/backstay": "", "testdata/p.go": "no Go"} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found, err := Root(filepath.Join(root, "plan"))
	if err != nil || found != root {
		t.Fatalf("the root is %q, %v; want %q", found, err, root)
	}
	module, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"go.mod", "plan/p.go", "testdata/p.go"}; !slices.Equal(module.Files, want) {
		t.Errorf("got the files %q, want %q", module.Files, want)
	}
	if len(module.Packages) != 1 || module.Packages[0].Dir != "plan" {
		t.Errorf("got the packages %v, want plan alone", module.Packages)
	}
	if _, err := Root(t.TempDir()); err == nil {
		t.Error("a folder outside every module has a root")
	}
}
