package server

import (
	"testing"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
)

// Test4Levels tries one call of each kind at each level.
func Test4Levels(t *testing.T) {
	levels := []string{"NONE", "VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER"}
	for i, level := range levels {
		t.Run(level, func(t *testing.T) {
			r := newRig(t, archival.Seed)
			p := r.project("one")
			f := r.file(p, "a", "1")
			r.ok("/"+p+"/newFolder", hash{"folder": "/old"})
			if i > 0 {
				r.ok("/"+p+"/invite", hash{"invitee": "user-carol", "level": level})
			}
			carol := r.as("user-carol")
			for _, c := range []struct {
				least int
				path  string
				in    hash
			}{
				{1, "/" + p + "/describe", hash{}},
				{1, "/" + p + "/listFolder", hash{}},
				{1, "/" + f + "/download", hash{"project": p}},
				{2, "/file/new", hash{"project": p}},
				{2, "/record/new", hash{"project": p}},
				{2, "/" + p + "/newFolder", hash{"folder": "/new"}},
				{3, "/" + f + "/rename", hash{"project": p, "name": "b"}},
				{3, "/" + f + "/setProperties", hash{"project": p, "properties": hash{}}},
				{3, "/" + p + "/setProperties", hash{"properties": hash{}}},
				{3, "/" + p + "/addTags", hash{"tags": []string{"t"}}},
				{3, "/" + p + "/renameFolder", hash{"folder": "/old", "newpath": "/older"}},
				{3, "/" + p + "/move", hash{"objects": []string{f}, "destination": "/older"}},
				{3, "/" + p + "/archive", hash{"files": []string{f}}},
				{3, "/" + p + "/unarchive", hash{"files": []string{f}}},
				{3, "/" + p + "/removeObjects", hash{"objects": []string{f}}},
				{3, "/" + p + "/removeFolder", hash{"folder": "/older"}},
				{4, "/" + p + "/update", hash{"name": "b"}},
				{4, "/" + p + "/invite", hash{"invitee": "user-bob", "level": "VIEW"}},
				{4, "/" + p + "/decreasePermissions", hash{"user-bob": nil}},
				{4, "/" + p + "/transfer", hash{"invitee": "user-bob"}},
				{4, "/" + p + "/destroy", hash{}},
			} {
				if i >= c.least {
					carol.ok(c.path, c.in)
					continue
				}
				carol.no(c.path, c.in, "PermissionDenied", " permission required in "+p)
			}
		})
	}
}

// Test4OpenObjects: UPLOAD suffices to edit what is still open.
func Test4OpenObjects(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	r.ok("/"+p+"/invite", hash{"invitee": "user-carol", "level": "UPLOAD"})
	carol := r.as("user-carol")
	record := carol.id("/record/new", hash{"project": p, "name": "a"})
	carol.ok("/"+record+"/rename", hash{"project": p, "name": "b"})
	carol.ok("/"+record+"/close", hash{})
	carol.no("/"+record+"/rename", hash{"project": p, "name": "c"}, "PermissionDenied", "CONTRIBUTE")
}

// Test4Orgs: the greater of the user's own level and what the org brings.
func Test4Orgs(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	bob := r.as("user-bob")
	r.ok("/"+p+"/invite", hash{"invitee": "org-lab", "level": "ADMINISTER"})
	if got := bob.ok("/"+p+"/describe", hash{})["level"]; got != "CONTRIBUTE" { // bob's projectAccess
		t.Errorf("level %v", got)
	}
	r.ok("/"+p+"/invite", hash{"invitee": "user-bob", "level": "ADMINISTER"})
	if got := bob.ok("/"+p+"/describe", hash{})["level"]; got != "ADMINISTER" {
		t.Errorf("level %v", got)
	}
	row := bob.ok("/system/findProjects", hash{})["results"].([]any)[0].(map[string]any)
	if sources := row["permissionSources"].([]any); len(sources) != 2 || row["public"] != false {
		t.Errorf("row %v", row)
	}
	members := r.ok("/system/findProjectMembers", hash{"project": p, "describe": true})
	if got := idsOf(members); len(got) != 3 {
		t.Errorf("members %v", members)
	}
}

// Test5_2Members invites, lowers, removes, leaves and joins.
func Test5_2Members(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	bob := r.as("user-bob")
	level := func() any {
		return r.ok("/"+p+"/describe", hash{"permissions": true})["permissions"].(map[string]any)["user-bob"]
	}
	r.no("/"+p+"/invite", hash{"invitee": "user-bob@example.com", "level": "VIEW"}, "ResourceNotFound", "user-bob@example.com")
	if got := r.ok("/"+p+"/invite", hash{"invitee": "bob@example.com", "level": "CONTRIBUTE", "suppressEmailNotification": true}); got["state"] != "accepted" {
		t.Errorf("invite: %v", got)
	}
	r.ok("/"+p+"/invite", hash{"invitee": "user-bob", "level": "VIEW"})
	if level() != "CONTRIBUTE" {
		t.Errorf("a lower invitation changed the level to %v", level())
	}
	r.no("/"+p+"/invite", hash{"invitee": "user-nobody", "level": "VIEW"}, "ResourceNotFound", "user-nobody")
	r.no("/"+p+"/invite", hash{"invitee": "user-bob", "level": "KING"}, "InvalidInput", `"level"`)
	r.ok("/"+p+"/decreasePermissions", hash{"user-bob": "VIEW", "suppressEmailNotification": true})
	if level() != "VIEW" {
		t.Errorf("level %v", level())
	}
	r.ok("/"+p+"/decreasePermissions", hash{"user-bob": "ADMINISTER"})
	if level() != "VIEW" {
		t.Errorf("decreasePermissions raised to %v", level())
	}
	r.no("/"+p+"/decreasePermissions", hash{"user-bob": "KING"}, "InvalidInput", `"user-bob"`)
	bob.ok("/"+p+"/leave", hash{})
	bob.no("/"+p+"/leave", hash{}, "InvalidState", "not a member")
	// All access revoked: the ADMIN of the organisation that pays can come back.
	r.ok("/"+p+"/decreasePermissions", hash{Founder: nil})
	r.no("/"+p+"/describe", hash{}, "PermissionDenied", "VIEW permission required")
	bob.no("/"+p+"/join", hash{"level": "VIEW"}, "PermissionDenied", "VIEW")
	r.ok("/"+p+"/join", hash{"level": "ADMINISTER"})
	r.ok("/"+p+"/describe", hash{})
	// Nobody could come back to a project that a user pays.
	own := bob.project("own")
	bob.no("/"+own+"/decreasePermissions", hash{"user-bob": nil}, "InvalidState", "ADMINISTER")
	bob.no("/"+own+"/leave", hash{}, "InvalidState", "ADMINISTER")
}

// Test5_2Transfer changes the payer once the other side accepts.
func Test5_2Transfer(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	bob := r.as("user-bob")
	r.ok("/"+p+"/transfer", hash{"invitee": "user-bob"})
	if got := r.ok("/"+p+"/describe", hash{}); got["pendingTransfer"] != "user-bob" || got["billTo"] != "org-lab" {
		t.Errorf("pending: %v", got)
	}
	r.as("user-carol").no("/"+p+"/acceptTransfer", hash{}, "PermissionDenied", "transfer")
	bob.ok("/"+p+"/acceptTransfer", hash{"billTo": "user-bob"})
	if got := bob.ok("/"+p+"/describe", hash{}); got["pendingTransfer"] != nil || got["billTo"] != "user-bob" || got["level"] != "ADMINISTER" {
		t.Errorf("accepted: %v", got)
	}
}

// Test5_6People describes users and organisations.
func Test5_6People(t *testing.T) {
	r := newRig(t, archival.Seed)
	bob := r.as("user-bob")
	own := r.ok("/"+Founder+"/describe", hash{})
	if own["email"] != "alice@example.com" || own["billTo"] != "org-lab" || own["handle"] != "alice" || own["class"] != "user" {
		t.Errorf("own description: %v", own)
	}
	if other := bob.ok("/"+Founder+"/describe", hash{"fields": hash{"email": true, "first": true}}); other["email"] != nil || other["first"] != "Alice" {
		t.Errorf("others' description: %v", other)
	}
	r.no("/user-nobody/describe", hash{}, "ResourceNotFound", "user-nobody")
	if got := bob.ok("/org-lab/describe", hash{}); got["level"] != "MEMBER" || got["allowBillableActivities"] != true || got["name"] != "Laboratory" {
		t.Errorf("org: %v", got)
	}
	r.as("user-carol").no("/org-lab/describe", hash{}, "PermissionDenied", "org-lab")
	if got := idsOf(r.ok("/org-lab/findMembers", hash{"level": "MEMBER"})); len(got) != 1 || got[0] != "user-bob" {
		t.Errorf("members %v", got)
	}
	p := bob.id("/project/new", hash{"name": "hers", "billTo": "org-lab"})
	row := r.ok("/org-lab/findProjects", hash{"describe": true})["results"].([]any)[0].(map[string]any)
	if row["id"] != p || row["level"] != "NONE" {
		t.Errorf("org's project: %v", row)
	}
	bob.no("/org-lab/findProjects", hash{}, "PermissionDenied", "ADMIN")
	if got := idsOf(r.ok("/system/findOrgs", hash{"level": "ADMIN", "describe": true})); len(got) != 2 {
		t.Errorf("orgs %v", got)
	}
	if got := idsOf(bob.ok("/system/findOrgs", hash{"level": "ADMIN"})); len(got) != 0 {
		t.Errorf("bob's orgs %v", got)
	}
	if got := idsOf(bob.ok("/system/findUsers", hash{})); len(got) != 2 {
		t.Errorf("users %v", got)
	}
	bob.ok("/user-bob/update", hash{"first": "Robert", "billTo": "org-lab"})
	bob.no("/"+Founder+"/update", hash{"first": "X"}, "PermissionDenied", Founder)
	r.ok("/org-lab/update", hash{"name": "Lab"})
}
