package torture

import (
	"slices"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/storage/dnanexus/platformtest"
)

// TestPlatformStory protects a tree in a project of the platform, whose answers
// are lost, late and damaged on the way, and brings it back.
func TestPlatformStory(t *testing.T) {
	p := newPlatform(t)
	p.Spoil(
		platformtest.Fault{Route: "project/new", Action: "lose", Times: 1},
		platformtest.Fault{Route: "file/new", Action: "lose", Times: 2},
		platformtest.Fault{Route: "file/new", Action: "status", Status: 503, RetryAfter: 1, Skip: 4, Times: 1},
		platformtest.Fault{Route: "upload", Action: "corrupt", AfterBytes: 7, Times: 1},
		platformtest.Fault{Route: "file-xxxx/close", Action: "drop", Times: 1},
		platformtest.Fault{Route: "system/findDataObjects", Action: "truncate", AfterBytes: 5, Times: 1},
	)
	p.expect(0, "plan", "-out=p")
	p.expect(0, "apply", "p")
	p.Spoil() // all of it came about
	p.whole()
	p.expect(4, "apply", "p") // once is enough
	p.Calls()
	p.expect(0, "plan", "-detailed-exitcode")
	if calls := p.Calls(); calls["file/new"]+calls["upload"] > 0 || total(calls) > 15 {
		t.Errorf("a plan without changes asked %v", calls)
	}
	p.expect(0, "verify")
	p.expect(0, "check")
	p.restored()
	p.lost()
	p.whole()
}

// TestPlatformSteps kills an apply where files are staged, committed and
// recorded: nothing stays open in the project, and nothing is there twice.
func TestPlatformSteps(t *testing.T) {
	p := newPlatform(t)
	staged := 0
	for i, point := range []string{"apply.staged", "apply.verified", "apply.committed", "apply.segment"} {
		r := p.struck(point+"=kill", "apply", "-auto-approve")
		if !r.Killed {
			t.Fatalf("the point %s is gone: exit code %d", point, r.Code)
		}
		n := p.staged()
		t.Logf("killed at %s with %d files staged", point, n)
		staged += n
		if i%2 == 0 {
			p.expect(0, "apply", "-resume")
		} else {
			p.expect(0, "apply", "-auto-approve")
		}
		p.whole()
		p.change()
		p.pass(5)
	}
	for _, days := range []int{1, 25, 9} { // terms end, then quarantines
		p.pass(days)
		p.expect(0, "apply", "-auto-approve")
	}
	p.whole()
	p.restored()
	if staged == 0 {
		t.Error("no kill left anything to sweep")
	}
	if slices.ContainsFunc(p.rows(), func(r row) bool { return r.Path == "small/3" && r.Seq == 1 }) {
		t.Error("the oldest version was never removed")
	}
}

// lost loses the state, and gets it back from the project.
func (p *platform) lost() {
	p.Helper()
	var before, after struct{ Copies []map[string]any }
	p.parse(p.expect(0, "state", "list", "-json").Stdout, &before)
	p.discard(".backstay")
	p.expect(3, "plan") // the project belongs to a state that is not there
	p.expect(0, "state", "rebuild")
	p.parse(p.expect(0, "state", "list", "-json").Stdout, &after)
	p.same("the state and the catalogue in the project", lines(before.Copies), lines(after.Copies))
}

// whole compares what lies in the project with the state and the tree.
func (p *platform) whole() {
	p.Helper()
	rows := p.rows()
	p.agree(rows)
	have := map[string]string{}
	for _, r := range rows {
		if r.Status == "verified" && r.Replaced == nil && r.Gone == nil {
			have[r.Path] = r.Digest
		}
	}
	for path, digest := range p.digests("tree") {
		if have[path] != digest {
			p.Errorf("%q is %s, and its verified copy is %q", path, digest, have[path])
		}
	}
	r := p.expect(0, "plan", "-detailed-exitcode")
	if !strings.Contains(r.Stdout, "No changes") {
		p.Fatalf("a plan after all was done is not empty:\n%s", r.Stdout)
	}
}

// agree compares files and rows, both ways: nothing is open or staged, no name
// is there twice, and each file outside the catalogue has its row.
func (p *platform) agree(rows []row) {
	p.Helper()
	keys := map[string]string{}
	for _, f := range p.files() {
		key := strings.TrimPrefix(f.Folder+"/"+f.Name, "/")
		key = strings.TrimPrefix(key, "/")
		if f.State != "closed" || f.Properties["backstay_attempt"] != "" {
			p.Errorf("%q is %s, of attempt %q", key, f.State, f.Properties["backstay_attempt"])
		}
		if _, twice := keys[key]; twice {
			p.Errorf("%q is there twice", key)
		}
		if !strings.HasPrefix(key, ".backstay/") {
			keys[key] = "sha256:" + f.Properties["backstay_sha256"]
		}
	}
	for _, r := range rows {
		if r.Key == "" {
			continue
		}
		if got, there := keys[r.Key]; !there || got != r.Digest {
			p.Errorf("the row of %q says %s, the project has %q under %q", r.Path, r.Digest, got, r.Key)
		}
		delete(keys, r.Key)
	}
	for key := range keys {
		p.Errorf("no row says what the file %q is", key)
	}
	if p.Failed() {
		p.FailNow()
	}
}

// staged counts what a killed run left behind.
func (p *platform) staged() int {
	n := 0
	for _, f := range p.files() {
		if f.Properties["backstay_attempt"] != "" {
			n++
		}
	}
	return n
}

func total(calls map[string]int) int {
	n := 0
	for _, times := range calls {
		n += times
	}
	return n
}
