package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var updateYears = flag.Bool("update-years", false, "rewrite the golden history of TestYears")

// yearsConfig keeps versions for 60 days from their creation, superseded ones 90
// days longer, and lets them lie in quarantine for 30 days. The hold is on one
// object alone.
const yearsConfig = `
source "filesystem" "lab" {
  path = "./lab"
  site = "here"
}
destination "filesystem" "vault" {
  path = "./vault"
  site = "there"
}
hold "case" {
  match {
    paths = ["/held.txt"]
  }
  targets = [backup.lab]
  reason  = "case 7"
  owner   = "legal@example.org"
}
backup "lab" {
  source = source.filesystem.lab
  owner  = "ops@example.org"
  copy "vault" {
    to = destination.filesystem.vault
  }
  retention {
    keep            = "60d"
    keep_superseded = "90d"
    quarantine      = "30d"
  }
  limits {
    retire_ratio = 0.9
  }
}
`

// years is one tree and its copies, seen through the real program with a clock
// that the test moves.
type years struct {
	t       *testing.T
	program string
	dir     string
	now     time.Time
	history bytes.Buffer
}

// TestYears follows two years: what is superseded or gone retires when its term
// is over and is removed when its quarantine is, not a run earlier; what is
// held or current never goes; losing the state in between changes nothing.
func TestYears(t *testing.T) {
	y := &years{t: t, program: buildTestClock(t), dir: t.TempDir(), now: time.Date(2031, 1, 1, 9, 0, 0, 0, time.UTC)}
	y.write("main.backstay.hcl", yearsConfig)
	for _, name := range []string{"current.txt", "changes.txt", "goes.txt", "held.txt"} {
		y.write("lab/"+name, "first of "+name)
	}
	for month := range 24 {
		switch month {
		case 3:
			y.write("lab/changes.txt", "second of changes.txt")
			y.write("lab/held.txt", "second of held.txt")
		case 5:
			if err := os.Remove(filepath.Join(y.dir, "lab/goes.txt")); err != nil {
				t.Fatal(err)
			}
		case 4, 9, 15:
			y.loseState()
		}
		y.step()
		y.now = y.now.AddDate(0, 0, 29)
	}
	y.compare("testdata/years.golden")
	y.bygone()
}

// bygone asks for the first month back: what is held and current is there, and
// what was removed is told, not left out in silence.
func (y *years) bygone() {
	y.now = y.now.AddDate(0, 0, -1)
	out := y.run("restore", "-json", "-to", filepath.Join(y.dir, "back"), "-at", "2031-01-15T00:00:00Z")
	for _, want := range []string{`"removed":1`, `"unnamed":1`, `"later":0`, `"what":"removed"`, "changes.txt", `"code":"versions_gone"`} {
		if !strings.Contains(out, want) {
			y.t.Errorf("restore of the first month lacks %s:\n%s", want, out)
		}
	}
	for name, want := range map[string]bool{"current.txt": true, "held.txt": true, "changes.txt": false, "goes.txt": false} {
		_, err := os.Stat(filepath.Join(y.dir, "back/lab", name))
		if (err == nil) != want {
			y.t.Errorf("%s: %v", name, err)
		}
	}
}

// step plans, applies, plans again, and notes what happened and what is there.
func (y *years) step() {
	fmt.Fprintf(&y.history, "%s\n", y.now.Format(time.DateOnly))
	y.run("plan", "-out", "p")
	for _, line := range y.changes() {
		fmt.Fprintf(&y.history, "  %s\n", line)
	}
	y.run("apply", "p")
	if out := y.run("plan", "-detailed-exitcode"); !strings.Contains(out, "No changes") {
		y.t.Fatalf("%s: changes right after apply:\n%s", y.now, out)
	}
	fmt.Fprintf(&y.history, "  = %s\n", strings.Join(y.keys(), " "))
}

func (y *years) changes() (lines []string) {
	var doc struct {
		Changes []struct {
			Action, Reason string
			Object         struct{ Path string }
		}
	}
	if err := json.Unmarshal([]byte(y.run("show", "-json", "p")), &doc); err != nil {
		y.t.Fatal(err)
	}
	for _, c := range doc.Changes {
		lines = append(lines, fmt.Sprintf("%s %s (%s)", c.Action, c.Object.Path, c.Reason))
	}
	return lines
}

// keys are the objects at the destination, the catalogue left out.
func (y *years) keys() (keys []string) {
	root := filepath.Join(y.dir, "vault")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == ".backstay" {
			return fs.SkipDir
		}
		if err == nil && !d.IsDir() {
			keys = append(keys, strings.TrimPrefix(path, root+"/lab/"))
		}
		return err
	})
	if err != nil {
		y.t.Fatal(err)
	}
	slices.Sort(keys)
	return keys
}

// loseState removes the state and rebuilds it from the destination.
func (y *years) loseState() {
	if err := os.RemoveAll(filepath.Join(y.dir, ".backstay")); err != nil {
		y.t.Fatal(err)
	}
	y.run("state", "rebuild")
	fmt.Fprintf(&y.history, "(state lost and rebuilt)\n")
}

func (y *years) write(name, text string) {
	path := filepath.Join(y.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		y.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		y.t.Fatal(err)
	}
	if err := os.Chtimes(path, y.now, y.now); err != nil {
		y.t.Fatal(err)
	}
}

func (y *years) run(args ...string) string {
	c := exec.Command(y.program, args...)
	c.Dir = y.dir
	c.Env = append(os.Environ(), "BACKSTAY_NOW="+y.now.Format(time.RFC3339))
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		y.t.Fatalf("%s: backstay %s: %v\n%s%s", y.now, strings.Join(args, " "), err, out, stderr.Bytes())
	}
	return string(out)
}

func (y *years) compare(golden string) {
	if *updateYears {
		if err := os.WriteFile(golden, y.history.Bytes(), 0o644); err != nil {
			y.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		y.t.Fatal(err)
	}
	if got := y.history.String(); got != string(want) {
		y.t.Errorf("the history is not that of %s; rewrite it with -update-years and read the difference:\n%s", golden, got)
	}
}

func buildTestClock(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "backstay")
	if out, err := exec.Command("go", "build", "-tags", "testclock", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("build with testclock: %v\n%s", err, out)
	}
	return path
}
