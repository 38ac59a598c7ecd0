package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/backstay/backstay/cmd/internal/program"
)

func TestShape(t *testing.T) {
	if got := branches(1_000_000); got != 100 {
		t.Errorf("a million files lie in %d branches, want 100 and so 10,101 folders", got)
	}
	for _, s := range []shape{{files: 450, branches: branches(450), most: 10}, {files: 30, most: 0}} {
		root := t.TempDir()
		if err := s.build(root); err != nil {
			t.Fatal(err)
		}
		files, folders := 0, 0
		err := filepath.WalkDir(root, func(_ string, entry fs.DirEntry, err error) error {
			if entry.IsDir() {
				folders++
			} else {
				files++
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := 1 + s.branches + s.branches*s.branches; files != s.files || folders != want {
			t.Errorf("%+v: got %d files in %d folders, want %d folders", s, files, folders, want)
		}
	}
}

func TestLargeFilesDiffer(t *testing.T) {
	root := t.TempDir()
	if err := large(root, 2, 1<<16); err != nil {
		t.Fatal(err)
	}
	one, err := os.ReadFile(filepath.Join(root, "large-0.bin"))
	if err != nil {
		t.Fatal(err)
	}
	two, err := os.ReadFile(filepath.Join(root, "large-1.bin"))
	if err != nil {
		t.Fatal(err)
	}
	if len(one) != 1<<16 || string(one) == string(two) {
		t.Error("large files must have their size and differ")
	}
}

// TestSmoke runs the whole benchmark, small, with the real program: every
// command must do its work, and every figure must be there.
func TestSmoke(t *testing.T) {
	binary, err := program.Build(t.Context(), "../..", "cmd/backstay", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var out, progress strings.Builder
	err = run(t.Context(), []string{"-backstay", binary, "-files=400", "-rounds=1", "-conftest=none", "-dir=" + t.TempDir()}, &out, &progress)
	if err != nil {
		t.Fatalf("%v\n%s", err, progress.String())
	}
	for _, want := range []string{
		"first backup of 400 small files", "first backup of 4 x 2 MiB", "unchanged plan of 2000 files in 21 folders",
		"unchanged plan of 2000 files in one folder", "CPU of restore, 2N / restore, N", "policies over 2000 changes (N), conftest over 1000 (M)", "110 rules, plan file",
		"a project of 2000 files on DNAnexus", "archiving: 2 calls of project-xxxx/archive",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report does not hold %q:\n%s", want, out.String())
		}
	}
}

func TestNoProgram(t *testing.T) {
	err := run(t.Context(), []string{"-backstay=nowhere"}, &strings.Builder{}, &strings.Builder{})
	if err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("got %v, want a hint at make build", err)
	}
}
