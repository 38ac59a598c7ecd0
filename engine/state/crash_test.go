//go:build unix

package state

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/backstay/backstay/engine/internal/fault"
	"github.com/backstay/backstay/engine/record"
)

// The child is this test binary again: it writes batches until it is killed,
// and says on stdout what is on disk as soon as it knows.

const (
	childState = "BACKSTAY_TEST_CHILD_STATE"
	childFault = "BACKSTAY_TEST_CHILD_FAULT"
	childWaits = "BACKSTAY_TEST_CHILD_WAITS"
	childBatch = 200
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childState); path != "" {
		if err := writeBatches(path); err != nil {
			fmt.Println("error", err)
		}
		return
	}
	os.Exit(m.Run())
}

func writeBatches(path string) error {
	if spec := os.Getenv(childFault); spec != "" {
		if _, err := fault.Arm(spec); err != nil {
			return err
		}
	}
	ctx := context.Background()
	s, err := Open(ctx, path, Options{Create: true, Now: testNow})
	if err != nil {
		return err
	}
	if _, err := s.Acquire(ctx, Holder{Host: "here", PID: os.Getpid(), Run: "child"}, testNow); err != nil {
		return err
	}
	fmt.Println("leased", 0)
	input := bufio.NewScanner(os.Stdin)
	for n := 1; ; n++ {
		events := benchEvents(n*childBatch, childBatch)
		if err := s.Intend(ctx, Batch{Run: "child", N: int64(n), Destination: "vault", Intents: intentsFor(events)}); err != nil {
			return err
		}
		fmt.Println("intended", n)
		if os.Getenv(childWaits) != "" && !input.Scan() {
			return nil
		}
		if err := s.Commit(ctx, Outcome{Run: "child", N: int64(n), Destination: "vault", Events: events}); err != nil {
			return err
		}
		fmt.Println("committed", n)
	}
}

type child struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
	stdin io.WriteCloser
}

func startChild(t *testing.T, path string, env ...string) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.Command(self)}
	c.cmd.Env = append(append(os.Environ(), childState+"="+path), env...)
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	c.lines = bufio.NewScanner(out)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill() // it may be dead, which is the point
		_ = c.cmd.Wait()
	})
	return c
}

// until reads lines up to the wanted one, or to the end of the child.
func (c *child) until(word string, n int) (intended, committed int, rest string) {
	for c.lines.Scan() {
		rest = c.lines.Text()
		var what string
		var at int
		if _, err := fmt.Sscan(rest, &what, &at); err != nil {
			return intended, committed, rest
		}
		switch what {
		case "intended":
			intended = at
		case "committed":
			committed = at
		}
		if what == word && at == n {
			return intended, committed, rest
		}
	}
	return intended, committed, rest
}

// checkWhole opens what a killed writer left and takes over at once: every
// batch is there whole or not at all, and what was reported is there.
func checkWhole(t *testing.T, path string, intended, committed int) {
	t.Helper()
	s := leased(t, path)
	rows := make(map[int]int)
	for c, err := range s.Copies(t.Context(), "home") {
		if err != nil {
			t.Fatal(err)
		}
		rows[int(c.Inode)/childBatch]++
	}
	for n, have := range rows {
		if have != childBatch {
			t.Errorf("batch %d has %d of %d rows", n, have, childBatch)
		}
	}
	if len(rows) < committed || len(rows) > committed+1 || int(s.Identity().Serial) != len(rows) {
		t.Errorf("%d batches, serial %d, and %d were reported", len(rows), s.Identity().Serial, committed)
	}
	open := make(map[int64]int)
	for i, err := range s.OpenIntents(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		open[i.Batch]++
	}
	for n, have := range open {
		if have != childBatch || int(n) != len(rows)+1 {
			t.Errorf("batch %d of %d has %d intents", n, len(rows), have)
		}
	}
	if intended > len(rows) && len(open) != 1 {
		t.Errorf("batch %d was intended, and the journal has %d open batches", intended, len(open))
	}
}

func TestKilledAtAnyMoment(t *testing.T) {
	for kill := 1; kill <= 8; kill++ {
		path := filepath.Join(t.TempDir(), "state.db")
		c := startChild(t, path)
		word := [2]string{"intended", "committed"}[kill%2]
		intended, committed, _ := c.until(word, kill)
		if err := c.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		more, done, _ := c.until("", 0) // what it still said before it died
		checkWhole(t, path, max(intended, more), max(committed, done))
	}
}

func TestKilledInsideTransactions(t *testing.T) {
	for _, point := range []string{
		"state.intend.write:1", "state.intend.written:2", "state.commit.write:1", "state.commit.write:3", "state.commit.written:2",
	} {
		t.Run(point, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.db")
			c := startChild(t, path, childFault+"="+point+"=kill")
			intended, committed, rest := c.until("", 0)
			var exit *exec.ExitError
			if err := c.cmd.Wait(); !errors.As(err, &exit) {
				t.Fatalf("the child was not killed: %v, %s", err, rest)
			}
			checkWhole(t, path, intended, committed)
		})
	}
}

// A process that was stopped is not dead: nobody takes over by himself. Once
// unlocked, it is fenced when it wakes up.
func TestAStoppedProcessIsFenced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	c := startChild(t, path, childWaits+"=1")
	c.until("intended", 1)
	if err := c.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	s := again(t, path)
	_, err := s.Acquire(t.Context(), Holder{Run: "r2"}, testNow.Add(100*LeaseTerm))
	var locked *LockedError
	if !errors.As(err, &locked) || locked.Holder.Run != "child" || locked.Holder.PID != c.cmd.Process.Pid {
		t.Fatalf("got %v", err)
	}
	if _, err := s.ForceUnlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Acquire(t.Context(), Holder{Run: "r2"}, testNow); err != nil {
		t.Fatal(err)
	}
	mine := fileCopy("home", "mine", "vault", 1)
	o := Outcome{Run: "r2", N: 1, Events: []record.Event{{Op: record.OpCopy, At: testNow, Copy: mine}}}
	if err := s.Commit(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c.stdin, "go on\n"); err != nil {
		t.Fatal(err)
	}
	_, committed, rest := c.until("", 0)
	if committed != 0 || rest != "error commit batch 1 of run child: "+ErrFenced.Error() {
		t.Errorf("the woken process committed %d, and said %q", committed, rest)
	}
	if got := list(t, s, "home"); len(got) != 1 || got[0].Path != "mine" {
		t.Errorf("%d copies", len(got))
	}
}
