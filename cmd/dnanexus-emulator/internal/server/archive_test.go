package server

import (
	"strings"
	"testing"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
)

// inState makes a file of a project stand in a state: an archival one has a
// live copy elsewhere that keeps it waiting.
func inState(r *rig, project string, state archival.State) string {
	f := r.file(project, "f", "0123456789")
	switch state {
	case archival.Archival:
		r.ok("/"+project+"/clone", hash{"objects": []string{f}, "project": r.project("elsewhere")})
		r.ok("/"+project+"/archive", hash{"files": []string{f}})
	case archival.Archived:
		r.ok("/"+project+"/archive", hash{"files": []string{f}})
	case archival.Unarchiving:
		r.ok("/"+project+"/archive", hash{"files": []string{f}})
		r.ok("/"+project+"/unarchive", hash{"files": []string{f}})
	}
	if got := r.state(project, f); got != string(state) {
		r.t.Fatalf("the file is %s, not %s", got, state)
	}
	return f
}

// Test6_1States tries every operation in every state under both rule sets; the
// tables are those of the two editions.
func Test6_1States(t *testing.T) {
	allowed := map[archival.Rules]map[archival.State]string{
		archival.Seed: {
			archival.Live:        "download clone compute archive",
			archival.Archival:    "download unarchive",
			archival.Archived:    "unarchive",
			archival.Unarchiving: "",
		},
		archival.Current: {
			archival.Live:        "download clone compute archive",
			archival.Archival:    "clone unarchive",
			archival.Archived:    "clone unarchive",
			archival.Unarchiving: "",
		},
	}
	for rules, table := range allowed {
		for _, state := range archival.States {
			for _, operation := range archival.Operations {
				t.Run(strings.Join([]string{string(rules), string(state), string(operation)}, "/"), func(t *testing.T) {
					want := strings.Contains(" "+table[state]+" ", " "+string(operation)+" ")
					tryOperation(newRig(t, rules), state, operation, want)
				})
			}
		}
	}
}

func tryOperation(r *rig, state archival.State, operation archival.Operation, want bool) {
	r.t.Helper()
	p := r.project("one")
	f := inState(r, p, state)
	path, in := "/"+f+"/download", hash{"project": p}
	switch operation {
	case archival.Clone:
		path, in = "/"+p+"/clone", hash{"objects": []string{f}, "project": r.project("target")}
	case archival.Compute:
		path = "/" + r.id("/applet/new", applet(p, "a")) + "/run"
		in = hash{"project": p, "input": hash{"in": hash{"$dnanexus_link": hash{"project": p, "id": f}}}}
	case archival.Archive:
		path, in = "/"+p+"/archive", hash{"files": []string{f}}
	case archival.Unarchive:
		path, in = "/"+p+"/unarchive", hash{"files": []string{f}}
	}
	if want {
		r.ok(path, in)
		return
	}
	r.no(path, in, "InvalidState", f)
}

// Test6_2Lifecycle takes a file through its four states.
func Test6_2Lifecycle(t *testing.T) {
	r := newRig(t, archival.Seed)
	p, q := r.project("one"), r.project("two")
	f := r.file(p, "a", "0123456789")
	r.ok("/"+p+"/clone", hash{"objects": []string{f}, "project": q})
	before := r.ok("/"+f+"/describe", hash{"project": p})["modified"]
	r.clock.Advance(days)
	if got := r.ok("/"+p+"/archive", hash{"files": []string{f}}); got["id"] != p || got["count"] != float64(1) {
		t.Errorf("archive: %v", got)
	}
	states := func(one, two string) {
		t.Helper()
		if a, b := r.state(p, f), r.state(q, f); a != one || b != two {
			t.Errorf("states %s and %s, want %s and %s", a, b, one, two)
		}
	}
	states("archival", "live")
	r.ok("/"+p+"/unarchive", hash{"files": []string{f}}) // cancel
	states("live", "live")
	r.ok("/"+p+"/archive", hash{"files": []string{f}})
	r.ok("/"+q+"/archive", hash{"folder": "/"})
	states("archived", "archived")
	if after := r.ok("/"+f+"/describe", hash{"project": p})["modified"]; after != before {
		t.Error("archiving changed modified")
	}
	r.no("/"+f+"/download", hash{"project": p}, "InvalidState", "archived")
	dry := r.ok("/"+p+"/unarchive", hash{"files": []string{f}, "dryRun": true})
	states("archived", "archived")
	wet := r.ok("/"+p+"/unarchive", hash{"files": []string{f}})
	if dry["cost"] != wet["cost"] || dry["files"] != float64(1) || wet["size"] == float64(0) || wet["cost"] == float64(0) {
		t.Errorf("dry run %v, run %v", dry, wet)
	}
	states("unarchiving", "archival")
	r.clock.Advance(5*hours - 1)
	states("unarchiving", "archival")
	r.clock.Advance(1)
	states("live", "archival")
	r.ok("/"+p+"/archive", hash{"files": []string{f}})
	r.ok("/"+p+"/unarchive", hash{"files": []string{f}})
	if got := r.ok("/"+q+"/unarchive", hash{"files": []string{f}}); got["cost"] != float64(0) { // its bytes are on their way already
		t.Errorf("the other copy: %v", got)
	}
	states("unarchiving", "unarchiving")
	r.clock.Advance(5 * hours)
	states("live", "live")
	r.ok("/"+q+"/archive", hash{"files": []string{f}})
	states("live", "archival")
	if _, body := r.get(r.ok("/"+f+"/download", hash{"project": p}), nil); string(body) != "0123456789" {
		t.Errorf("after the return: %q", body)
	}
	r.ok("/"+p+"/archive", hash{"files": []string{f}})
	states("archived", "archived")
}

// Test6_2RemovedCopy: the last live copy held the others back.
func Test6_2RemovedCopy(t *testing.T) {
	r := newRig(t, archival.Seed)
	p, q := r.project("one"), r.project("two")
	f := r.file(p, "a", "1")
	r.ok("/"+p+"/clone", hash{"objects": []string{f}, "project": q})
	r.ok("/"+p+"/archive", hash{"files": []string{f}})
	r.ok("/"+q+"/removeObjects", hash{"objects": []string{f}})
	if got := r.state(p, f); got != "archived" {
		t.Errorf("state %s", got)
	}
}

// Test6_2OtherBillTo: copies under another bill-to do not count.
func Test6_2OtherBillTo(t *testing.T) {
	r := newRig(t, archival.Seed)
	p, q := r.project("one"), r.id("/project/new", hash{"name": "two", "billTo": "org-vault"})
	f := r.file(p, "a", "1")
	r.ok("/"+p+"/clone", hash{"objects": []string{f}, "project": q})
	r.ok("/"+p+"/archive", hash{"files": []string{f}})
	if a, b := r.state(p, f), r.state(q, f); a != "archived" || b != "live" {
		t.Errorf("states %s and %s", a, b)
	}
	r.ok("/emulator/settings", hash{"rules": "current"})
	r.no("/"+p+"/clone", hash{"objects": []string{f}, "project": r.id("/project/new", hash{"name": "3", "billTo": Founder})}, "InvalidState", "live")
}

// Test6_2ArchiveDelay: archived comes by itself, a while after the request.
func Test6_2ArchiveDelay(t *testing.T) {
	r := newRig(t, archival.Current)
	r.ok("/emulator/settings", hash{"archiveDelay": minute})
	p := r.project("one")
	f := r.file(p, "a", "1")
	r.ok("/"+p+"/archive", hash{"files": []string{f}})
	if got := r.state(p, f); got != "archival" {
		t.Errorf("state %s", got)
	}
	r.no("/"+p+"/clone", hash{"objects": []string{f}, "project": r.project("two")}, "InvalidState", "archival")
	r.clock.Advance(minute)
	if got := r.state(p, f); got != "archived" {
		t.Errorf("state %s", got)
	}
}

// Test6_2FoldersSkip: folder calls pass over what does not fit, and fail whole
// on a file that is not closed.
func Test6_2FoldersSkip(t *testing.T) {
	r := newRig(t, archival.Seed)
	p, q := r.project("one"), r.project("two")
	archived := r.file(p, "a", "1", hash{"folder": "/f/deep", "parents": true})
	r.ok("/"+p+"/archive", hash{"files": []string{archived}})
	waiting := r.file(p, "w", "1", hash{"folder": "/f"})
	r.ok("/"+p+"/clone", hash{"objects": []string{waiting}, "project": q})
	r.ok("/"+p+"/archive", hash{"files": []string{waiting}})
	live := r.file(p, "b", "1", hash{"folder": "/f"})
	hidden := r.file(p, "h", "1", hash{"folder": "/f", "hidden": true})
	root := r.file(p, "r", "1")
	r.id("/record/new", hash{"project": p, "folder": "/f"})
	count := func(path string, in hash, key string, want float64) {
		t.Helper()
		if got := r.ok("/"+p+path, in); got[key] != want {
			t.Errorf("%s %v: %v, want %v", path, in, got, want)
		}
	}
	count("/archive", hash{"folder": "/f", "recurse": false}, "count", 2)
	count("/archive", hash{"folder": "/f"}, "count", 0)
	if got := r.state(p, hidden); got != "archived" {
		t.Errorf("the hidden file is %s", got)
	}
	count("/archive", hash{"folder": "/"}, "count", 1) // the whole project
	if a, b := r.state(p, live), r.state(p, root); a != "archived" || b != "archived" {
		t.Errorf("states %s and %s", a, b)
	}
	count("/unarchive", hash{"folder": "/f", "recurse": false}, "files", 3)
	if a, b := r.state(p, waiting), r.state(p, archived); a != "live" || b != "archived" {
		t.Errorf("states %s and %s", a, b)
	}
	count("/unarchive", hash{"folder": "/"}, "files", 2)
	count("/archive", hash{"files": []string{waiting, archived}}, "count", 1) // a list passes over misfits too
	open := r.id("/file/new", hash{"project": p, "folder": "/f"})
	r.no("/"+p+"/archive", hash{"folder": "/"}, "InvalidState",
		`Cannot archive folder "/" as some files are in a non-closed state (`+open+`)`)
	r.no("/"+p+"/archive", hash{"files": []string{open}}, "InvalidState", open)
}

// Test6_3Calls: what the calls refuse.
func Test6_3Calls(t *testing.T) {
	r := newRig(t, archival.Seed)
	p, q := r.project("one"), r.project("two")
	f, other := r.file(p, "a", "1"), r.file(q, "b", "1")
	record := r.id("/record/new", hash{"project": p, "close": true})
	for _, verb := range []string{"/archive", "/unarchive"} {
		r.no("/"+p+verb, hash{}, "InvalidInput", `"files"`)
		r.no("/"+p+verb, hash{"files": []string{f}, "folder": "/"}, "InvalidInput", `"folder"`)
		r.no("/"+p+verb, hash{"files": []string{other}}, "InvalidInput", other)
		r.no("/"+p+verb, hash{"files": []string{record}}, "InvalidInput", record)
		r.no("/"+p+verb, hash{"files": manyIDs(1001)}, "InvalidInput", "1000")
		r.no("/"+p+verb, hash{"folder": "/none"}, "ResourceNotFound", "/none")
		r.no("/project-0123456789BFGJKPQVXYZbfg"+verb, hash{"folder": "/"}, "ResourceNotFound", "project-")
	}
	r.no("/"+p+"/unarchive", hash{"folder": "/", "rate": "Expedited"}, "InvalidInput", `"rate"`)
	r.ok("/"+p+"/invite", hash{"invitee": "user-bob", "level": "UPLOAD"})
	bob := r.as("user-bob")
	bob.no("/"+p+"/archive", hash{"files": []string{f}}, "PermissionDenied", "CONTRIBUTE permission required in "+p)
	r.ok("/"+p+"/invite", hash{"invitee": "user-bob", "level": "CONTRIBUTE"})
	bob.no("/"+p+"/archive", hash{"files": []string{f}, "allCopies": true}, "PermissionDenied", "Must be an admin of org-lab to archive all copies")
	bob.ok("/"+p+"/archive", hash{"files": []string{f}})
}

func manyIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = "file-" + strings.Repeat("0", 20) + string(rune('B'+i/676)) + string(rune('a'+i/26%26)) + string(rune('a'+i%26)) + "0"
	}
	return ids
}

// Test6_3AllCopies is the example of the seed: alice ADMINISTERs one project,
// CONTRIBUTEs to another and has no role in the third.
func Test6_3AllCopies(t *testing.T) {
	r := newRig(t, archival.Seed)
	bob := r.as("user-bob")
	x := r.project("x")
	f := r.file(x, "a", "1")
	r.ok("/"+x+"/invite", hash{"invitee": "user-bob", "level": "VIEW"})
	var others []string
	for _, name := range []string{"y", "z"} {
		p := bob.id("/project/new", hash{"name": name, "billTo": "org-lab"})
		bob.ok("/"+p+"/invite", hash{"invitee": Founder, "level": "CONTRIBUTE"})
		bob.ok("/"+x+"/clone", hash{"objects": []string{f}, "project": p})
		others = append(others, p)
	}
	y, z := others[0], others[1]
	bob.ok("/"+z+"/decreasePermissions", hash{Founder: nil})
	got := r.ok("/"+f+"/listProjects", hash{"archivalInfoForOrg": "org-lab"})
	if len(got) != 3 || got[x] != "ADMINISTER" || got[y] != "CONTRIBUTE" || len(got["liveProjects"].([]any)) != 3 {
		t.Errorf("listProjects: %v", got)
	}
	if got := r.ok("/"+x+"/archive", hash{"files": []string{f}, "allCopies": true}); got["count"] != float64(1) || got["id"] != x {
		t.Errorf("archive: %v", got)
	}
	for _, p := range []string{x, y, z} {
		if got := bob.state(p, f); got != "archived" {
			t.Errorf("in %s the file is %s", p, got)
		}
	}
	if got := r.ok("/"+f+"/listProjects", hash{"archivalInfoForOrg": "org-lab"}); len(got["liveProjects"].([]any)) != 0 {
		t.Errorf("listProjects: %v", got)
	}
	// With billTo = the caller's own user it is allowed.
	own := bob.project("own")
	g := bob.file(own, "b", "1")
	bob.ok("/"+own+"/archive", hash{"files": []string{g}, "allCopies": true})
}

// Test6_4NotOffered: sponsored projects, missing licences, regions without the
// service.
func Test6_4NotOffered(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	f := r.file(p, "a", "1")
	archive := hash{"files": []string{f}}
	r.ok("/"+p+"/updateSponsorship", hash{"sponsor": "org-vault", "sponsoredUntil": start + 10*days})
	if got := r.ok("/"+p+"/describe", hash{}); got["sponsoredUntil"] != float64(start+10*days) {
		t.Errorf("sponsoredUntil %v", got["sponsoredUntil"])
	}
	if got := r.ok("/"+f+"/describe", hash{}); got["sponsored"] != true {
		t.Error("the file is not sponsored")
	}
	r.no("/"+p+"/archive", archive, "InvalidState", "sponsored")
	r.ok("/"+p+"/updateSponsorship", hash{"sponsoredUntil": nil})
	r.ok("/emulator/orgs", hash{"id": "org-lab", "licence": false, "members": hash{Founder: hash{"admin": true, "projectAccess": "ADMINISTER"}}})
	r.no("/"+p+"/archive", archive, "PermissionDenied", "license")
	r.ok("/emulator/orgs", hash{"id": "org-lab", "licence": true, "members": hash{Founder: hash{"admin": true, "projectAccess": "ADMINISTER"}}})
	r.ok("/emulator/settings", hash{"noArchive": []string{"aws:us-east-1"}})
	r.no("/"+p+"/archive", archive, "InvalidState", "aws:us-east-1")
	q := r.id("/project/new", hash{"name": "two", "region": "azure:westus"})
	g := r.file(q, "a", "1")
	r.no("/"+q+"/archive", hash{"files": []string{g}}, "InvalidState", "azure:westus") // the seed: AWS only
	r.ok("/emulator/settings", hash{"yesArchive": []string{"azure:westus"}})
	r.ok("/"+q+"/archive", hash{"files": []string{g}})
	r.no("/"+q+"/unarchive", hash{"files": []string{g}, "rate": "Bulk"}, "InvalidInput", "Expedited")
	r.ok("/"+q+"/unarchive", hash{"files": []string{g}, "rate": "Expedited"})
	r.clock.Advance(hours)
	if got := r.state(q, g); got != "live" {
		t.Errorf("state %s", got)
	}
	// Both editions know Azure's rates; the newer one knows its archive.
	r = newRig(t, archival.Current)
	q = r.id("/project/new", hash{"name": "two", "region": "azure:westus"})
	r.ok("/"+q+"/archive", hash{"files": []string{r.file(q, "a", "1")}})
}

// Test6_2BillToChanges: who pays decides which copies belong together.
func Test6_2BillToChanges(t *testing.T) {
	r := newRig(t, archival.Seed)
	p, q := r.project("one"), r.project("two")
	f := r.file(p, "a", "1")
	r.ok("/"+p+"/clone", hash{"objects": []string{f}, "project": q})
	r.ok("/"+p+"/archive", hash{"files": []string{f}})
	r.ok("/"+q+"/update", hash{"billTo": "org-vault"})
	if a, b := r.state(p, f), r.state(q, f); a != "archived" || b != "live" {
		t.Errorf("states %s and %s", a, b)
	}
	_ = r.s.Edit(func(w *model.World, _ int64) error {
		if live, cold := w.Projects[p].Usage(); live != 0 || cold != 1 {
			t.Errorf("usage %d and %d bytes", live, cold)
		}
		return nil
	})
}
