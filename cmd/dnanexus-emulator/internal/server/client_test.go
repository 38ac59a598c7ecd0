package server

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
)

// What the platform's own client asks of a server in its tests (T1, T2 of the
// wire facts), request by request: the shapes that it sends, and the members,
// error types and words that it then looks for.

// same compares an answer with what the client expects of it, to the letter.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

var requestID = regexp.MustCompile(`^\d{13}-\d{1,6}$`)

// TestClientTransport: the client prints the server's number of a request, looks
// for headers, and waits as it is told where it is told.
func TestClientTransport(t *testing.T) {
	r := newRig(t, archival.Seed)
	response, _ := r.send("POST", "/system/findProjects", strings.NewReader(`{"limit":1}`), map[string]string{"Content-Type": "application/json"})
	if id := response.Header.Get("X-Request-ID"); !requestID.MatchString(id) || response.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", response.Header)
	}
	now := r.ok("/system/comeBackLater", hash{})["currentTime"].(float64)
	for body, want := range map[string]string{`{"waitUntil":%s}`: "2", `{"waitUntil":%s,"setRetryAfter":false}`: ""} {
		later := strings.ReplaceAll(body, "%s", strconv.FormatInt(int64(now)+8000, 10))
		response, _ := r.send("POST", "/system/comeBackLater", strings.NewReader(later), map[string]string{"Content-Type": "application/json"})
		if response.StatusCode != 503 || response.Header.Get("Retry-After") != want {
			t.Errorf("%s: %d, Retry-After %q", later, response.StatusCode, response.Header.Get("Retry-After"))
		}
	}
	r.no("/project-%D1%8D/describe", hash{}, "ResourceNotFound", "route")
	r.no("/None/describe", hash{}, "ResourceNotFound", "route")
}

// TestClientProjects makes, edits and empties projects as the client's tests do.
func TestClientProjects(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.id("/project/new", hash{"name": "newprojname"})
	got := r.ok("/"+p+"/describe", hash{})
	for name, want := range (hash{
		"id": p, "name": "newprojname", "summary": "", "description": "", "protected": false, "restricted": false, "containsPHI": false,
		"tags": []any{}, "atSpendingLimit": false, "totalSponsoredEgressBytes": 0.0, "consumedSponsoredEgressBytes": 0.0, "region": "aws:us-east-1",
	}) {
		same(t, name, got[name], want)
	}
	same(t, "properties", r.ok("/"+p+"/describe", hash{"fields": hash{"properties": true}}), map[string]any{"id": p, "properties": map[string]any{}})
	r.ok("/"+p+"/newFolder", hash{"folder": "/a/b/c/d", "parents": true})
	r.ok("/"+p+"/newFolder", hash{"folder": "/a/b/c/d", "parents": true})
	r.no("/"+p+"/newFolder", hash{"folder": "/x/y"}, "ResourceNotFound", "/x")
	record := r.id("/record/new", hash{"project": p})
	same(t, "root", r.ok("/"+p+"/listFolder", hash{"folder": "/", "describe": false, "only": "all", "includeHidden": false}),
		map[string]any{"folders": []any{"/a"}, "objects": []any{map[string]any{"id": record}}})
	r.no("/"+p+"/removeFolder", hash{"folder": "/a"}, "InvalidState", "/a")
	for _, folder := range []string{"/a/b/c/d", "/a//b////c/", "/a/b", "/a"} {
		r.ok("/"+p+"/removeFolder", hash{"folder": folder})
	}

	// The whole content goes with the root, and the root stays.
	r.ok("/"+p+"/newFolder", hash{"folder": "/z"})
	r.ok("/"+p+"/removeFolder", hash{"folder": "/", "recurse": true})
	same(t, "emptied", r.ok("/"+p+"/listFolder", hash{}), map[string]any{"folders": []any{}, "objects": []any{}})
	r.no("/"+record+"/describe", hash{}, "ResourceNotFound", record)
	r.id("/record/new", hash{"project": p})

	// Whom nobody knows can neither be invited nor removed.
	for _, stranger := range []string{"user-alice.nonexistent", "alice.nonexistent@example.com", "user-\u03c8", "org-none"} {
		r.no("/"+p+"/invite", hash{"invitee": stranger, "level": "VIEW"}, "ResourceNotFound", stranger)
		r.no("/"+p+"/decreasePermissions", hash{stranger: nil}, "ResourceNotFound", stranger)
	}
	same(t, "invited", r.ok("/"+p+"/invite", hash{"invitee": "user-bob", "level": "VIEW", "suppressEmailNotification": true})["state"], "accepted")
	r.ok("/"+p+"/setProperties", hash{"properties": hash{"$my.prop": "$hello", "\u0442 x": "", "bar": "y"}})
	r.ok("/"+p+"/setProperties", hash{"properties": hash{"bar": nil}})
	same(t, "set", r.ok("/"+p+"/describe", hash{"properties": true})["properties"], map[string]any{"$my.prop": "$hello", "\u0442 x": ""})
	r.no("/"+p+"/setProperties", hash{"properties": hash{"": "bar"}}, "InvalidInput", "nonempty strings")
	r.ok("/"+p+"/destroy", hash{"terminateJobs": true})
}

// TestClientRecords goes through the life of a data object.
func TestClientRecords(t *testing.T) {
	r := newRig(t, archival.Seed)
	p, q := r.project("one"), r.project("two")
	first := r.id("/record/new", hash{"project": p, "details": hash{"foo": "bar"}, "types": []string{"footype"}, "tags": []string{"footag"}})
	second := r.id("/record/new", hash{"project": p, "initializeFrom": hash{"id": first, "project": p}, "types": []string{"bartype"}})
	a, b := r.ok("/"+first+"/describe", hash{"project": p, "details": true}), r.ok("/"+second+"/describe", hash{"project": p, "details": true})
	for _, name := range []string{"details", "name", "tags"} {
		same(t, name, b[name], a[name])
	}
	same(t, "types", b["types"], []any{"bartype"})
	third := r.id("/record/new", hash{
		"project": p, "types": []string{"mapping", "foo"}, "properties": hash{"project": "cancer"}, "hidden": true, "folder": "/a", "parents": true,
		"name": "Name", "tags": []string{"bar", "baz"}, "details": hash{"$dnanexus_link": first},
	})
	got := r.ok("/"+third+"/describe", hash{"project": p, "properties": true, "details": true})
	for name, want := range (hash{
		"links": []any{first}, "details": map[string]any{"$dnanexus_link": first}, "tags": []any{"bar", "baz"}, "types": []any{"mapping", "foo"},
		"hidden": true, "state": "open", "folder": "/a", "class": "record", "project": p,
	}) {
		same(t, name, got[name], want)
	}
	fields := hash{"project": p, "fields": hash{"name": true, "tags": true}}
	few := map[string]any{"id": third, "name": "Name", "tags": []any{"bar", "baz"}}
	same(t, "fields", r.ok("/"+third+"/describe", fields), few)
	fields["defaultFields"] = false
	same(t, "fields alone", r.ok("/"+third+"/describe", fields), few)
	fields["defaultFields"] = true
	if all := r.ok("/"+third+"/describe", fields); all["modified"] == nil || all["details"] != nil {
		t.Errorf("fields and the usual ones: %v", all)
	}
	r.no("/"+first+"/addTypes", hash{"types": []string{"\u03a8\u03a8"}}, "InvalidInput", "be an array of valid strings for a type name")
	r.ok("/"+first+"/removeTypes", hash{"types": []string{"abc"}})
	r.no("/"+first+"/setProperties", hash{"project": p, "properties": hash{"": "x"}}, "InvalidInput", "nonempty strings")
	r.no("/"+p+"/clone", hash{"objects": []string{first}, "project": q, "destination": "/"}, "InvalidState", "not in the closed state")
	r.ok("/"+first+"/close", hash{})
	r.no("/"+first+"/setVisibility", hash{"hidden": true}, "InvalidState", first)
	r.no("/"+first+"/setDetails", hash{"a": 1}, "InvalidState", first)
	same(t, "cloned", r.ok("/"+p+"/clone", hash{"objects": []string{first}, "project": q, "destination": "/"})["exists"], []any{})
	same(t, "there", r.ok("/"+p+"/clone", hash{"objects": []string{first}, "project": q, "destination": "/"})["exists"], []any{first})
	r.ok("/"+first+"/rename", hash{"project": q, "name": "newname"})
	if here, there := r.ok("/"+first+"/describe", hash{"project": p}), r.ok("/"+first+"/describe", hash{"project": q}); here["name"] == "newname" || there["name"] != "newname" || here["created"] != there["created"] {
		t.Errorf("%v, %v", here, there)
	}
}

// TestClientFindsTheOlderCopy: the client names its current project, which often
// is not one that holds the file, and counts on the first copy then.
func TestClientFindsTheOlderCopy(t *testing.T) {
	r := newRig(t, archival.Seed)
	elsewhere := r.project("current")
	for range 4 { // whatever the ids of the projects are
		older := r.project("older")
		r.ok("/emulator/clock", hash{"advance": 1000})
		newer := r.project("newer")
		f := r.file(older, "a", "1")
		r.ok("/"+older+"/clone", hash{"objects": []string{f}, "project": newer})
		r.ok("/"+older+"/archive", hash{"files": []string{f}, "allCopies": false})
		same(t, "elsewhere", r.state(elsewhere, f), "archival")
		same(t, "newer", r.state(newer, f), "live")
	}
}

// TestClientArchives sends what the client's archive commands send.
func TestClientArchives(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	a, b := r.file(p, "a", "1"), r.file(p, "b", "22", hash{"folder": "/sub", "parents": true})
	r.no("/"+p+"/archive", hash{"files": []string{"file-B00000000000000000000000"}, "allCopies": false}, "InvalidInput", "file-B0")
	r.no("/project-B00000000000000000000000/archive", hash{"files": []string{a}, "allCopies": false}, "ResourceNotFound", "project-B0")
	r.no("/"+p+"/archive", hash{"folder": "/invalid", "recurse": true, "allCopies": false}, "ResourceNotFound", "/invalid")
	same(t, "count", r.ok("/"+p+"/archive", hash{"folder": "/", "recurse": false, "allCopies": false})["count"], 1.0)
	same(t, "below", r.state(p, b), "live")
	same(t, "count", r.ok("/"+p+"/archive", hash{"folder": "/", "recurse": true, "allCopies": false})["count"], 1.0)
	dry := r.ok("/"+p+"/unarchive", hash{"files": []string{a}, "rate": "Standard", "dryRun": true})
	if dry["files"] != 1.0 || dry["size"] == nil || dry["cost"] == nil || r.state(p, a) != "archived" {
		t.Errorf("dry run: %v, %s", dry, r.state(p, a))
	}
	same(t, "files", r.ok("/"+p+"/unarchive", hash{"files": []string{a}, "rate": "Standard"})["files"], 1.0)
	same(t, "files", r.ok("/"+p+"/unarchive", hash{"folder": "/", "recurse": true, "rate": "Standard"})["files"], 1.0)
	same(t, "state", r.state(p, b), "unarchiving")
}

// TestClientFiles: no part but an empty first one is an empty file, in either
// cloud; a URL says whose file it is, and the same question has the same answer.
func TestClientFiles(t *testing.T) {
	r := newRig(t, archival.Seed)
	for _, region := range []string{"aws:us-east-1", "azure:westus"} {
		p := r.id("/project/new", hash{"name": region, "region": region})
		f := r.file(p, "empty", "")
		same(t, "size", r.ok("/"+f+"/describe", hash{"project": p})["size"], 0.0)
	}
	p, q := r.project("one"), r.project("two")
	f := r.file(p, "a", "foo\n")
	url := r.ok("/"+f+"/download", hash{"project": p})["url"].(string)
	same(t, "again", r.ok("/"+f+"/download", hash{"project": p})["url"], any(url))
	plain := r.ok("/"+f+"/download", hash{})["url"].(string)
	if !strings.Contains(plain, f) || strings.Contains(plain, q) || !strings.Contains(url, f) {
		t.Errorf("%s, %s", plain, url)
	}
	r.no("/"+f+"/download", hash{"project": q}, "ResourceNotFound", f)
	r.no("/"+f+"/download", hash{"project": "project-012301230123012301230123"}, "ResourceNotFound", "project-0123")
	r.as("user-carol").no("/"+f+"/describe", hash{"project": p}, "ResourceNotFound", f)
}

// TestClientNonces: the same question twice has one answer, another question
// none.
func TestClientNonces(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	a := r.id("/applet/new", applet(p, "tool"))
	for route, in := range map[string]hash{
		"/record/new": {"project": p, "name": "x"}, "/file/new": {"project": p, "name": "x"}, "/workflow/new": {"project": p, "name": "x"},
		"/applet/new": applet(p, "x"), "/org/new": {"handle": "some_handle", "name": "x"},
		"/app/new": {"applet": a, "name": "x", "version": "0.0.1", "bill_to": "user-alice"}, "/" + a + "/run": {"project": p, "name": "x", "input": hash{"number": 32}},
	} {
		in["nonce"] = "nonce of " + route
		same(t, route, r.id(route, in), r.id(route, in))
		in["name"] = "y"
		r.no(route, in, "InvalidInput", "nonce")
	}
}

// TestClientSearches asks as the client's search functions do.
func TestClientSearches(t *testing.T) {
	r := newRig(t, archival.Seed)
	p, q := r.project("one"), r.project("two")
	zero, one := r.id("/record/new", hash{"project": p, "name": "zero"}), r.id("/record/new", hash{"project": q, "name": "one"})
	got := r.ok("/system/resolveDataObjects", hash{"project": q, "objects": []any{
		hash{"name": "zero", "project": p, "folder": "/"}, hash{"name": "one"}, hash{"name": "two"}, hash{"name": "one", "project": p, "folder": "/"},
	}})["results"]
	same(t, "resolved", got, []any{[]any{map[string]any{"project": p, "id": zero}}, []any{map[string]any{"project": q, "id": one}}, []any{}, []any{}})
	find := func(more hash) any {
		in := hash{"scope": hash{"project": p, "folder": "/", "recurse": true}, "limit": 100, "state": "open"}
		for name, value := range more {
			in[name] = value
		}
		return r.ok("/system/findDataObjects", in)["results"]
	}
	row := []any{map[string]any{"project": p, "id": zero}}
	same(t, "open", find(nil), row)
	same(t, "closed", find(hash{"state": "closed"}), []any{})
	same(t, "glob", find(hash{"name": hash{"glob": "ze*"}}), row)
	same(t, "a glob is no name", find(hash{"name": "ze*"}), []any{})
	same(t, "regexp", find(hash{"name": hash{"regexp": "ze.*"}}), row)
	created := r.ok("/"+zero+"/describe", hash{})["created"].(float64)
	same(t, "after", find(hash{"created": hash{"after": created - 1000}, "modified": hash{"before": created + 1000}}), row)
	same(t, "before", find(hash{"created": hash{"before": created - 1000}}), []any{})
	for _, found := range r.ok("/system/findProjects", hash{"level": "CONTRIBUTE"})["results"].([]any) {
		if one := found.(map[string]any); one["describe"] != nil || one["level"] != "ADMINISTER" {
			t.Errorf("%v", one)
		}
	}
}

// TestClientApps: an app is described by what is asked for alone, under its id,
// its name, its version and its aliases.
func TestClientApps(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	a := r.id("/applet/new", applet(p, "tool"))
	app := r.id("/app/new", hash{"applet": a, "name": "tool", "version": "0.0.1", "billTo": "user-alice"})
	whole := r.ok("/"+app+"/describe", hash{})
	if aliases, _ := whole["aliases"].([]any); len(aliases) != 2 || whole["applet"] != a {
		t.Errorf("%v", whole)
	}
	for _, subject := range []string{"app-tool/default", "app-tool/0.0.1"} {
		same(t, subject, r.ok("/"+subject+"/describe", hash{}), whole)
		same(t, subject, r.ok("/"+subject+"/describe", hash{"fields": hash{"name": true, "version": true}}), map[string]any{"name": "tool", "version": "0.0.1"})
	}
	r.no("/app-tool/moo/describe", hash{}, "ResourceNotFound", "moo")
	r.ok("/"+app+"/addTags", hash{"tags": []string{"moo", "oink"}})
	same(t, "moo", r.ok("/app-tool/moo/describe", hash{})["applet"], any(a))
	r.ok("/"+app+"/removeTags", hash{"tags": []string{"moo"}})
	r.no("/app-tool/moo/describe", hash{}, "ResourceNotFound", "moo")
	same(t, "oink", r.ok("/app-tool/oink/describe", hash{})["applet"], any(a))
	r.as("user-carol").no("/"+app+"/addTags", hash{"tags": []string{"x"}}, "ResourceNotFound", "app-")
}

// TestClientWorkflows edits a workflow, each time by the edition that it knows.
func TestClientWorkflows(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	w := r.id("/workflow/new", hash{"project": p})
	look := func() map[string]any { return r.ok("/"+w+"/describe", hash{}) }
	blank := look()
	for name, want := range (hash{"title": w, "summary": "", "description": "", "outputFolder": nil, "editVersion": 0.0}) {
		same(t, name, blank[name], want)
	}
	spec := applet(p, "tool")
	spec["inputSpec"] = []any{hash{"name": "my_input", "class": "string"}}
	a, other := r.id("/applet/new", spec), r.id("/applet/new", applet(p, "other"))
	first := r.ok("/"+w+"/addStage", hash{"editVersion": 0, "name": "stagename", "executable": a, "folder": "/out", "input": hash{"my_input": "hello"}})["stage"]
	second := r.ok("/"+w+"/addStage", hash{"editVersion": 1, "name": "stagename", "executable": a})["stage"]
	r.no("/"+w+"/addStage", hash{"editVersion": 1, "executable": a}, "InvalidState", "editVersion")
	r.ok("/"+w+"/moveStage", hash{"editVersion": 2, "stage": first, "newIndex": 1})
	r.ok("/"+w+"/removeStage", hash{"editVersion": 3, "stage": second})
	r.no("/"+w+"/removeStage", hash{"editVersion": 4, "stage": second}, "ResourceNotFound", "stage-")
	stage := func() map[string]any { return look()["stages"].([]any)[0].(map[string]any) }
	same(t, "left", stage()["id"], first)
	r.no("/"+w+"/updateStageExecutable", hash{"editVersion": 4, "stage": first, "executable": other}, "InvalidState", "compatible")
	same(t, "input", stage()["input"], map[string]any{"my_input": "hello"})
	r.ok("/"+w+"/updateStageExecutable", hash{"editVersion": 4, "stage": first, "executable": other, "force": true})
	same(t, "input", stage()["input"], map[string]any{})
	r.ok("/"+w+"/update", hash{"editVersion": 5, "title": "T", "outputFolder": "/o", "stages": hash{first.(string): hash{"name": nil, "folder": "/new", "input": hash{"x": 1, "my_input": nil}}}})
	same(t, "edited", []any{stage()["name"], stage()["folder"], stage()["input"], stage()["executable"]}, []any{nil, "/new", map[string]any{"x": 1.0}, any(other)})
	copied := r.id("/workflow/new", hash{"project": p, "initializeFrom": hash{"id": w, "project": p}})
	got := r.ok("/"+copied+"/describe", hash{})
	same(t, "copied", []any{got["title"], got["outputFolder"], got["editVersion"], len(got["stages"].([]any))}, []any{"T", "/o", 0.0, 1})
	r.ok("/"+w+"/update", hash{"editVersion": 6, "title": nil, "outputFolder": nil})
	same(t, "unset", []any{look()["title"], look()["outputFolder"]}, []any{w, nil})
}
