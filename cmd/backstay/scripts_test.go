package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The scripts of the examples are run as their users run them: with the program
// on the path.

// script runs a script of an example and gives its exit code and what it says.
// bin holds the program.
func script(t *testing.T, bin, name string, args ...string) (code int, said string) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "examples", name))
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, args...)
	c.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "BACKSTAY_NOW="+examplesNow.Format(time.RFC3339))
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), string(out)
}

// filesExample is a copy of the example of plain files.
func filesExample(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "examples", "files"))); err != nil {
		t.Fatal(err)
	}
	settle(t, dir, examplesNow.Add(-time.Hour))
	return dir
}

func edit(t *testing.T, path string, change func(string) string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, []byte(change(string(text))), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestExampleScripts runs them with one build of the program.
func TestExampleScripts(t *testing.T) {
	program := buildTestClock(t)
	t.Run("review", func(t *testing.T) { reviewScript(t, program) })
	t.Run("custody", func(t *testing.T) { custodyScript(t, program) })
}

// reviewScript keeps what is weakened apart from what could not be written.
func reviewScript(t *testing.T, program string) {
	base, head := filesExample(t), filesExample(t)
	files := []string{"review.md", "review.sarif.json", "review.gitlab.json"}
	there := func(out string) (n int) {
		entries, err := os.ReadDir(out)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".new") {
				t.Errorf("%s was left", e.Name())
			}
		}
		return len(entries)
	}
	out := t.TempDir()
	bin := filepath.Dir(program)
	if code, said := script(t, bin, "ci/review.sh", head, head, out); code != 0 || there(out) != len(files) {
		t.Errorf("nothing is weakened: %d, %d files\n%s", code, there(out), said)
	}
	edit(t, filepath.Join(head, "main.backstay.hcl"), func(text string) string {
		return strings.Replace(text, `keep      = "1y"`, `keep      = "1d"`, 1)
	})
	if code, said := script(t, bin, "ci/review.sh", head, base, out); code != 3 || there(out) != len(files) {
		t.Errorf("something is weakened: %d, %d files\n%s", code, there(out), said)
	}

	// A program that fails at one format, after it wrote a part of it; the others
	// are not asked again, to be quick.
	for i, format := range []string{"markdown", "sarif", "gitlab"} {
		broken := t.TempDir()
		wrapper := "#!/bin/sh\ncase \"$*\" in *-format=" + format + "*) echo half; exit 1;; esac\necho whole; exit 3\n"
		if err := os.WriteFile(filepath.Join(broken, "backstay"), []byte(wrapper), 0o755); err != nil {
			t.Fatal(err)
		}
		code, said := script(t, broken, "ci/review.sh", head, base, out)
		if code != 1 || there(out) != len(files)-1 || !strings.Contains(said, "no "+files[i]) {
			t.Errorf("%s fails: %d, %d files\n%s", format, code, there(out), said)
		}
	}
}

// custodyScript tells who did what, and fails where nobody is known to have.
func custodyScript(t *testing.T, program string) {
	dir := filesExample(t)
	apply := exec.Command(program, "-chdir="+dir, "apply", "-auto-approve")
	apply.Env = append(os.Environ(), "BACKSTAY_NOW="+examplesNow.Format(time.RFC3339))
	if out, err := apply.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	shelf := filepath.Join(dir, "copies", "shelf")
	path := firstFile(t, filepath.Join(dir, "documents"))
	custody := func(what string, want int, words string, args ...string) {
		t.Helper()
		code, said := script(t, filepath.Dir(program), "dnanexus-outside/custody.sh", append([]string{shelf}, args...)...)
		if code != want || !strings.Contains(said, words) {
			t.Errorf("%s: exit code %d, want %d with %q\n%s", what, code, want, words, said)
		}
	}
	custody("all files", 0, "All files have their digests")
	custody("one path", 0, `"user":`, path)
	custody("a path that was never here", 1, "nothing is recorded", "no/such/file")
	audit := filepath.Join(shelf, ".backstay", "audit")
	entries, err := os.ReadDir(audit)
	if err != nil || len(entries) == 0 {
		t.Fatalf("%d audit entries, %v", len(entries), err)
	}
	for _, e := range entries {
		edit(t, filepath.Join(audit, e.Name()), func(text string) string { return strings.ReplaceAll(text, `"run":"`, `"run":"another-`) })
	}
	custody("a run without an entry", 1, "has no entry", path)
	if err := os.RemoveAll(audit); err != nil {
		t.Fatal(err)
	}
	custody("no audit log at all", 1, "has no entry", path)
	edit(t, filepath.Join(shelf, "documents", path), func(string) string { return "forged" })
	custody("a forged file", 1, "")
}

// firstFile is a file of a folder, as the source calls it.
func firstFile(t *testing.T, dir string) (path string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(at string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		path, err = filepath.Rel(dir, at)
		if err == nil {
			err = io.EOF
		}
		return err
	})
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return path
}
