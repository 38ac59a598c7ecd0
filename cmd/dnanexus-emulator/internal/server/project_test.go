package server

import (
	"slices"
	"testing"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
)

// Test5_2DescribeDialects asks a project in both dialects.
func Test5_2DescribeDialects(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.id("/project/new", hash{"name": "one", "properties": hash{"k": "v"}, "tags": []string{"t", "t"}, "summary": "s"})
	whole := r.ok("/"+p+"/describe", hash{})
	for _, name := range projectDefaults {
		if _, ok := whole[name]; !ok {
			t.Errorf("default field %s is missing", name)
		}
	}
	for _, name := range []string{"properties", "permissions", "folders", "fileUploadParameters", "storageCost"} {
		if _, ok := whole[name]; ok {
			t.Errorf("%s came without being asked for", name)
		}
	}
	if whole["level"] != "ADMINISTER" || whole["billTo"] != "org-lab" || whole["region"] != "aws:us-east-1" || len(whole["tags"].([]any)) != 1 {
		t.Errorf("describe: %v", whole)
	}
	older := r.ok("/"+p+"/describe", hash{"properties": true, "folders": true, "permissions": true, "fileUploadParameters": true})
	if older["properties"].(map[string]any)["k"] != "v" || older["name"] != "one" || older["folders"].([]any)[0] != "/" ||
		older["permissions"].(map[string]any)[Founder] != "ADMINISTER" {
		t.Errorf("older dialect: %v", older)
	}
	if size := older["fileUploadParameters"].(map[string]any)["minimumPartSize"]; size != float64(5242880) {
		t.Errorf("minimumPartSize %v", size)
	}
	if got := r.ok("/"+p+"/describe", hash{"fields": hash{"name": true, "storageCost": true}}); len(got) != 3 || got["id"] != p {
		t.Errorf("fields: %v", got)
	}
	got := r.ok("/"+p+"/describe", hash{"fields": hash{"name": false, "properties": true}, "defaultFields": true})
	if _, ok := got["name"]; ok || got["properties"] == nil || got["region"] == nil {
		t.Errorf("a field that is false must not come: %v", got)
	}
	r.no("/"+p+"/describe", hash{"fields": hash{"name": "yes"}}, "InvalidInput", `"name"`)
}

// Test5_2Update changes settings, by version too.
func Test5_2Update(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	r.ok("/"+p+"/update", hash{"name": "two", "protected": true, "downloadRestricted": true, "version": 1, "allowedExecutables": []string{"app-x"}})
	got := r.ok("/"+p+"/describe", hash{})
	if got["name"] != "two" || got["protected"] != true || got["previewViewerRestricted"] != true || got["version"] != float64(2) {
		t.Errorf("after update: %v", got)
	}
	r.no("/"+p+"/update", hash{"name": "three", "version": 1}, "InvalidState", "version")
	r.no("/"+p+"/update", hash{"downloadRestricted": false}, "InvalidInput", "downloadRestricted")
	r.ok("/"+p+"/update", hash{"downloadRestricted": false, "previewViewerRestricted": false, "allowedExecutables": nil})
	if got := r.ok("/"+p+"/describe", hash{}); got["allowedExecutables"] != nil {
		t.Errorf("null does not clear: %v", got["allowedExecutables"])
	}
	r.no("/"+p+"/update", hash{"billTo": "user-nobody"}, "InvalidInput", "billTo")
	r.no("/project/new", hash{"name": "x", "billTo": "org-nobody"}, "ResourceNotFound", "org-nobody")
	r.no("/project/new", hash{"name": "x", "containsPHI": true}, "PermissionDenied", "PHI features must be enabled for org-lab")
	r.as("user-carol").no("/project/new", hash{"name": "x", "billTo": "org-lab"}, "PermissionDenied", "org-lab")
	r.ok("/"+p+"/setProperties", hash{"properties": hash{"a": "1", "b": "2"}})
	r.ok("/"+p+"/setProperties", hash{"properties": hash{"a": nil}})
	r.ok("/"+p+"/addTags", hash{"tags": []string{"x", "y"}})
	r.ok("/"+p+"/removeTags", hash{"tags": []string{"x"}})
	got = r.ok("/"+p+"/describe", hash{"fields": hash{"properties": true, "tags": true}})
	if properties := got["properties"].(map[string]any); len(properties) != 1 || properties["b"] != "2" || got["tags"].([]any)[0] != "y" {
		t.Errorf("after edits: %v", got)
	}
}

// Test5_2Folders walks through the folder calls.
func Test5_2Folders(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	r.ok("/"+p+"/newFolder", hash{"folder": "/a//b/", "parents": true})
	r.no("/"+p+"/newFolder", hash{"folder": "a"}, "InvalidInput", `"folder"`)
	r.no("/"+p+"/newFolder", hash{"folder": "/a/.."}, "InvalidInput", `"folder"`)
	r.no("/"+p+"/newFolder", hash{"folder": "/x/y"}, "ResourceNotFound", `Folder "/x" does not exist in project "`+p+`"`)
	r.no("/"+p+"/newFolder", hash{"folder": "/a"}, "InvalidState", `"/a"`)
	r.no("/"+p+"/listFolder", hash{"folder": "/zz"}, "ResourceNotFound", `Folder "/zz" does not exist in project "`+p+`"`)
	f := r.file(p, "x", "1", hash{"folder": "/a/b"})
	h := r.id("/record/new", hash{"project": p, "folder": "/a/b", "hidden": true, "name": "h"})
	check := func(in hash, folders, objects []string) {
		t.Helper()
		got := r.ok("/"+p+"/listFolder", in)
		var have []string
		for _, row := range got["objects"].([]any) {
			have = append(have, row.(map[string]any)["id"].(string))
		}
		slices.Sort(have)
		slices.Sort(objects)
		if !slices.Equal(have, objects) {
			t.Errorf("objects %v, want %v", have, objects)
		}
		var paths []string
		for _, path := range got["folders"].([]any) {
			paths = append(paths, path.(string))
		}
		if !slices.Equal(paths, folders) {
			t.Errorf("folders %v, want %v", paths, folders)
		}
	}
	check(hash{}, []string{"/a"}, nil)
	check(hash{"folder": "/a/b"}, nil, []string{f})
	check(hash{"folder": "/a/b", "includeHidden": true, "describe": true}, nil, []string{f, h})
	r.no("/"+p+"/listFolder", hash{"folder": "/a/b", "describe": hash{"fields": hash{"name": 1}}}, "InvalidInput", `"name"`)
	if _, ok := r.ok("/"+p+"/listFolder", hash{"only": "folders"})["objects"]; ok {
		t.Error("only folders gave objects")
	}
	r.ok("/"+p+"/renameFolder", hash{"folder": "/a/b", "newpath": "/c"})
	r.ok("/"+p+"/renameFolder", hash{"folder": "/c", "name": "d"})
	check(hash{"folder": "/d"}, nil, []string{f})
	r.no("/"+p+"/move", hash{"folders": []string{"/d"}, "destination": "/nowhere"}, "ResourceNotFound", "/nowhere")
	r.no("/"+p+"/move", hash{"folders": []string{"/"}, "destination": "/d"}, "InvalidInput", "root")
	r.ok("/"+p+"/move", hash{"folders": []string{"/d"}, "objects": []string{f}, "destination": "/a"})
	check(hash{"folder": "/a"}, []string{"/a/d"}, []string{f})
	r.no("/"+p+"/move", hash{"folders": []string{"/a"}, "destination": "/a/d"}, "InvalidState", "itself")
	r.no("/"+p+"/removeFolder", hash{"folder": "/a"}, "InvalidState", "not empty")
	r.no("/"+p+"/removeFolder", hash{"folder": "/"}, "InvalidInput", "root")
	if got := r.ok("/"+p+"/removeFolder", hash{"folder": "/a", "recurse": true, "force": true, "partial": true}); got["completed"] != true {
		t.Errorf("removeFolder: %v", got)
	}
	r.no("/"+f+"/describe", hash{}, "ResourceNotFound", f)
	check(hash{}, nil, nil)
}

// Test5_2RemoveFolderInSteps takes ten thousand objects at a call.
func Test5_2RemoveFolderInSteps(t *testing.T) {
	r := newRig(t, archival.Seed)
	made := r.ok("/emulator/generate", hash{"name": "big", "files": 10001, "folders": 3})
	p := text1(t, made, "project")
	in := hash{"folder": "/made", "recurse": true, "force": true}
	r.no("/"+p+"/removeFolder", in, "InvalidState", "partial")
	in["partial"] = true
	for i, want := range []bool{false, true} {
		if got := r.ok("/"+p+"/removeFolder", in)["completed"]; got != want {
			t.Fatalf("call %d: completed %v", i, got)
		}
	}
	if got := r.ok("/system/findDataObjects", hash{"scope": hash{"project": p}}); len(idsOf(got)) != 0 {
		t.Error("objects are left")
	}
}

// Test5_2RemoveObjects deletes one copy, and the hidden objects behind it.
func Test5_2RemoveObjects(t *testing.T) {
	r := newRig(t, archival.Seed)
	p, q := r.project("one"), r.project("two")
	f := r.file(p, "x", "1")
	r.ok("/"+p+"/clone", hash{"objects": []string{f}, "project": q})
	r.no("/"+p+"/removeObjects", hash{"objects": []string{"file-" + "0123456789BFGJKPQVXYZbfg"}}, "ResourceNotFound", "file-")
	r.ok("/"+p+"/removeObjects", hash{"objects": []string{f, "file-0123456789BFGJKPQVXYZbfg"}, "force": true})
	if got := r.ok("/"+f+"/describe", hash{"project": p}); got["project"] != q {
		t.Errorf("the other copy is gone: %v", got)
	}
	hidden := r.id("/record/new", hash{"project": p, "hidden": true, "close": true})
	link := hash{"a": hash{"$dnanexus_link": hidden}}
	one := r.id("/record/new", hash{"project": p, "details": link, "close": true})
	two := r.id("/record/new", hash{"project": p, "details": link, "close": true})
	r.ok("/"+p+"/removeObjects", hash{"objects": []string{one}})
	r.ok("/"+hidden+"/describe", hash{})
	r.ok("/"+p+"/removeObjects", hash{"objects": []string{two}})
	r.no("/"+hidden+"/describe", hash{}, "ResourceNotFound", hidden)
	r.ok("/"+p+"/update", hash{"protected": true})
	g := r.file(p, "y", "1")
	r.ok("/"+p+"/invite", hash{"invitee": "user-bob", "level": "CONTRIBUTE"})
	r.as("user-bob").no("/"+p+"/removeObjects", hash{"objects": []string{g}}, "PermissionDenied", "ADMINISTER")
	r.ok("/"+p+"/removeObjects", hash{"objects": []string{g}})
}

// Test5_2Destroy removes a project with all in it.
func Test5_2Destroy(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	f := r.file(p, "x", "1")
	a := r.id("/applet/new", applet(p, "a"))
	r.ok("/emulator/settings", hash{"jobDelay": 10 * minute})
	r.ok("/"+a+"/run", hash{"project": p, "input": hash{}})
	r.no("/"+p+"/destroy", hash{}, "InvalidState", "terminateJobs")
	r.ok("/"+p+"/destroy", hash{"terminateJobs": true})
	r.no("/"+p+"/describe", hash{}, "ResourceNotFound", p)
	r.no("/"+f+"/describe", hash{}, "ResourceNotFound", f)
	q := r.id("/project/new", hash{"name": "x", "destroyProtected": true})
	r.no("/"+q+"/destroy", hash{}, "PermissionDenied", "protected")
}
