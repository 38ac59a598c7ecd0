package engine

import (
	"context"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/plan"
)

const wayOne = `
source "dnanexus" "trial" {
  project = "trial"
}
destination "dnanexus" "vault" {
  project  = "trial-backup"
  bill_to  = "org-vault"
  lockdown = true
}
backup "runs" {
  source = source.dnanexus.trial
  owner  = "platform@example.org"
  copy "vault" {
    to            = destination.dnanexus.vault
    archive_after = "30d"
  }
  retention {
    keep = "7y"
  }
  verify {
    scrub = "60d"
  }
  restore_test {
    every   = "90d"
    sample  = 2
    command = ["sh", "-c", "ls \"$1\" > ../tested", "test"]
  }
}
`

var runs = map[string]string{"r/a.txt": "first content", "r/b.txt": "second content", "r/c.txt": "third"}

// tiers are the tiers on record, by path.
func (p *platform) tiers() map[string]string {
	p.Helper()
	out := map[string]string{}
	ds, err := p.e.StateList(context.Background(), StateListRequest{}, func(rows iter.Seq2[record.Copy, error]) error {
		for r, err := range rows {
			if err != nil {
				return err
			}
			if r.Key != "" {
				out[r.Path] = r.Tier
			}
		}
		return nil
	})
	p.must(err)
	p.well(ds)
	return out
}

func all(tier string) map[string]string {
	return map[string]string{"r/a.txt": tier, "r/b.txt": tier, "r/c.txt": tier}
}

// archivedWorld has copies that are archived.
func archivedWorld(t *testing.T, rules string) *platform {
	p := newPlatform(t, rules, wayOne, runs)
	p.Ask("emulator/settings", map[string]any{"restoreDelay": map[string]int64{"aws Standard": (12 * time.Hour).Milliseconds()}, "archiveDelay": 1000}, nil)
	if done := p.apply(); done[plan.Copy].Objects != 3 {
		t.Fatalf("%+v", done)
	}
	p.pass(30 * 24 * time.Hour)
	if done := p.apply(); len(done) != 1 || done[plan.Archive].Objects != 3 {
		t.Fatalf("%+v", done)
	}
	p.pass(time.Hour)
	return p
}

func both(t *testing.T, test func(t *testing.T, rules string)) {
	for _, rules := range []string{"seed", "current"} {
		t.Run(rules, func(t *testing.T) { test(t, rules) })
	}
}

// Way 1 of the platform's own advice: deep copies, nobody else's access, archived
// after a while, tested by bringing back, comparing, archiving again.
func TestWayOneOverMonths(t *testing.T) {
	both(t, func(t *testing.T, rules string) {
		p := archivedWorld(t, rules)
		if left := p.plan(PlanRequest{}); len(left) > 0 {
			t.Errorf("left: %q", left)
		}
		p.verifyArchived()
		p.pass(100 * 24 * time.Hour) // no scrub is due of what is archived
		if left := p.plan(PlanRequest{}); len(left) > 0 {
			t.Errorf("left: %q", left)
		}
		p.drillArchived()
		if rules == "current" {
			return
		}
		p.restoreArchived()
		p.rebuilt()
	})
}

func (p *platform) verifyArchived() {
	p.Helper()
	res, ds := p.e.Verify(context.Background(), VerifyRequest{})
	p.well(ds)
	if res.Archived.Objects != 3 || res.Verified.Objects+res.Unreadable.Objects+res.Missing.Objects > 0 || worst(res.Outcomes) != Done {
		p.Errorf("%+v", res)
	}
	if got := p.tiers(); !maps.Equal(got, all("archived")) {
		p.Errorf("tiers on record: %v", got)
	}
}

func (p *platform) drillArchived() {
	p.Helper()
	before := p.hand.Now()
	res, ds := p.e.Drill(context.Background(), DrillRequest{})
	p.well(ds)
	if len(res.Tests) != 1 || res.Tests[0].Outcome != "pass" || res.Tests[0].Objects != 2 || !strings.Contains(res.Tests[0].Detail, "sh: exit 0; 2 copies were brought back from the archive for it") {
		p.Errorf("%+v, problems %+v", res.Tests, res.Problems)
	}
	if took := p.hand.Now().Sub(before); took < 12*time.Hour || took > 13*time.Hour {
		p.Errorf("it took %v", took)
	}
	if len(ds) > 0 || len(p.notices) == 0 || !strings.Contains(p.notices[0], "are archived and have to be brought back") {
		p.Errorf("%v, notices %q", ds, p.notices)
	}
	p.pass(time.Hour)
	p.verifyArchived() // all of them again
}

func (p *platform) restoreArchived() {
	p.Helper()
	to := filepath.Join(p.dir, "back")
	p.Calls()
	res, ds := p.e.Restore(context.Background(), RestoreRequest{To: to, DryRun: true})
	p.well(ds)
	if res.Unarchive.Objects != 3 || res.Unarchive.Bytes != 32 {
		p.Errorf("%+v", res.Unarchive)
	}
	for route := range p.Calls() {
		if strings.HasSuffix(route, "/unarchive") && !res.Unarchive.Priced {
			p.Errorf("a dry run called %s", route)
		}
	}
	res, ds = p.e.Restore(context.Background(), RestoreRequest{To: to})
	p.well(ds)
	if res.Restored.Objects != 3 || res.Failed > 0 || res.Unarchive.Objects != 3 {
		p.Errorf("%+v", res)
	}
	got, err := os.ReadFile(filepath.Join(to, "trial", "r", "b.txt"))
	if p.must(err); string(got) != "second content" {
		p.Errorf("%q came back", got)
	}
	if got := p.tiers(); !maps.Equal(got, all("unarchiving")) {
		p.Errorf("tiers on record: %v", got)
	}
	if left := p.plan(PlanRequest{}); len(left) > 0 {
		p.Errorf("what came back is to stay for a while: %q", left)
	}
	p.pass(8 * 24 * time.Hour)
	if done := p.apply(); done[plan.Archive].Objects != 3 {
		p.Errorf("%+v", done)
	}
	p.pass(time.Hour)
}

// rebuilt loses the state and makes it again: the catalogue knows the tiers.
func (p *platform) rebuilt() {
	p.Helper()
	before := p.tiers()
	p.must(os.RemoveAll(filepath.Join(p.dir, "conf", ".backstay")))
	_, ds := p.e.StateRebuild(context.Background())
	p.well(ds)
	if got := p.tiers(); !maps.Equal(got, before) {
		p.Errorf("tiers are %v, were %v", got, before)
	}
	if left := p.plan(PlanRequest{}); len(left) > 0 {
		p.Errorf("left: %q", left)
	}
}

// Somebody gets a right at the vault: the next plan says so, the next apply
// takes it away, and what a quiet plan asks stays the same.
func TestAccessDriftIsRepaired(t *testing.T) {
	p := newPlatform(t, "seed", wayOne, runs)
	p.apply()
	vault := p.project("trial-backup")
	for _, who := range []string{"user-bob", "org-lab"} {
		p.Ask(vault+"/invite", map[string]any{"invitee": who, "level": "CONTRIBUTE"}, nil)
	}
	want := []string{
		`revoke access_drift destination.dnanexus.vault.access["org-lab"]`,
		`revoke access_drift destination.dnanexus.vault.access["user-bob"]`,
	}
	if got := p.plan(PlanRequest{}); !slices.Equal(got, want) {
		t.Fatalf("%q", got)
	}
	if done := p.apply(); done[plan.Revoke].Objects != 2 {
		t.Fatalf("%+v", done)
	}
	var now struct{ Permissions map[string]string }
	p.Ask(vault+"/describe", map[string]any{"fields": map[string]bool{"permissions": true}}, &now)
	if len(now.Permissions) != 1 || now.Permissions["user-alice"] != "ADMINISTER" {
		t.Errorf("%+v", now)
	}
	if left := p.plan(PlanRequest{}); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// A setting of the backup project drifts, and nothing else: the next plan says
// so, the next apply puts it right, and who did it is on record.
func TestSettingDriftIsRepaired(t *testing.T) {
	p := newPlatform(t, "seed", wayOne, runs)
	p.apply()
	vault := p.project("trial-backup")
	p.Ask(vault+"/update", map[string]any{"protected": false, "restricted": false}, nil)
	want := []string{
		`revoke setting_drift destination.dnanexus.vault.setting["protected"]`,
		`revoke setting_drift destination.dnanexus.vault.setting["restricted"]`,
	}
	if got := p.plan(PlanRequest{}); !slices.Equal(got, want) {
		t.Fatalf("%q", got)
	}
	if done := p.apply(); done[plan.Revoke].Objects != 2 {
		t.Fatalf("%+v", done)
	}
	var now struct{ Protected, Restricted bool }
	p.Ask(vault+"/describe", map[string]any{}, &now)
	if !now.Protected || !now.Restricted {
		t.Errorf("%+v", now)
	}
	if left := p.plan(PlanRequest{}); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// Somebody brings a copy back by hand: a deep refresh sees it, and the plan says
// so.
func TestTierDriftIsSeen(t *testing.T) {
	p := archivedWorld(t, "seed")
	vault := p.project("trial-backup")
	p.Ask(vault+"/unarchive", map[string]any{"folder": "/"}, nil)
	p.pass(8 * 24 * time.Hour)
	if got := p.plan(PlanRequest{}); len(got) > 0 {
		t.Errorf("a quick plan asks for no tiers: %q", got)
	}
	got := p.plan(PlanRequest{Refresh: "deep"})
	if len(got) != 3 || !strings.HasPrefix(got[0], "archive archive_due") {
		t.Errorf("%q", got)
	}
}

// A drill that is stopped while it waits leaves its sample on its way, and on
// record as such: after a while a plan archives it again.
func TestStoppedDrillIsMended(t *testing.T) {
	p := archivedWorld(t, "seed")
	ctx, cancel := context.WithCancel(t.Context())
	p.waiting = cancel
	res, _ := p.e.Drill(ctx, DrillRequest{Sample: 3})
	if worst(res.Outcomes) != Interrupted || len(res.Tests) > 0 {
		t.Fatalf("%+v", res)
	}
	p.waiting = nil
	if got := p.tiers(); !maps.Equal(got, all("unarchiving")) {
		t.Errorf("tiers on record: %v", got)
	}
	p.pass(24 * time.Hour)
	if left := p.plan(PlanRequest{}); len(left) > 0 {
		t.Errorf("archived again at once: %q", left)
	}
	p.pass(7 * 24 * time.Hour)
	if done := p.apply(); done[plan.Archive].Objects != 3 {
		t.Errorf("%+v", done)
	}
}

// Bytes that are needed today are worth more than a record: a restore goes on
// while somebody else holds the state, and says what is not recorded.
func TestRestoreWhileTheStateIsHeld(t *testing.T) {
	p := archivedWorld(t, "seed")
	st, err := state.Open(t.Context(), filepath.Join(p.dir, "conf", ".backstay", "state.db"), state.Options{Now: p.hand.Now()})
	p.must(err)
	_, err = st.Acquire(t.Context(), state.Holder{Host: "elsewhere", PID: 1, Run: "r", User: "bob"}, p.hand.Now())
	p.must(err)
	res, ds := p.e.Restore(context.Background(), RestoreRequest{To: filepath.Join(p.dir, "back"), Rate: "Bulk"})
	p.well(ds)
	if res.Restored.Objects != 3 || res.Failed > 0 || !strings.Contains(strings.Join(p.notices, "\n"), "cannot be recorded") {
		t.Errorf("%+v, notices %q", res, p.notices)
	}
	p.must(st.Close())
	if got := p.tiers(); got["r/a.txt"] == "unarchiving" {
		t.Errorf("tiers on record: %v", got)
	}
	if _, ds := p.e.Verify(context.Background(), VerifyRequest{}); len(ds) > 0 {
		t.Errorf("%v", ds)
	}
	if got := p.tiers(); !maps.Equal(got, all("live")) {
		t.Errorf("tiers on record after a verification: %v", got)
	}
}

// A version that another took the place of lies at the platform as the present
// one does, and is archived like it: in the plan that brings the other, too.
func TestSupersededVersionsAreArchivedOnThePlatform(t *testing.T) {
	p := newPlatform(t, "seed", wayOne, runs)
	p.apply()
	trial := p.project("trial")
	for _, name := range []string{"a.txt", "b.txt"} {
		p.rewrite(trial, "/r", name)
		if name == "a.txt" {
			p.apply()
		}
		p.pass(30 * 24 * time.Hour)
	}
	if done := p.apply(); done[plan.Copy].Objects != 1 || done[plan.Archive].Objects != 4 {
		t.Fatalf("%+v", done)
	}
	if left := p.plan(PlanRequest{}); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	if states := p.states("trial-backup"); states["live"]+states["archived"]+states["archival"] < 5 || states["archived"] != 4 {
		t.Errorf("%v", states)
	}
}

// rewrite puts a file in the place of another: it has the name, and another id.
func (p *platform) rewrite(project, folder, name string) {
	p.Helper()
	var found struct {
		Results []struct{ ID string }
	}
	p.Ask("system/findDataObjects", map[string]any{"name": name, "scope": map[string]any{"project": project, "folder": folder}}, &found)
	dir := p.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("written again: "+name), 0o644); err != nil {
		p.Fatal(err)
	}
	var made struct{ Project string }
	p.Ask("emulator/seed", map[string]any{"folder": dir, "name": "again", "user": "user-alice"}, &made)
	p.Ask(project+"/removeObjects", map[string]any{"objects": []string{found.Results[0].ID}}, nil)
	p.Ask("system/findDataObjects", map[string]any{"scope": map[string]any{"project": made.Project}}, &found)
	p.Ask(made.Project+"/clone", map[string]any{"objects": []string{found.Results[0].ID}, "project": project, "destination": folder}, &struct{}{})
	p.Ask(made.Project+"/destroy", map[string]any{}, &struct{}{})
}

// Tags and properties that change at the source make no version: the plan says
// tag, and the one copy's properties say them afterwards.
func TestNewTagsReachTheCopies(t *testing.T) {
	p := newPlatform(t, "seed", wayOne, runs)
	p.apply()
	trial, vault := p.project("trial"), p.project("trial-backup")
	file := p.find(t, "a.txt")
	copied := func() map[string]string {
		var found struct {
			Results []struct {
				Describe struct{ Properties map[string]string }
			}
		}
		p.Ask("system/findDataObjects", map[string]any{
			"name": "a.txt", "scope": map[string]any{"project": vault}, "describe": map[string]any{"fields": map[string]bool{"properties": true}},
		}, &found)
		if len(found.Results) != 1 {
			t.Fatalf("%+v", found)
		}
		return found.Results[0].Describe.Properties
	}
	for _, c := range []struct {
		method           string
		in               map[string]any
		tags, properties string
	}{
		{"addTags", map[string]any{"tags": []string{"reviewed", "final"}}, `["final","reviewed"]`, ""},
		{"setProperties", map[string]any{"properties": map[string]any{"run": "7"}}, `["final","reviewed"]`, `{"run":"7"}`},
		{"removeTags", map[string]any{"tags": []string{"reviewed", "final"}}, "", `{"run":"7"}`},
	} {
		p.pass(time.Hour)
		c.in["project"] = trial
		p.Ask(file+"/"+c.method, c.in, nil)
		if got := p.plan(PlanRequest{}); !slices.Equal(got, []string{`tag metadata_changed backup.runs.copy.vault["r/a.txt"]`}) {
			t.Fatalf("%s: %q", c.method, got)
		}
		p.apply()
		if got := copied(); got["backstay_tags"] != c.tags || got["backstay_properties"] != c.properties {
			t.Errorf("%s: the copy says %v", c.method, got)
		}
	}
	if left := p.plan(PlanRequest{}); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// Copies that somebody renamed or moved are the same files still: a deep refresh
// says where they lie, and the apply moves them back and reads them. Nothing is
// copied again.
func TestMovedCopiesComeBack(t *testing.T) {
	p := newPlatform(t, "seed", wayOne, runs)
	p.apply()
	vault := p.project("trial-backup")
	var found struct {
		Results []struct{ ID string }
	}
	id := func(name string) string {
		p.Ask("system/findDataObjects", map[string]any{"name": name, "scope": map[string]any{"project": vault}}, &found)
		return found.Results[0].ID
	}
	a, b := id("a.txt"), id("b.txt")
	p.Ask(a+"/rename", map[string]any{"project": vault, "name": "A.txt"}, nil)
	p.Ask(vault+"/newFolder", map[string]any{"folder": "/elsewhere"}, nil)
	p.Ask(vault+"/move", map[string]any{"objects": []string{b}, "destination": "/elsewhere"}, nil)
	want := []string{`verify copy_missing backup.runs.copy.vault["r/a.txt"]`, `verify copy_missing backup.runs.copy.vault["r/b.txt"]`}
	if got := p.plan(PlanRequest{Refresh: "deep"}); !slices.Equal(got, want) {
		t.Fatalf("%q", got)
	}
	ctx := context.Background()
	out := filepath.Join(t.TempDir(), "deep.plan")
	_, ds := p.e.Plan(ctx, PlanRequest{Refresh: "deep", Out: out})
	p.well(ds)
	res, ds := p.e.Apply(ctx, ApplyRequest{File: out})
	p.well(ds)
	if res.Done[plan.Verify].Objects != 2 || len(res.Done) != 1 {
		t.Fatalf("%+v", res.Done)
	}
	if id("a.txt") != a || id("b.txt") != b {
		t.Error("other files have the names")
	}

	// One that a verification put on record as missing is looked for as well.
	p.Ask(a+"/rename", map[string]any{"project": vault, "name": "A.txt"}, nil)
	if res, _ := p.e.Verify(ctx, VerifyRequest{}); res.Missing.Objects != 1 {
		t.Errorf("%+v", res)
	}
	if done := p.apply(); done[plan.Recopy].Objects != 1 || id("a.txt") != a || len(found.Results) != 1 {
		t.Errorf("%+v, %v", done, found)
	}
	if left := p.plan(PlanRequest{Refresh: "deep"}); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}
