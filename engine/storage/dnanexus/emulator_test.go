package dnanexus

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
	"strings"
	"sync"
	"testing"

	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

// The tests talk to the emulator as a program of its own: nothing of it is
// imported, so that driver and emulator cannot agree by accident.

var workshop string // where the emulator is built

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "dnanexus-driver")
	if err != nil {
		panic(err)
	}
	workshop = dir
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// built builds the emulator once.
var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(workshop, "emulator")
	out, err := exec.Command("go", "build", "-o", path, "../../../cmd/dnanexus-emulator").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// rig is a running emulator with a fresh world.
type rig struct {
	testing.TB
	url  string
	conn Connection
}

const testToken = "token-of-alice"

// bothRules runs a test under both editions of the archiving rules.
func bothRules(t *testing.T, test func(t *testing.T, r rig)) {
	for _, rules := range []string{"seed", "current"} {
		t.Run(rules, func(t *testing.T) { test(t, emulator(t, rules)) })
	}
}

func emulator(t testing.TB, rules string) rig {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	program := exec.Command(path, "-listen", "127.0.0.1:0", "-rules", rules, "-token", testToken)
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	program.Stderr = os.Stderr
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	lines := bufio.NewScanner(out)
	for len(env) < 4 && lines.Scan() {
		name, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		env[name] = strings.Trim(value, "'")
	}
	t.Cleanup(func() {
		_ = program.Process.Signal(os.Interrupt)
		_, _ = io.Copy(io.Discard, out)
		if err := program.Wait(); err != nil {
			t.Errorf("emulator: %v", err)
		}
	})
	return rig{TB: t, url: "http://127.0.0.1:" + env["DX_APISERVER_PORT"], conn: Connection{
		Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	}}
}

// client is another client of the same user, for looking behind the driver.
func (r rig) client() *wire.Client {
	r.Helper()
	c, err := r.conn.Client()
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(c.Close)
	return c
}

// must makes a call that has to succeed.
func (r rig) must(subject, method string, in, out any) {
	r.Helper()
	if err := r.client().Call(r.Context(), subject, method, in, out); err != nil {
		r.Fatal(err)
	}
}

// project makes a project and gives its id.
func (r rig) project(name string) string {
	r.Helper()
	var made struct{ ID string }
	r.must("project", "new", map[string]any{"name": name}, &made)
	return made.ID
}

// control uses one of the emulator's own routes: a GET if in is nil.
func (r rig) control(route string, in, out any) {
	r.Helper()
	method, body := http.MethodGet, []byte(nil)
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			r.Fatal(err)
		}
		method = http.MethodPost
	}
	q, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), method, r.url+"/emulator/"+route, bytes.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		r.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		r.Fatalf("%s: %s %s %v", route, answer.Status, text, err)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			r.Fatalf("%s: %v in %s", route, err, text)
		}
	}
}

// calls counts what was asked since the last count, by route.
func (r rig) calls() map[string]int {
	r.Helper()
	counts := map[string]int{}
	r.control("calls", nil, &counts)
	r.control("calls", map[string]any{}, nil)
	return counts
}

// fault is a rule of the emulator's by which calls go wrong.
type fault struct {
	Route      string `json:"route"`
	Action     string `json:"action"`
	Skip       int    `json:"skip,omitempty"`
	Times      int    `json:"times,omitempty"`
	Status     int    `json:"status,omitempty"`
	RetryAfter int    `json:"retryAfter,omitempty"`
	AfterBytes int64  `json:"afterBytes,omitempty"`
	Hits       int    `json:"hits,omitempty"`
}

// spoil lets calls go wrong, and fails the test if a rule has not struck by its
// end.
func (r rig) spoil(rules ...fault) {
	r.Helper()
	r.control("faults", rules, nil)
	r.Cleanup(func() {
		r.Helper()
		var now []fault
		r.control("faults", nil, &now)
		for _, f := range now {
			if f.Hits == 0 {
				r.Errorf("the fault %s on %s never struck", f.Action, f.Route)
			}
		}
	})
}
