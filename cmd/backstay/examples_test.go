package main

import (
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

var updateExamples = flag.Bool("update-examples", false, "rewrite the expected plans of the examples")

// examplesNow is when the expected plans were made.
var examplesNow = time.Date(2027, 1, 4, 8, 0, 0, 0, time.UTC)

// TestExamplePlans plans a copy of each example that this build has drivers for,
// and compares what a user would read with the plan beside the example.
func TestExamplePlans(t *testing.T) {
	program := buildTestClock(t)
	for _, name := range []string{"files"} {
		t.Run(name, func(t *testing.T) {
			dir, golden := t.TempDir(), filepath.Join("..", "..", "examples", name, "plan.txt")
			if err := os.CopyFS(dir, os.DirFS(filepath.Dir(golden))); err != nil {
				t.Fatal(err)
			}
			settle(t, dir, examplesNow.Add(-time.Hour)) // a checkout's times are its own
			c := exec.Command(program, "-chdir="+dir, "plan", "-as-of="+examplesNow.Format(time.RFC3339))
			c.Env = append(os.Environ(), "BACKSTAY_NOW="+examplesNow.Format(time.RFC3339))
			got, err := c.Output()
			if err != nil {
				t.Fatalf("plan: %v\n%s", err, got)
			}
			if *updateExamples {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("the plan is not that of %s; -update-examples rewrites it:\n%s", golden, got)
			}
		})
	}
}

// settle gives everything below a folder one modification time.
func settle(t *testing.T, dir string, at time.Time) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(path, at, at)
	})
	if err != nil {
		t.Fatal(err)
	}
}
