package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/storage/dnanexus/platformtest"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
	"github.com/backstay/backstay/schema/lang"
)

// The emulator plays the platform, as a program of its own whose time is the
// engine's: so that a restore that takes twelve hours takes none.

func TestMain(m *testing.M) { os.Exit(platformtest.Main(m)) }

// platform is an emulator with an engine that works on it.
type platform struct {
	*platformtest.Platform
	hand    *clock.Hand
	dir     string
	e       *Engine
	notices []string
	waiting func() // called at each word about copies on their way
}

func (p *platform) Event(e Event) {
	if e.Kind == Notice {
		p.notices = append(p.notices, e.Message)
	}
	if e.Phase == "unarchive" && p.waiting != nil {
		p.waiting()
	}
}

// shared is a clock whose waits pass on the platform, too.
type shared struct{ p *platform }

func (c shared) Now() time.Time { return c.p.hand.Now() }

func (c shared) Sleep(ctx context.Context, d time.Duration) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	c.p.pass(d)
	return nil
}

func newPlatform(t *testing.T, rules, configuration string, files map[string]string) *platform {
	t.Helper()
	p := &platform{Platform: platformtest.Start(t, "-rules="+rules), dir: t.TempDir()}
	var at struct{ Now int64 }
	p.Ask("emulator/clock", map[string]any{"freeze": true}, &at)
	p.hand = clock.Fixed(time.UnixMilli(at.Now))
	tree := filepath.Join(p.dir, "tree")
	for path, content := range files {
		p.must(os.MkdirAll(filepath.Dir(filepath.Join(tree, path)), 0o755))
		p.must(os.WriteFile(filepath.Join(tree, path), []byte(content), 0o644))
	}
	p.Ask("emulator/seed", map[string]any{"folder": tree, "name": "trial", "user": "user-alice"}, &struct{}{})
	p.configure(configuration)
	p.e = New(Options{
		Dir: filepath.Join(p.dir, "conf"), Version: "0.1.0", User: "alice", Host: "here", Observer: p,
		Language: lang.Options{Env: p.Lookup},
	})
	p.e.clock = shared{p}
	return p
}

func (p *platform) configure(text string) {
	p.must(os.MkdirAll(filepath.Join(p.dir, "conf"), 0o755))
	p.must(os.WriteFile(filepath.Join(p.dir, "conf", "main.backstay.hcl"), []byte(text), 0o644))
}

func (p *platform) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *platform) pass(d time.Duration) {
	p.hand.Advance(d)
	p.Ask("emulator/clock", map[string]any{"advance": d.Milliseconds()}, nil)
}

// project finds a project by name.
func (p *platform) project(name string) string {
	p.Helper()
	var found struct{ Results []struct{ ID string } }
	p.Ask("system/findProjects", map[string]any{"name": name, "level": "VIEW"}, &found)
	if len(found.Results) != 1 {
		p.Fatalf("%d projects are called %s", len(found.Results), name)
	}
	return found.Results[0].ID
}

// well fails on an error among diagnostics.
func (p *platform) well(ds diag.List) {
	p.Helper()
	for _, d := range ds {
		if d.Severity == diag.Error {
			p.Fatalf("%s: %s", d.Summary, d.Detail)
		}
	}
}

// plan gives the changes of a plan, one a line.
func (p *platform) plan(r PlanRequest) (lines []string) {
	p.Helper()
	res, ds := p.e.Plan(context.Background(), r)
	p.well(ds)
	defer func() { p.must(res.Close()) }()
	if res.Outcome == Denied {
		p.Fatalf("denied: %+v", res.Findings)
	}
	for c, err := range res.Changes(context.Background()) {
		p.must(err)
		lines = append(lines, fmt.Sprint(c.Action, " ", c.Reason, " ", c.Address))
	}
	return lines
}

// apply plans and carries out.
func (p *platform) apply() map[plan.Action]plan.Count {
	p.Helper()
	res, ds := p.e.Apply(context.Background(), ApplyRequest{})
	p.well(ds)
	defer func() { p.must(res.Close()) }()
	if res.Failed+res.Skipped+res.Left > 0 || worst(res.Outcomes) != Done {
		p.Fatalf("%+v", res)
	}
	return res.Done
}
