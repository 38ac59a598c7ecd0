package program

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestRunTellsHowItEnded(t *testing.T) {
	r, err := Run(t.Context(), Command{Args: []string{"sh", "-c", "echo out; echo err >&2; echo $WORD; exit 7"}, Env: []string{"WORD=said"}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Code != 7 || r.Killed || r.Stdout != "out\nsaid\n" || r.Stderr != "err\n" {
		t.Errorf("got %+v", r)
	}
	if r.Wall <= 0 || r.Peak <= 0 {
		t.Errorf("no time or memory counted: %+v", r)
	}
}

func TestRunKills(t *testing.T) {
	r, err := Run(t.Context(), Command{Args: []string{"sleep", "60"}, KillAfter: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Killed || r.Code != -1 || r.Wall > 30*time.Second {
		t.Errorf("got %+v", r)
	}
}

func TestRunDiscards(t *testing.T) {
	r, err := Run(t.Context(), Command{Args: []string{"echo", "much"}, Discard: true})
	if err != nil || r.Stdout != "" {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestRunCannotStart(t *testing.T) {
	if _, err := Run(t.Context(), Command{Args: []string{"./no such program"}}); err == nil {
		t.Error("a program that is not there ran")
	}
}

func TestBuildNamesTheMistake(t *testing.T) {
	_, err := Build(context.Background(), t.TempDir(), "cmd/nothing", t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "cmd/nothing") {
		t.Errorf("got %v", err)
	}
}
