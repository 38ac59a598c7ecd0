package engine

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/plan"
)

const costMeasure = `
source "dnanexus" "trial" {
  project = "trial"
}
destination "dnanexus" "vault" {
  project = "trial-backup"
  bill_to = "org-vault"
}
backup "runs" {
  source = source.dnanexus.trial
  owner  = "platform@example.org"
  scope {
    include {
      paths = ["/r/**"]
    }
  }
  copy "vault" {
    to = destination.dnanexus.vault
  }
  retention {
    keep = "7y"
  }
}
archive "old" {
  source = source.dnanexus.trial
  after  = "90d"
  match {
    paths = ["/r/**", "/scratch/**"]
  }
  ALL
}
`

// An archive block moves what is old where it lies, says first what saves less,
// never counts as a copy, and brings back what it is told to.
func TestArchiveBlock(t *testing.T) {
	files := map[string]string{"r/a.txt": "first content", "r/empty": "", "scratch/x.bam": "scratch content", "keep/y": "stays live"}
	p := newPlatform(t, "seed", strings.ReplaceAll(costMeasure, "ALL", ""), files)
	p.Ask("emulator/settings", map[string]any{"archiveDelay": 0}, nil)
	if done := p.apply(); done[plan.Copy].Objects != 2 {
		t.Fatalf("%+v", done)
	}
	var other struct{ ID string }
	p.Ask("project/new", map[string]any{"name": "other", "billTo": "org-lab"}, &other)
	p.Ask(p.project("trial")+"/clone", map[string]any{"folders": []string{"/scratch"}, "project": other.ID}, nil)
	p.pass(90 * 24 * time.Hour)
	res, ds := p.e.Plan(context.Background(), PlanRequest{})
	p.well(ds)
	p.must(res.Close())
	var said string
	for _, d := range ds {
		said += d.Code + ": " + d.Detail + "\n"
	}
	for _, want := range []string{"archive_live_elsewhere: 1 object (15 bytes), first of all scratch/x.bam", "archive_empty: 1 object, first of all r/empty"} {
		if !strings.Contains(said, want) || len(ds) != 2 {
			t.Errorf("%s", said)
		}
	}
	want := []string{`archive cost_measure archive.old["r/a.txt"]`, `archive cost_measure archive.old["scratch/x.bam"]`}
	if got := p.plan(PlanRequest{}); !slices.Equal(got, want) {
		t.Fatalf("%q", got)
	}
	if done := p.apply(); done[plan.Archive].Objects != 2 {
		t.Errorf("%+v", done)
	}
	states := p.states("trial")
	if states["archived"] != 1 || states["archival"] != 1 {
		t.Errorf("%v", states)
	}
	if left := p.plan(PlanRequest{}); len(left) > 0 { // what waits for the other copy was asked for
		t.Errorf("left: %q", left)
	}
	p.configure(strings.ReplaceAll(costMeasure, "ALL", `tier = "live"`))
	if done := p.apply(); done[plan.Unarchive].Objects != 2 {
		t.Errorf("%+v", done)
	}
}

// With all_copies the copies in other projects move, too.
func TestArchiveBlockEverywhere(t *testing.T) {
	p := newPlatform(t, "seed", strings.ReplaceAll(costMeasure, "ALL", "all_copies = true"), map[string]string{"r/a.txt": "content", "scratch/x.bam": "scratch content"})
	p.Ask("emulator/settings", map[string]any{"archiveDelay": 0}, nil)
	var other struct{ ID string }
	p.Ask("project/new", map[string]any{"name": "other", "billTo": "org-lab"}, &other)
	p.Ask(p.project("trial")+"/clone", map[string]any{"folders": []string{"/scratch"}, "project": other.ID}, nil)
	p.pass(90 * 24 * time.Hour)
	p.apply()
	if done := p.apply(); done[plan.Archive].Objects != 1 { // the other one waited for its copy
		t.Fatalf("%+v", done)
	}
	if a, b := p.states("trial"), p.states("other"); a["archived"] != 2 || b["archived"] != 1 {
		t.Errorf("%v, %v", a, b)
	}
}

// states counts the files of a project by archival state.
func (p *platform) states(project string) map[string]int {
	p.Helper()
	out := map[string]int{}
	var found struct {
		Results []struct {
			Describe struct{ ArchivalState string }
		}
	}
	p.Ask("system/findDataObjects", map[string]any{
		"class": "file", "scope": map[string]any{"project": p.project(project)}, "describe": map[string]any{"fields": map[string]bool{"archivalState": true}},
	}, &found)
	for _, r := range found.Results {
		out[r.Describe.ArchivalState]++
	}
	return out
}

// Archiving N files in place takes one archive call for each thousand, and as
// many looks before and after.
func TestCallsOfArchiving(t *testing.T) {
	p := newPlatform(t, "seed", `
source "dnanexus" "many" {
  project = "many"
}
archive "old" {
  source = source.dnanexus.many
}
`, map[string]string{"x": "x"})
	p.Ask("emulator/generate", map[string]any{"files": 2500, "size": 1000, "name": "many", "user": "user-alice"}, nil)
	p.Calls()
	if done := p.apply(); done[plan.Archive].Objects != 2500 {
		t.Fatalf("%+v", done)
	}
	calls := p.Calls()
	if calls["project-xxxx/archive"] != 3 {
		t.Errorf("%v", calls)
	}
	sum := 0
	for _, n := range calls {
		sum += n
	}
	if sum > 45 {
		t.Errorf("%d calls for 2,500 files: %v", sum, calls)
	}
	t.Logf("%d calls: %v", sum, calls)
}
