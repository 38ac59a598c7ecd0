package engine

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/backstay/backstay/plan"
)

const keptText = `
source "dnanexus" "trial" {
  project   = "trial"
  reconcile = "10d"
}
destination "filesystem" "disk" {
  path  = "../disk"
  media = "disk"
  site  = "here"
}
backup "trial" {
  source = source.dnanexus.trial
  owner  = "lab@example.org"
  scope {
    include {
      paths = ["/**"]
    }
    exclude {
      tags   = ["scratch"]
      reason = "not needed"
      owner  = "lab@example.org"
    }
  }
  copy "disk" {
    to = destination.filesystem.disk
  }
  retention {
    keep = "1y"
  }
}
`

// listed plans, and tells how the source was listed beside what changes.
func (p *platform) listed(r PlanRequest) (*plan.Incremental, []string) {
	p.Helper()
	res, ds := p.e.Plan(context.Background(), r)
	p.well(ds)
	defer func() { p.must(res.Close()) }()
	var lines []string
	for c, err := range res.Changes(context.Background()) {
		p.must(err)
		lines = append(lines, string(c.Action)+" "+string(c.Reason)+" "+c.Object.Path)
	}
	return res.Summary.Sources[0].Incremental, lines
}

// A plan asks only for what changed, says so, and takes as many calls whatever
// the project holds. That something is gone, or no longer wanted, is concluded
// from a whole listing alone.
func TestPlansListWhatChanged(t *testing.T) {
	p := newPlatform(t, "seed", keptText, map[string]string{"a/one": "1", "a/two": "22", "b/three": "333"})
	p.apply()
	first := p.hand.Now()
	p.pass(time.Hour)
	p.Calls()
	inc, lines := p.listed(PlanRequest{})
	if inc == nil || inc.Whole.Sub(first).Abs() > time.Second || len(lines) > 0 {
		t.Fatalf("%+v: %q", inc, lines)
	}
	if calls := p.Calls(); calls["system/findDataObjects"] != 1 {
		t.Errorf("calls %v", calls)
	}
	if inc, _ := p.listed(PlanRequest{Refresh: "deep"}); inc != nil {
		t.Errorf("a deep refresh lists what changed alone: %+v", inc)
	}
	p.pass(time.Hour)
	p.fresh(t, "a/four")
	if inc, lines = p.listed(PlanRequest{}); inc == nil || !slices.Equal(lines, []string{"copy new_object a/four.record.json"}) {
		t.Errorf("%+v: %q", inc, lines)
	}
	p.apply()
	p.baseline(t, first.Add(time.Hour)) // that of the deep refresh, not of what came after
	p.pass(time.Hour)
	p.Ask(p.find(t, "three")+"/addTags", map[string]any{"project": p.project("trial"), "tags": []string{"scratch"}}, nil)
	if inc, lines = p.listed(PlanRequest{}); inc != nil || !slices.Equal(lines, []string{"tag out_of_scope b/three"}) {
		t.Errorf("%+v: %q", inc, lines)
	}
	p.apply()
	p.pass(time.Hour)
	p.Ask(p.project("trial")+"/removeObjects", map[string]any{"objects": []string{p.find(t, "four")}}, nil)
	if inc, lines = p.listed(PlanRequest{}); inc == nil || len(lines) > 0 {
		t.Errorf("nobody asked for it, and yet it is gone: %+v: %q", inc, lines)
	}
	p.pass(10 * 24 * time.Hour)
	if inc, lines = p.listed(PlanRequest{}); inc != nil || !slices.Equal(lines, []string{"tag source_gone a/four.record.json"}) {
		t.Errorf("%+v: %q", inc, lines)
	}
}

// A state that comes back from an older copy is not compared with a newer
// listing, and a listing that comes back finds what happened since.
func TestPlansWithAnOlderState(t *testing.T) {
	p := newPlatform(t, "current", keptText, map[string]string{"a/one": "1"})
	conf := filepath.Join(p.dir, "conf")
	p.apply()
	old := filepath.Join(p.dir, "old")
	p.must(os.CopyFS(old, os.DirFS(filepath.Join(conf, ".backstay"))))
	p.pass(time.Hour)
	p.fresh(t, "a/two")
	p.apply()
	p.fresh(t, "a/three")
	p.listed(PlanRequest{})
	for _, part := range []string{"state.db", "inventory"} {
		t.Run(part, func(t *testing.T) {
			for _, name := range []string{"state.db", "state.db-wal", "state.db-shm"} {
				if part == "state.db" {
					p.must(os.RemoveAll(filepath.Join(conf, ".backstay", name)))
				}
			}
			target := filepath.Join(conf, ".backstay", part)
			p.must(os.RemoveAll(target))
			if part == "inventory" {
				p.must(os.CopyFS(target, os.DirFS(filepath.Join(old, part))))
			} else {
				b, err := os.ReadFile(filepath.Join(old, part))
				p.must(err)
				p.must(os.WriteFile(target, b, 0o600))
			}
			res, ds := p.e.Plan(context.Background(), PlanRequest{Allow: []string{"destination"}})
			p.well(ds)
			defer func() { p.must(res.Close()) }()
			got := res.Summary.Sources[0]
			if got.Live.Objects != 3 || (got.Incremental == nil) != (part == "state.db") {
				t.Errorf("%+v, %+v", got, got.Incremental)
			}
		})
	}
}

// fresh makes a record.
func (p *platform) fresh(t *testing.T, path string) {
	t.Helper()
	var made struct{ ID string }
	p.Ask("record/new", map[string]any{"project": p.project("trial"), "folder": "/" + filepath.Dir(path), "name": filepath.Base(path), "close": true}, &made)
}

// find finds an object of the project by its name.
func (p *platform) find(t *testing.T, name string) string {
	t.Helper()
	var found struct{ Results []struct{ ID string } }
	p.Ask("system/findDataObjects", map[string]any{"scope": map[string]any{"project": p.project("trial")}, "name": name}, &found)
	if len(found.Results) != 1 {
		t.Fatalf("%d objects are called %s", len(found.Results), name)
	}
	return found.Results[0].ID
}

// baseline compares until when the state says that the source was carried out.
func (p *platform) baseline(t *testing.T, want time.Time) {
	t.Helper()
	ctx := context.Background()
	l, ds := p.e.loadWholeJudged(ctx)
	p.well(ds)
	st, ds := p.e.openPlanState(ctx, l.cfg)
	p.well(ds)
	defer func() { p.must(st.Close()) }()
	got, err := st.Baseline(ctx, "trial")
	if err != nil || got == nil || got.AppliedAt.Sub(want).Abs() > time.Second {
		t.Errorf("carried out until %+v, not %s: %v", got, want, err)
	}
}
