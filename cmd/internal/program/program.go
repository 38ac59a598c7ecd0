// Package program builds and runs real programs for the benchmark and the
// torture test: Backstay itself, and the tools that it is measured beside.
//
// In goes a command, out come its exit code, output, time and memory, as the
// kernel counted them. The package never looks into Backstay: what it cannot
// learn from outside, it does not know.
package program

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Build compiles the package at path (relative to the module's root) into dir
// and returns the binary. The flags are those of `make build`, so that its
// results in the build cache are used.
func Build(ctx context.Context, root, path, dir string, tags ...string) (string, error) {
	binary := filepath.Join(dir, filepath.Base(path))
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-tags", strings.Join(tags, ","), "-o", binary, "./"+path)
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", path, err, out)
	}
	return binary, nil
}

// Command is what to run.
type Command struct {
	Args []string
	Dir  string
	Env  []string // added to the environment, NAME=VALUE
	// KillAfter ends the process with SIGKILL once this time has passed; 0
	// never does.
	KillAfter time.Duration
	// Discard drops standard output, as for a listing of a million lines.
	Discard bool
}

// Result is how a command ended.
type Result struct {
	Code   int // exit code; -1 if a signal ended it
	Killed bool
	Stdout string
	Stderr string
	Wall   time.Duration
	CPU    time.Duration // user and system
	Peak   int64         // bytes of memory at most; never less than the caller's own
}

// Run runs a command to its end. A command that ends with any exit code, or by
// a signal, is a result; one that cannot be started is an error.
func Run(ctx context.Context, c Command) (Result, error) {
	run := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	run.Dir = c.Dir
	run.Env = append(os.Environ(), c.Env...)
	var stdout, stderr bytes.Buffer
	run.Stderr = &stderr
	if !c.Discard {
		run.Stdout = &stdout
	}
	start := time.Now()
	if err := run.Start(); err != nil {
		return Result{}, fmt.Errorf("start %s: %w", c.Args[0], err)
	}
	if c.KillAfter > 0 {
		killer := time.AfterFunc(c.KillAfter, func() { _ = run.Process.Kill() })
		defer killer.Stop()
	}
	err := run.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return Result{}, fmt.Errorf("run %s: %w", c.Args[0], err)
	}
	result := Result{Stdout: stdout.String(), Stderr: stderr.String(), Wall: time.Since(start)}
	result.account(run.ProcessState)
	return result, ctx.Err()
}

func (r *Result) account(state *os.ProcessState) {
	r.Code = state.ExitCode()
	r.CPU = state.UserTime() + state.SystemTime()
	if status, ok := state.Sys().(syscall.WaitStatus); ok {
		r.Killed = status.Signaled() && status.Signal() == syscall.SIGKILL
	}
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		r.Peak = usage.Maxrss << 10
	}
}
