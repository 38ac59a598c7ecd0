package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/backstay/backstay/cmd/internal/program"
)

// platform is a running emulator of DNAnexus, whose calls are counted.
type platform struct {
	url string
	env []string
	run *exec.Cmd
	out io.ReadCloser
}

// startPlatform starts an emulator with an empty world in memory.
func startPlatform(ctx context.Context, path string) (*platform, error) {
	p := &platform{run: exec.CommandContext(ctx, path, "-listen", "127.0.0.1:0", "-token", "bench")}
	p.run.Cancel = func() error { return p.run.Process.Signal(os.Interrupt) }
	var err error
	if p.out, err = p.run.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := p.run.Start(); err != nil {
		return nil, fmt.Errorf("start the emulator: %w", err)
	}
	lines := bufio.NewScanner(p.out)
	for len(p.env) < 4 && lines.Scan() {
		name, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		p.env = append(p.env, name+"="+strings.Trim(value, "'"))
		if name == "DX_APISERVER_PORT" {
			p.url = "http://127.0.0.1:" + value
		}
	}
	if len(p.env) < 4 {
		return nil, errors.Join(errors.New("the emulator did not say how it is reached"), p.stop())
	}
	return p, nil
}

func (p *platform) stop() error {
	if err := p.run.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, p.out); err != nil {
		return err
	}
	return p.run.Wait()
}

// post calls a route of the emulator's own.
func (p *platform) post(ctx context.Context, route string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+route, bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return errors.Join(err, fmt.Errorf("%s: HTTP %d: %s", route, answer.StatusCode, text))
	}
	return json.Unmarshal(text, out)
}

// calls gives what was called since it was last asked, by route, and begins
// anew.
func (p *platform) calls(ctx context.Context) (calls, error) {
	answer, err := http.Get(p.url + "/emulator/calls")
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var c calls
	if err := json.NewDecoder(answer.Body).Decode(&c); err != nil {
		return nil, err
	}
	var ignored json.RawMessage
	return c, p.post(ctx, "/emulator/calls", struct{}{}, &ignored)
}

// calls are counts by route.
type calls map[string]int64

// String lists the routes that a client calls, the most called first.
func (c calls) String() string {
	routes := slices.SortedFunc(maps.Keys(c), func(a, b string) int {
		return int(c[b]-c[a])*2 + strings.Compare(a, b)
	})
	var words []string
	for _, r := range routes {
		words = append(words, fmt.Sprintf("%s %d", r, c[r]))
	}
	return strings.Join(words, ", ")
}

// asked bounds the calls of one route, or of all.
type asked struct {
	what  string
	calls calls
	route string // "" all
	most  int64
}

func (b asked) hold(section) (string, bool) {
	got, which := b.calls[b.route], "of "+b.route
	if b.route == "" {
		which = "in all"
		for _, n := range b.calls {
			got += n
		}
	}
	return fmt.Sprintf("%s: %d calls %s, at most %d: %s (all: %s)", b.what, got, which, b.most, verdict(got <= b.most), b.calls), got <= b.most
}

// copied protects a project on a disk, archived archives it where it lies.
const (
	copiedText = `
source "dnanexus" "project" {
  project = %q
}
destination "filesystem" "disk" {
  path  = %q
  media = "disk"
  site  = "here"
}
backup "project" {
  source = source.dnanexus.project
  owner  = "bench@example.org"
  copy "disk" {
    to = destination.filesystem.disk
  }
  retention {
    keep = "1y"
  }
}
`
	archivedText = `
source "dnanexus" "project" {
  project = %q
}
archive "all" {
  source = source.dnanexus.project
  match {
    kinds = ["file"]
  }
  after = "1h"
}
`
)

// dnanexus counts the calls of a plan, of archiving, and of a plan for a project
// in which nothing changed, at three sizes; and compares the memory of the last
// two, which hold no more than a stretch of the project at a time.
func (b *bench) dnanexus(ctx context.Context, r *report) error {
	root, err := b.moduleRoot(ctx)
	if err != nil {
		return err
	}
	emulator, err := program.Build(ctx, root, "cmd/dnanexus-emulator", b.fresh("emulator"))
	if err != nil {
		return err
	}
	var before []measure
	for _, n := range []int{b.files / 200, b.files / 2, b.files * 5} {
		if before, err = b.project(ctx, r, emulator, max(n, 10), before); err != nil {
			return err
		}
	}
	return nil
}

// project measures one project. before are the measures of the smaller one.
func (b *bench) project(ctx context.Context, r *report, emulator string, files int, before []measure) (got []measure, err error) {
	title := fmt.Sprintf("a project of %d files on DNAnexus", files)
	b.say("%s: the emulator makes it", title)
	p, err := startPlatform(ctx, emulator)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	var made struct {
		Project string `json:"project"`
	}
	err = p.post(ctx, "/emulator/generate", map[string]any{"files": files, "folders": max(files/1000, 1), "size": 16, "days": 30, "name": "bench"}, &made)
	if err != nil {
		return nil, err
	}
	if made.Project == "" {
		return nil, errors.New("the emulator made no project")
	}
	return b.stages(ctx, r, p, title, made.Project, files, before)
}

// step is one command that is measured, and what it may call.
type step struct {
	name   string
	folder string // of its configuration
	args   []string
	route  string
	most   int64
}

// stages measures one command after another on one project. Bytes are moved
// only where there are few files: what a file costs is the same for each.
func (b *bench) stages(ctx context.Context, r *report, p *platform, title, project string, files int, before []measure) ([]measure, error) {
	dir := b.fresh("platform")
	copied, archived := filepath.Join(dir, "copied"), filepath.Join(dir, "archived")
	err := errors.Join(
		configured(copied, fmt.Sprintf(copiedText, project, filepath.Join(dir, "disk"))),
		configured(archived, fmt.Sprintf(archivedText, project)))
	if err != nil {
		return nil, err
	}
	var measures []measure
	var bars []bar
	for _, s := range platformSteps(copied, archived, files) {
		m, made, err := b.step(ctx, p, s)
		if err != nil {
			return nil, err
		}
		m.count = int64(files)
		measures, bars = append(measures, m), append(bars, asked{s.name, made, s.route, s.most})
	}
	for i := range before {
		if before[i].count >= fullMemory {
			bars = append(bars, level{before[i].name, before[i], mostLevel})
		}
	}
	return measures, r.add(title, "one turn each, against the emulator on the same machine", measures, bars)
}

// platformSteps are the commands, and what each may ask.
func platformSteps(copied, archived string, files int) []step {
	pages := int64((files + 999) / 1000)
	// Beside a search for each thousand: the first page, two edges, a rest for each
	// stretch of time, and what came meanwhile.
	const find, constant = "system/findDataObjects", 12
	// A search, the project three times, who belongs to the organisation.
	const unchanged = 6
	steps := []step{{"first plan", copied, []string{"plan", "-out=p"}, find, pages + constant}}
	if files <= 2000 {
		steps = append(steps, step{"first backup", copied, []string{"apply", "p"}, "file-xxxx/download", int64(files)})
	}
	return append(steps,
		step{"plan of what changed: nothing", copied, []string{"plan"}, "", unchanged},
		// Whether each file can be archived, and what else keeps it live, takes a search
		// more for each thousand.
		step{"plan to archive", archived, []string{"plan", "-out=p"}, find, 2*pages + constant},
		step{"archiving", archived, []string{"apply", "p"}, "project-xxxx/archive", pages})
}

// From how many files on a plan's memory is no longer expected to grow: then
// what it sorts does not fit into what it may hold. It may be so much more.
const (
	fullMemory = 50_000
	mostLevel  = 1.3
)

// level bounds peak memory by that of the same step with fewer files.
type level struct {
	of   string
	less measure
	most float64
}

func (b level) hold(s section) (string, bool) {
	ours := s.named(b.of)
	if ours == nil || b.less.peak == 0 {
		return fmt.Sprintf("memory of %s: not measured", b.of), false
	}
	got := float64(ours.peak) / float64(b.less.peak)
	return fmt.Sprintf("memory of %s for %d / %d: %.2f, at most %.2f: %s", b.of, ours.count, b.less.count, got, b.most, verdict(got <= b.most)), got <= b.most
}

func configured(dir, text string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "main.backstay.hcl"), []byte(text), 0o644)
}

// step runs a command and counts its calls.
func (b *bench) step(ctx context.Context, p *platform, s step) (measure, calls, error) {
	if _, err := p.calls(ctx); err != nil {
		return measure{}, nil, err
	}
	got, err := b.do(ctx, program.Command{Args: append([]string{b.backstay, "-chdir=" + s.folder}, s.args...), Env: p.env, Discard: true})
	if err != nil {
		return measure{}, nil, err
	}
	b.say("  %s: %s", s.name, got.Wall.Round(time.Millisecond))
	made, err := p.calls(ctx)
	return measure{name: s.name, wall: got.Wall, cpu: got.CPU, peak: got.Peak}, made, err
}
