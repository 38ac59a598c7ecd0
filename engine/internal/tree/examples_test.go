package tree_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/internal/tree"
)

// TestExamples validates every configuration below examples, policies included,
// as its first reader will: with no variable set and nothing in the
// environment.
func TestExamples(t *testing.T) {
	root, err := tree.Root(".")
	if err != nil {
		t.Fatal(err)
	}
	folders := map[string]bool{}
	err = filepath.WalkDir(filepath.Join(root, "examples"), func(name string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".backstay.hcl") || strings.HasSuffix(name, ".backstay.json") {
			folders[filepath.Dir(name)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(folders) < 2 {
		t.Fatalf("found %d examples: the folder was not read", len(folders))
	}
	for folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			result, problems := engine.New(engine.Options{Dir: folder, Version: "0.1.0"}).Validate(t.Context())
			for _, problem := range problems {
				t.Errorf("%s: %s", problem.Summary, problem.Detail)
			}
			if !result.Valid || result.Outcome != engine.Done {
				t.Errorf("the example is not valid (%s)", result.Outcome)
			}
		})
	}
}
