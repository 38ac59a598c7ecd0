package server

import (
	"testing"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
)

// Test5_2Clone makes shallow copies and sees what they share.
func Test5_2Clone(t *testing.T) {
	r := newRig(t, archival.Seed)
	p, q := r.project("one"), r.project("two")
	f := r.file(p, "a", "123", hash{"properties": hash{"k": "v"}, "tags": []string{"t"}})
	got := r.ok("/"+p+"/clone", hash{"objects": []string{f}, "project": q, "destination": "/new", "parents": true})
	if got["id"] != p || got["project"] != q || len(got["exists"].([]any)) != 0 {
		t.Errorf("clone: %v", got)
	}
	if got := r.ok("/"+p+"/clone", hash{"objects": []string{f}, "project": q}); got["exists"].([]any)[0] != f {
		t.Errorf("clone again: %v", got)
	}
	r.clock.Advance(1000)
	r.ok("/"+f+"/rename", hash{"project": q, "name": "b"})
	r.ok("/"+f+"/setProperties", hash{"project": q, "properties": hash{"k": "w"}})
	r.ok("/"+f+"/addTags", hash{"project": q, "tags": []string{"u"}})
	one := r.ok("/"+f+"/describe", hash{"project": p, "properties": true})
	two := r.ok("/"+f+"/describe", hash{"project": q, "properties": true})
	if one["name"] != "a" || two["name"] != "b" || one["folder"] != "/" || two["folder"] != "/new" || len(one["tags"].([]any)) != 1 ||
		one["properties"].(map[string]any)["k"] != "v" || two["properties"].(map[string]any)["k"] != "w" || one["modified"] == two["modified"] {
		t.Errorf("copies: %v and %v", one, two)
	}
	if one["created"] != two["created"] || one["size"] != two["size"] || two["project"] != q {
		t.Errorf("copies share too little: %v and %v", one, two)
	}
	r.ok("/"+p+"/removeObjects", hash{"objects": []string{f}})
	if _, body := r.get(r.ok("/"+f+"/download", hash{"project": q}), nil); string(body) != "123" {
		t.Errorf("the copy lost its bytes: %q", body)
	}
	r.no("/"+f+"/rename", hash{"project": p, "name": "c"}, "ResourceNotFound", f)
	// A deep copy has another id and other bytes.
	deep := r.file(p, "a", "123")
	if deep == f {
		t.Error("the deep copy has the id of the original")
	}
}

// Test5_2CloneFolders copies folders, hidden followers and bundled files.
func Test5_2CloneFolders(t *testing.T) {
	r := newRig(t, archival.Seed)
	p, q := r.project("one"), r.project("two")
	inner := r.file(p, "i", "1", hash{"folder": "/a/b", "parents": true})
	hidden := r.id("/record/new", hash{"project": p, "hidden": true, "folder": "/a", "close": true})
	lonely := r.id("/record/new", hash{"project": p, "hidden": true, "folder": "/a", "close": true})
	visible := r.id("/record/new", hash{"project": p, "folder": "/a", "close": true, "details": []any{hash{"$dnanexus_link": hash{"project": p, "id": hidden}}}})
	bundle := r.file(p, "bundle", "1")
	in := applet(p, "applet")
	in["folder"] = "/a"
	in["runSpec"].(hash)["bundledDependsByRegion"] = hash{"aws:us-east-1": []any{hash{"name": "b.tar.gz", "id": hash{"$dnanexus_link": bundle}}}}
	app := r.id("/applet/new", in)
	r.ok("/"+p+"/clone", hash{"folders": []string{"/a"}, "project": q})
	for id, folder := range map[string]string{inner: "/a/b", hidden: "/a", visible: "/a", bundle: "/a", app: "/a"} {
		if got := r.ok("/"+id+"/describe", hash{"project": q}); got["project"] != q || got["folder"] != folder {
			t.Errorf("%s: %v", id, got)
		}
	}
	if got := r.ok("/"+lonely+"/describe", hash{"project": q}); got["project"] != p {
		t.Error("a hidden object came that nothing links to")
	}
	r.no("/"+p+"/clone", hash{"folders": []string{"/a"}, "project": q}, "InvalidState", "If cloned, a folder would conflict with the route of an existing folder")
	whole := r.project("three")
	r.ok("/"+p+"/clone", hash{"folders": []string{"/"}, "project": whole})
	if got := r.ok("/"+inner+"/describe", hash{"project": whole}); got["folder"] != "/a/b" || got["project"] != whole {
		t.Errorf("clone of the root: %v", got)
	}
}

// Test5_2CloneRefused: all or nothing, and by right.
func Test5_2CloneRefused(t *testing.T) {
	r := newRig(t, archival.Seed)
	p, q := r.project("one"), r.project("two")
	f, open := r.file(p, "a", "1"), r.id("/file/new", hash{"project": p})
	r.no("/"+p+"/clone", hash{"objects": []string{f, open}, "project": q}, "InvalidState",
		"An object to be cloned is not in the closed state. Successfully cloned from project: None")
	if got := r.ok("/"+f+"/describe", hash{"project": q}); got["project"] != p {
		t.Error("one of the objects was cloned all the same")
	}
	both := hash{"objects": []string{f}, "project": q}
	r.no("/"+p+"/clone", hash{"objects": []string{f}, "project": p}, "InvalidInput", `"project"`)
	r.no("/"+p+"/clone", hash{"objects": []string{f}, "project": q, "destination": "/no"}, "ResourceNotFound", "/no")
	r.no("/"+p+"/clone", hash{"objects": []string{f}, "project": r.id("/project/new", hash{"name": "far", "region": "azure:westus"})}, "InvalidInput", "region")
	r.ok("/"+p+"/invite", hash{"invitee": "user-bob", "level": "VIEW"})
	bob := r.as("user-bob")
	bob.no("/"+p+"/clone", both, "PermissionDenied", "UPLOAD permission required in "+q)
	r.ok("/"+q+"/invite", hash{"invitee": "user-bob", "level": "UPLOAD"})
	r.ok("/"+p+"/update", hash{"restricted": true})
	bob.no("/"+p+"/clone", both, "PermissionDenied", "restricted")
	r.ok("/"+p+"/update", hash{"restricted": false})
	bob.ok("/"+p+"/clone", both)
}
