package torture

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/backstay/backstay/cmd/internal/program"
)

// platform is a world whose destination is a project of the platform, played by
// the emulator in a process of its own.
type platform struct {
	*world
	url, token string
}

var buildEmulator = sync.OnceValues(func() (string, error) {
	if _, err := build(); err != nil {
		return "", err
	}
	dir := built
	if dir == "" { // a program was given
		var err error
		if dir, err = os.MkdirTemp("", "backstay-torture-"); err != nil {
			return "", err
		}
		built = dir
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		return "", err
	}
	ctx, stop := newContext()
	defer stop()
	return program.Build(ctx, root, "cmd/dnanexus-emulator", dir)
})

const platformConfiguration = `
source "filesystem" "tree" {
  path = "tree"
}

destination "dnanexus" "vault" {
  project  = "vault"
  bill_to  = "org-vault"
  lockdown = true
}

backup "tree" {
  source = source.filesystem.tree
  owner  = "it@example.org"

  scope {
    include {
      paths = ["**"]
    }
  }

  copy "vault" {
    to = destination.dnanexus.vault
  }

  retention {
    keep            = "1d"
    keep_last       = 1
    keep_superseded = "1d"
    quarantine      = "7d"
  }
  limits {
    retire_ratio = 0.9
  }
}
`

func newPlatform(t *testing.T) *platform {
	t.Helper()
	p := &platform{world: newWorld(t), token: "token-of-alice"}
	p.discard("tree")
	p.write("main.backstay.hcl", platformConfiguration)
	for i := range 12 {
		p.file(fmt.Sprintf("tree/small/%d", i), 1000*i)
	}
	p.file("tree/large", 9<<20) // two parts
	p.file("tree/odd/line\nbreak 100%", 10)
	p.start()
	return p
}

// change makes a handful of changes.
func (p *platform) change() {
	p.file("tree/small/3", 100+p.made)
	p.file(fmt.Sprintf("tree/new/%d", p.made), 50)
}

// pass lets days go by on the platform too: while its clock and the program's
// differ, nothing is removed.
func (p *platform) pass(days int) {
	p.Helper()
	p.world.pass(days)
	p.ask("emulator/clock", map[string]any{"advance": int64(days) * 24 * 60 * 60 * 1000}, nil)
}

func (p *platform) start() {
	p.Helper()
	binary, err := buildEmulator()
	p.must(err)
	emulator := exec.Command(binary, "-listen", "127.0.0.1:0", "-token", p.token)
	out, err := emulator.StdoutPipe()
	p.must(err)
	emulator.Stderr = os.Stderr
	p.must(emulator.Start())
	p.Cleanup(func() {
		_ = emulator.Process.Signal(os.Interrupt)
		_, _ = io.Copy(io.Discard, out)
		if err := emulator.Wait(); err != nil {
			p.Errorf("emulator: %v", err)
		}
	})
	for lines := bufio.NewScanner(out); len(p.env) < 4 && lines.Scan(); {
		name, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		if p.env = append(p.env, name+"="+strings.Trim(value, "'")); name == "DX_APISERVER_PORT" {
			p.url = "http://127.0.0.1:" + value
		}
	}
}

// ask asks the platform or the emulator: a GET if in is nil.
func (p *platform) ask(route string, in, out any) {
	p.Helper()
	method, body := http.MethodGet, []byte(nil)
	if in != nil {
		var err error
		body, err = json.Marshal(in)
		p.must(err)
		method = http.MethodPost
	}
	q, err := http.NewRequestWithContext(p.Context(), method, p.url+"/"+route, bytes.NewReader(body))
	p.must(err)
	q.Header.Set("Authorization", "Bearer "+p.token)
	answer, err := http.DefaultClient.Do(q)
	p.must(err)
	text, err := io.ReadAll(answer.Body)
	p.must(errors.Join(err, answer.Body.Close()))
	if answer.StatusCode != http.StatusOK {
		p.Fatalf("%s: %s", route, text)
	}
	if out != nil {
		p.must(json.Unmarshal(text, out))
	}
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

func (p *platform) spoil(rules ...fault) {
	p.Helper()
	p.ask("emulator/faults", append([]fault{}, rules...), nil)
}

// calls counts what was asked since the last count, by route.
func (p *platform) calls() map[string]int {
	p.Helper()
	counts := map[string]int{}
	p.ask("emulator/calls", nil, &counts)
	p.ask("emulator/calls", struct{}{}, nil)
	return counts
}

// stored is a file of the project, in whatever state.
type stored struct {
	Name, Folder, State string
	Properties          map[string]string
}

// files are those of the one project named vault; none before it is made.
func (p *platform) files() []stored {
	p.Helper()
	var projects struct{ Results []struct{ ID string } }
	p.ask("system/findProjects", map[string]any{"name": "vault"}, &projects)
	if len(projects.Results) == 0 {
		return nil
	}
	if len(projects.Results) > 1 {
		p.Fatalf("the project was made twice: %v", projects.Results)
	}
	var page struct {
		Results []struct{ Describe stored }
		Next    any
	}
	p.ask("system/findDataObjects", map[string]any{
		"scope": map[string]any{"project": projects.Results[0].ID}, "visibility": "either", "limit": 1000,
		"describe": map[string]any{"fields": map[string]bool{"name": true, "folder": true, "state": true, "properties": true}},
	}, &page)
	if page.Next != nil {
		p.Fatal("there are more files than this test looks at")
	}
	all := make([]stored, len(page.Results))
	for i, row := range page.Results {
		all[i] = row.Describe
		all[i].Name = strings.ReplaceAll(all[i].Name, "%0A", "\n")
	}
	return all
}
