package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/plan"
)

// What is renamed or moved on the platform keeps its id: its copies change their
// owner, and not a byte is downloaded.
func TestWhatMovesOnThePlatformIsNotDownloaded(t *testing.T) {
	p := newPlatform(t, "seed", keptText, map[string]string{"a/one": "1", "a/two": "22", "b/three": "333"})
	p.apply()
	p.pass(time.Hour)
	p.Ask(p.find(t, "two")+"/rename", map[string]any{"project": p.project("trial"), "name": "second"}, nil)
	p.Ask(p.project("trial")+"/renameFolder", map[string]any{"folder": "/b", "name": "c"}, nil)
	p.pass(11 * 24 * time.Hour) // beyond the age at which everything is listed again
	inc, lines := p.listed(PlanRequest{})
	var adopted []string
	for _, l := range lines {
		if l[:3] != "tag" { // folders come and go
			adopted = append(adopted, l)
		}
	}
	if inc != nil || !slices.Equal(adopted, []string{"adopt source_moved a/second", "adopt source_moved c/three"}) {
		t.Fatalf("%+v: %q", inc, lines)
	}
	p.Calls()
	if done := p.apply(); done[plan.Adopt].Objects != 2 || done[plan.Copy].Objects != 0 {
		t.Errorf("done %v", done)
	}
	for route, n := range p.Calls() {
		if strings.Contains(route, "download") {
			t.Errorf("%d calls of %s", n, route)
		}
	}
	if _, lines := p.listed(PlanRequest{}); len(lines) > 0 {
		t.Errorf("left: %q", lines)
	}
	p.pass(time.Hour) // a listing of what changed sees it, too
	p.Ask(p.find(t, "second")+"/rename", map[string]any{"project": p.project("trial"), "name": "third"}, nil)
	if _, lines := p.listed(PlanRequest{}); !slices.Equal(lines, []string{"adopt source_moved a/third"}) {
		t.Errorf("changed: %q", lines)
	}
}
