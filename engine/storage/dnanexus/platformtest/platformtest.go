// Package platformtest starts the platform's emulator for tests, as a program of
// its own.
//
// In go the emulator's arguments; out comes its address, the settings that point
// a client at it, and its own routes: clock, faults, counts. Nothing of the
// emulator is imported, so that it and what is tested cannot agree by accident.
// The package never talks to the platform itself.
package platformtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const (
	// Token is that of the user who starts the world, user-alice.
	Token = "token-of-alice"

	program  = "github.com/backstay/backstay/cmd/dnanexus-emulator"
	settings = 4 // lines that point a client at the emulator
)

var workshop string // where the emulator is built, once for a test binary

// Main runs the tests of a binary that starts emulators, for its TestMain, and
// gives the exit code.
func Main(m *testing.M) int {
	dir, err := os.MkdirTemp("", "platformtest-")
	if err != nil {
		panic(err) // there is no test yet that could fail
	}
	workshop = dir
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
	return code
}

var build = sync.OnceValues(func() (string, error) {
	if workshop == "" {
		return "", fmt.Errorf("TestMain does not call platformtest.Main")
	}
	path := filepath.Join(workshop, "emulator")
	out, err := exec.Command("go", "build", "-o", path, program).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the emulator: %w\n%s", err, out)
	}
	return path, nil
})

// Platform is a running emulator with a world of its own.
type Platform struct {
	testing.TB
	URL string            // "http://127.0.0.1:PORT"
	Env map[string]string // what points a client at it
}

// Start starts an emulator that ends with the test. args are its own, besides
// where to listen and whose token is the first.
func Start(t testing.TB, args ...string) *Platform {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return Run(t, path, args...)
}

// Run does the same with an emulator that was built already.
func Run(t testing.TB, path string, args ...string) *Platform {
	t.Helper()
	emulator := exec.Command(path, append([]string{"-listen", "127.0.0.1:0", "-token", Token}, args...)...)
	out, err := emulator.StdoutPipe()
	if err == nil {
		emulator.Stderr = t.Output()
		err = emulator.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = emulator.Process.Signal(os.Interrupt) // it may have ended already
		_, _ = io.Copy(io.Discard, out)
		if err := emulator.Wait(); err != nil {
			t.Errorf("the emulator: %v", err)
		}
	})
	p := &Platform{TB: t, Env: map[string]string{}}
	for lines := bufio.NewScanner(out); len(p.Env) < settings && lines.Scan(); {
		name, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		p.Env[name] = strings.Trim(value, "'")
	}
	if len(p.Env) < settings {
		t.Fatalf("the emulator says %q", p.Env)
	}
	p.URL = "http://127.0.0.1:" + p.Env["DX_APISERVER_PORT"]
	return p
}

// Lookup is the environment of a client.
func (p *Platform) Lookup(name string) (string, bool) {
	value, ok := p.Env[name]
	return value, ok
}

// Environ is the same as NAME=VALUE, for processes.
func (p *Platform) Environ() []string {
	var all []string
	for name, value := range p.Env {
		all = append(all, name+"="+value)
	}
	slices.Sort(all)
	return all
}

// Ask makes a call as user-alice, or uses a route of the emulator's own: a GET
// if in is nil. It works in a cleanup, too.
func (p *Platform) Ask(route string, in, out any) {
	p.Helper()
	if err := p.ask(route, in, out); err != nil {
		p.Fatalf("%s: %v", route, err)
	}
}

func (p *Platform) ask(route string, in, out any) error {
	method, body := http.MethodGet, []byte(nil)
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		method, body = http.MethodPost, text
	}
	q, err := http.NewRequestWithContext(context.WithoutCancel(p.Context()), method, p.URL+"/"+route, bytes.NewReader(body))
	if err != nil {
		return err
	}
	q.Header.Set("Authorization", "Bearer "+Token)
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s %w", answer.Status, text, err)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}

// Calls counts what was asked since the last count, by route.
func (p *Platform) Calls() map[string]int {
	p.Helper()
	counts := map[string]int{}
	p.Ask("emulator/calls", nil, &counts)
	p.Ask("emulator/calls", struct{}{}, nil)
	return counts
}

// Fault is a rule by which calls go wrong; the emulator's README has the words.
type Fault struct {
	Route      string `json:"route"`
	Action     string `json:"action"`
	Skip       int    `json:"skip,omitempty"`
	Times      int    `json:"times,omitempty"`
	Status     int    `json:"status,omitempty"`
	RetryAfter int    `json:"retryAfter,omitempty"`
	AfterBytes int64  `json:"afterBytes,omitempty"`
	Hits       int    `json:"hits,omitempty"` // calls spoilt so far
}

// Spoil lets calls go wrong; none mends it. A rule that has not struck by the end
// of the test, or until other rules take its place, fails the test.
func (p *Platform) Spoil(faults ...Fault) {
	p.Helper()
	var before []Fault
	p.Ask("emulator/faults", nil, &before)
	for _, f := range before {
		if f.Hits == 0 {
			p.Errorf("the fault %s on %s never struck", f.Action, f.Route)
		}
	}
	p.Ask("emulator/faults", append([]Fault{}, faults...), nil)
	if len(faults) > 0 {
		p.Cleanup(func() { p.Spoil() })
	}
}
