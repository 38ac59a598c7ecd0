package server

import (
	"strings"
	"testing"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
)

// Test5_3Describe looks at defaults, both dialects and the hint.
func Test5_3Describe(t *testing.T) {
	r := newRig(t, archival.Seed)
	p, q := r.project("one"), r.project("two")
	f := r.file(p, "a", "1", hash{"properties": hash{"k": "v"}, "details": hash{"n": 12345678901234567}, "types": []string{"T"}})
	whole := r.ok("/"+f+"/describe", hash{})
	for _, name := range fileDefaults {
		if _, ok := whole[name]; !ok {
			t.Errorf("default field %s is missing", name)
		}
	}
	for _, name := range []string{"properties", "details", "parts"} {
		if _, ok := whole[name]; ok {
			t.Errorf("%s came without being asked for", name)
		}
	}
	if whole["createdBy"].(map[string]any)["user"] != Founder || whole["hidden"] != false || whole["sponsored"] != false {
		t.Errorf("describe: %v", whole)
	}
	older := r.ok("/"+f+"/describe", hash{"properties": true, "details": true, "parts": true, "project": q})
	if older["project"] != p || older["name"] != "a" || older["parts"] == nil || older["properties"].(map[string]any)["k"] != "v" {
		t.Errorf("older dialect with a wrong hint: %v", older)
	}
	if got := r.ok("/"+f+"/describe", hash{"fields": hash{"name": true, "checksumType": true}}); len(got) != 3 || got["checksumType"] != "" {
		t.Errorf("fields: %v", got)
	}
	got := r.ok("/"+f+"/describe", hash{"fields": hash{"name": false, "details": true}, "defaultFields": true})
	if _, ok := got["name"]; ok || got["details"] == nil || got["size"] == nil {
		t.Errorf("defaultFields: %v", got)
	}
	if named := r.id("/record/new", hash{"project": p}); r.ok("/"+named+"/describe", hash{})["name"] != named {
		t.Error("the default name is not the id")
	}
}

// Test5_3Edits changes what an open object allows, and what a closed one does.
func Test5_3Edits(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	o := r.id("/record/new", hash{"project": p, "tags": []string{"a"}, "types": []string{"T"}})
	r.ok("/"+o+"/setDetails", []any{hash{"$dnanexus_link": o}, hash{"x": hash{"$dnanexus_link": hash{"project": p, "id": o}}}})
	r.no("/"+o+"/setDetails", "text", "InvalidInput", "hash or an array")
	r.ok("/"+o+"/addTypes", hash{"types": []string{"U"}})
	r.ok("/"+o+"/removeTypes", hash{"types": []string{"T"}})
	r.ok("/"+o+"/setVisibility", hash{"hidden": true})
	if got := r.ok("/"+o+"/describe", hash{}); got["links"].([]any)[0] != o || len(got["links"].([]any)) != 1 || got["types"].([]any)[0] != "U" || got["hidden"] != true {
		t.Errorf("edited: %v", got)
	}
	r.ok("/"+o+"/close", hash{})
	r.ok("/"+o+"/close", hash{})
	for method, in := range map[string]hash{
		"setDetails": {}, "addTypes": {"types": []string{"V"}}, "removeTypes": {"types": []string{"U"}}, "setVisibility": {"hidden": false},
	} {
		r.no("/"+o+"/"+method, in, "InvalidState", "is not in the open state")
	}
	if got := r.ok("/"+o+"/getDetails", hash{}); len(got["list"].([]any)) != 2 {
		t.Errorf("details: %v", got)
	}
	r.ok("/"+o+"/rename", hash{"project": p, "name": "b"})
	r.ok("/"+o+"/addTags", hash{"project": p, "tags": []string{"b", "a"}})
	r.ok("/"+o+"/removeTags", hash{"project": p, "tags": []string{"a"}})
	r.ok("/"+o+"/setProperties", hash{"project": p, "properties": hash{"k": "v", "l": "w"}})
	r.ok("/"+o+"/setProperties", hash{"project": p, "properties": hash{"k": nil}})
	got := r.ok("/"+o+"/describe", hash{"properties": true})
	if got["name"] != "b" || got["tags"].([]any)[0] != "b" || len(got["properties"].(map[string]any)) != 1 || got["state"] != "closed" {
		t.Errorf("closed and edited: %v", got)
	}
	r.no("/"+o+"/rename", hash{"name": "b"}, "InvalidInput", `"project"`)
	r.no("/"+o+"/rename", hash{"project": p}, "InvalidInput", `"name"`)
	r.no("/"+o+"/addTags", hash{"project": p, "tags": "b"}, "InvalidInput", `Expected key "tags" of input to be an array of strings`)
	r.no("/"+o+"/setProperties", hash{"project": p, "properties": hash{"k": 1}}, "InvalidInput", `"properties"`)
	r.no("/record/new", hash{"project": p, "details": "text"}, "InvalidInput", `"details"`)
	r.no("/record/new", hash{"project": p, "folder": "/no"}, "ResourceNotFound", `"/no"`)
	copied := r.id("/record/new", hash{"project": p, "initializeFrom": hash{"id": o, "project": p}, "name": "c"})
	if got := r.ok("/"+copied+"/describe", hash{"properties": true}); got["name"] != "c" || got["properties"].(map[string]any)["l"] != "w" || got["types"].([]any)[0] != "U" {
		t.Errorf("initialized: %v", got)
	}
}

// Test5_5Programs exports an applet, a workflow and an app, and makes them anew.
func Test5_5Programs(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	a := r.id("/applet/new", applet(p, "tool"))
	described := r.ok("/"+a+"/describe", hash{})
	if described["state"] != "closed" || described["runSpec"].(map[string]any)["code"] != nil || described["title"] != "T" {
		t.Errorf("applet: %v", described)
	}
	got := r.ok("/"+a+"/get", hash{})
	if got["runSpec"].(map[string]any)["code"] != "main() { :; }" || got["inputSpec"] == nil || got["name"] != "tool" {
		t.Errorf("get: %v", got)
	}
	again := r.id("/applet/new", hash{"project": p, "name": got["name"], "dxapi": got["dxapi"], "runSpec": got["runSpec"]})
	if again == a {
		t.Error("the applet made anew has the old id")
	}
	r.no("/applet/new", hash{"project": p, "dxapi": "1.0.0"}, "InvalidInput", `"runSpec"`)
	w := r.id("/workflow/new", hash{"project": p, "name": "flow", "stages": []any{hash{"id": "stage-1", "executable": a, "input": hash{"x": 1}}, hash{"executable": a}}})
	if got := r.ok("/"+w+"/get", hash{}); got["stages"] == nil {
		t.Errorf("get: %v", got)
	}
	flow := r.ok("/"+w+"/describe", hash{})
	stages := flow["stages"].([]any)
	if len(stages) != 2 || stages[0].(map[string]any)["executable"] != a || stages[1].(map[string]any)["id"] == nil || flow["state"] != "open" {
		t.Errorf("workflow: %v", flow)
	}
	r.no("/workflow/new", hash{"project": p, "stages": []any{hash{"executable": "file-x"}}}, "InvalidInput", "stage 0")
	r.ok("/"+w+"/close", hash{})

	app := r.id("/app/new", hash{"applet": a, "name": "tool", "version": "1.0.0", "categories": []string{"c"}})
	r.no("/app/new", hash{"applet": a, "name": "tool", "version": "1.0.0"}, "InvalidState", "1.0.0")
	r.ok("/"+app+"/publish", hash{})
	for _, subject := range []string{app, "app-tool", "app-tool/1.0.0", "app-tool/default"} {
		got := r.ok("/"+subject+"/get", hash{})
		if got["id"] != app || got["runSpec"].(map[string]any)["code"] == nil || got["version"] != "1.0.0" {
			t.Errorf("%s: %v", subject, got)
		}
	}
	if got := r.ok("/app-tool/describe", hash{"fields": hash{"aliases": true}}); len(got["aliases"].([]any)) != 2 {
		t.Errorf("aliases: %v", got)
	}
	r.as("user-carol").no("/app-tool/describe", hash{}, "ResourceNotFound", "app-tool")

	// What a program brings along outlives the project that it came from.
	bundled := r.file(p, "genome", "ACGT")
	whole := applet(p, "aligner")
	whole["runSpec"].(hash)["bundledDepends"] = []any{hash{"name": "genome", "id": hash{"$dnanexus_link": bundled}}}
	public := r.id("/app/new", hash{"applet": r.id("/applet/new", whole), "name": "aligner", "version": "1.0.0"})
	run := r.ok("/"+public+"/get", hash{})["runSpec"].(map[string]any)
	if here := run["bundledDependsByRegion"].(map[string]any)["aws:us-east-1"].([]any); len(here) != 1 {
		t.Errorf("bundled: %v", run)
	}
	r.ok("/"+p+"/destroy", hash{})
	if got := r.ok("/"+bundled+"/describe", hash{}); !strings.HasPrefix(got["project"].(string), "container-") {
		t.Errorf("bundled file: %v", got)
	}
	if got := idsOf(r.ok("/system/findApps", hash{"name": "tool"})); len(got) != 1 || got[0] != app {
		t.Errorf("apps: %v", got)
	}
	r.ok("/"+app+"/update", hash{"title": "New"})
	r.ok("/"+app+"/delete", hash{})
	r.no("/"+app+"/describe", hash{}, "ResourceNotFound", app)
}

// Test5_7Jobs runs programs as far as states go.
func Test5_7Jobs(t *testing.T) {
	r := newRig(t, archival.Seed)
	r.ok("/emulator/settings", hash{"jobDelay": 10 * minute})
	p := r.project("one")
	a := r.id("/applet/new", applet(p, "tool"))
	in := hash{"project": p, "input": hash{"f": hash{"$dnanexus_link": r.file(p, "a", "1")}}, "nonce": "n", "properties": hash{"k": "v"}, "tags": []string{"t"}}
	job := r.id("/"+a+"/run", in)
	if again := r.id("/"+a+"/run", in); again != job {
		t.Error("the nonce made a second job")
	}
	state := func(id, want string) map[string]any {
		t.Helper()
		got := r.ok("/"+id+"/describe", hash{})
		if got["state"] != want {
			t.Errorf("%s is %v, want %s", id, got["state"], want)
		}
		return got
	}
	if got := state(job, "runnable"); got["applet"] != a || got["project"] != p || got["launchedBy"] != Founder || got["workspace"] == nil {
		t.Errorf("job: %v", got)
	}
	r.clock.Advance(minute)
	state(job, "running")
	// What a job makes names it, and it may where others may not.
	inside := *r
	inside.token = text1(t, r.ok("/emulator/jobs", hash{})["list"].([]any)[0].(map[string]any), "token")
	r.ok("/"+p+"/update", hash{"externalUploadRestricted": true})
	made := r.ok("/"+inside.file(p, "result", "1")+"/describe", hash{})["createdBy"].(map[string]any)
	if made["user"] != Founder || made["job"] != job || made["executable"] != a {
		t.Errorf("createdBy %v", made)
	}
	r.clock.Advance(9 * minute)
	inside.no("/system/whoami", hash{}, "InvalidAuthentication", "token")
	if got := state(job, "done"); got["output"] == nil || got["stoppedRunning"] != float64(start+10*minute) {
		t.Errorf("job: %v", got)
	}
	failing := r.id("/"+a+"/run", hash{"project": p, "input": hash{}, "properties": hash{"emulator.fail": "no disk"}})
	ended := r.id("/"+a+"/run", hash{"project": p, "input": hash{}})
	r.ok("/"+ended+"/terminate", hash{})
	r.clock.Advance(10 * minute)
	if got := state(failing, "failed"); got["failureMessage"] != "no disk" {
		t.Errorf("job: %v", got)
	}
	state(ended, "terminated")
	w := r.id("/workflow/new", hash{"project": p, "stages": []any{hash{"executable": a}, hash{"executable": a}}})
	analysis := r.ok("/"+w+"/run", hash{"project": p, "input": hash{}})
	if len(analysis["stages"].([]any)) != 2 {
		t.Errorf("analysis: %v", analysis)
	}
	state(analysis["id"].(string), "in_progress")
	count := func(method string, in hash, want int) {
		t.Helper()
		if got := idsOf(r.ok("/system/"+method, in)); len(got) != want {
			t.Errorf("%s %v: %v", method, in, got)
		}
	}
	count("findJobs", hash{}, 5)
	count("findAnalyses", hash{"describe": true}, 1)
	count("findExecutions", hash{"project": p}, 6)
	count("findJobs", hash{"state": "failed"}, 1)
	r.ok("/"+job+"/addTags", hash{"tags": []string{"u"}})
	r.ok("/"+job+"/removeTags", hash{"tags": []string{"t"}})
	r.ok("/"+job+"/setProperties", hash{"properties": hash{"k": nil}})
	if got := state(job, "done"); len(got["tags"].([]any)) != 1 || len(got["properties"].(map[string]any)) != 0 {
		t.Errorf("edited job: %v", got)
	}
	r.as("user-carol").no("/"+job+"/describe", hash{}, "PermissionDenied", "VIEW")
	r.no("/"+a+"/run", hash{"project": p}, "InvalidInput", `"input"`)
	app := r.id("/app/new", hash{"applet": a, "name": "tool", "version": "1"})
	if got := state(r.id("/app-tool/run", hash{"project": p, "input": hash{}}), "runnable"); got["app"] != app {
		t.Errorf("app's job: %v", got)
	}
}
