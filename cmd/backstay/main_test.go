package main

import (
	_ "embed" // the usual configuration
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/backstay/backstay/engine"
)

//go:embed testdata/usual.backstay.hcl
var configuration []byte

var update = flag.Bool("update", false, "rewrite what scripts compare with cmp")

// TestMain lets the test binary play the program: scripts run it as a process
// of its own, with its real exit code and signals.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"backstay": main})
}

// TestScripts runs testdata/*.txt, one behaviour each. Beside testscript's own
// commands they have:
//
//	exits CODE PROGRAM ARGS...    runs it and wants this exit code
//	flip FILE OFFSET              changes one bit of a byte; a negative offset counts from the end
//	usual                         writes the usual configuration, testdata/usual.backstay.hcl
//	fill FILE                     puts values in the place of $SOON (a date in 30 days) and other variables
//	conforms SCHEMA               holds stdout against a shipped JSON Schema
//	capture NAME REGEXP           sets $NAME to the first group found on stdout or stderr
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("SOON", time.Now().AddDate(0, 0, 30).Format(time.DateOnly))
			e.Setenv("HOME", filepath.Join(e.WorkDir, ".home"))
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name == "testclock" {
				return engine.TestClock(), nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"flip":     flip,
			"usual":    usual,
			"fill":     fill,
			"conforms": conforms,
			"capture":  capture,
		},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flip FILE OFFSET")
	}
	name := ts.MkAbs(args[0])
	data, err := os.ReadFile(name)
	ts.Check(err)
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	if at < 0 {
		at += len(data)
	}
	if at < 0 || at >= len(data) {
		ts.Fatalf("%s has %d bytes", args[0], len(data))
	}
	data[at] ^= 1
	ts.Check(os.Chmod(name, 0o600))
	ts.Check(os.WriteFile(name, data, 0o600))
}

func usual(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: usual")
	}
	ts.Check(os.WriteFile(ts.MkAbs("main.backstay.hcl"), configuration, 0o644))
}

func fill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fill FILE")
	}
	filled := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(filled), 0o644))
}

func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME REGEXP")
	}
	re, err := regexp.Compile(args[1])
	ts.Check(err)
	found := re.FindStringSubmatch(ts.ReadFile("stdout") + ts.ReadFile("stderr"))
	if len(found) < 2 {
		ts.Fatalf("nothing matches %s", args[1])
	}
	ts.Setenv(args[0], found[1])
}
