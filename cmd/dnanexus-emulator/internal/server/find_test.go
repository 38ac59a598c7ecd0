package server

import (
	"fmt"
	"slices"
	"testing"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
)

// Test5_1FindDataObjects asks each condition on a small set of objects.
func Test5_1FindDataObjects(t *testing.T) {
	r := newRig(t, archival.Seed)
	p, q := r.project("one"), r.project("two")
	a := r.file(p, "a.bam", "1", hash{"folder": "/x/y", "parents": true, "tags": []string{"t1"}, "properties": hash{"k": "v", "only": "a"}})
	r.clock.Advance(1000)
	b := r.file(p, "b*?.BAM", "22", hash{"folder": "/x", "tags": []string{"t1", "t2"}, "properties": hash{"k": "w"}, "types": []string{"T"}})
	r.clock.Advance(1000)
	c := r.id("/record/new", hash{"project": p, "name": "c", "details": hash{"l": hash{"$dnanexus_link": a}}})
	h := r.id("/record/new", hash{"project": p, "name": "h", "hidden": true, "close": true})
	r.ok("/"+p+"/clone", hash{"objects": []string{a}, "project": q})
	all := hash{"project": p}
	for _, one := range []struct {
		name string
		in   hash
		want []string
	}{
		{"one project", hash{"scope": all}, []string{c, b, a}},
		{"one row per copy", hash{"class": "file", "name": "a.bam"}, []string{a, a}},
		{"either", hash{"scope": all, "visibility": "either", "class": "record"}, []string{h, c}},
		{"hidden", hash{"scope": all, "visibility": "hidden"}, []string{h}},
		{"class", hash{"scope": all, "class": "file"}, []string{b, a}},
		{"state", hash{"scope": all, "state": "open"}, []string{c}},
		{"name", hash{"scope": all, "name": "a.bam"}, []string{a}},
		{"glob", hash{"scope": all, "name": hash{"glob": "*.bam"}}, []string{a}},
		{"glob of one sign", hash{"scope": all, "name": hash{"glob": "?"}}, []string{c}},
		{"glob escaped", hash{"scope": all, "name": hash{"glob": `b\*\?*`}}, []string{b}},
		{"regexp", hash{"scope": all, "name": hash{"regexp": `\.bam$`, "flags": "i"}}, []string{b, a}},
		{"property", hash{"scope": all, "properties": hash{"k": "v"}}, []string{a}},
		{"property present", hash{"scope": all, "properties": hash{"k": true}}, []string{b, a}},
		{"properties or", hash{"scope": all, "properties": hash{"$or": []any{hash{"k": "w"}, hash{"only": true}}}}, []string{b, a}},
		{"properties and", hash{"scope": all, "properties": hash{"$and": []any{hash{"k": true}, hash{"only": true}}}}, []string{a}},
		{"tag", hash{"scope": all, "tags": "t2"}, []string{b}},
		{"older tag", hash{"scope": all, "tag": "t2"}, []string{b}},
		{"tags and", hash{"scope": all, "tags": hash{"$and": []any{"t1", "t2"}}}, []string{b}},
		{"tags or", hash{"scope": all, "tags": hash{"$or": []any{"t1", "t2"}}}, []string{b, a}},
		{"type", hash{"scope": all, "type": "T"}, []string{b}},
		{"link", hash{"scope": all, "link": a}, []string{c}},
		{"folder", hash{"scope": hash{"project": p, "folder": "/x"}}, []string{b, a}},
		{"folder alone", hash{"scope": hash{"project": p, "folder": "/x", "recurse": false}}, []string{b}},
		{"absent folder", hash{"scope": hash{"project": p, "folder": "/no"}}, []string{}},
		{"created", hash{"scope": all, "created": hash{"after": start + 500, "before": start + 1500}}, []string{b}},
		{"modified", hash{"scope": all, "modified": hash{"before": start + 500}}, []string{a}},
		{"ids", hash{"scope": all, "id": []string{a, b, "file-0123456789BFGJKPQVXYZbfg"}}, []string{b, a}},
		{"archival state", hash{"scope": hash{"project": p, "folder": "/"}, "class": "file", "archivalState": "live"}, []string{b, a}},
		{"region", hash{"class": "file", "region": "azure:westus"}, []string{}},
		{"level", hash{"scope": all, "class": "file", "level": "ADMINISTER"}, []string{b, a}},
		{"sorted", hash{"scope": all, "sortBy": hash{"field": "name", "ordering": "ascending"}}, []string{a, b, c}},
		{"sorted down", hash{"scope": all, "sortBy": hash{"field": "name", "ordering": "descending"}}, []string{c, b, a}},
	} {
		t.Run(one.name, func(t *testing.T) {
			if got := idsOf(r.ok("/system/findDataObjects", one.in)); !slices.Equal(got, one.want) && !sameTime(got, one.want) {
				t.Errorf("found %v, want %v", got, one.want)
			}
			everybody(t, r, one.in)
		})
	}
	r.no("/system/findDataObjects", hash{"class": "file", "archivalState": "live"}, "InvalidInput", "archivalState")
	r.no("/system/findDataObjects", hash{"name": 1}, "InvalidInput", `"name"`)
	r.no("/system/findDataObjects", hash{"scope": hash{}}, "InvalidInput", `"project"`)
	r.as("user-carol").no("/system/findDataObjects", hash{"scope": all}, "PermissionDenied", "VIEW")
	described := r.ok("/system/findDataObjects", hash{"id": []string{a}, "scope": all, "describe": hash{"fields": hash{"name": true, "parts": true}}})
	row := described["results"].([]any)[0].(map[string]any)
	if d := row["describe"].(map[string]any); len(d) != 3 || d["name"] != "a.bam" || row["project"] != p {
		t.Errorf("described row: %v", row)
	}
}

// sameTime tells whether two rows of one instant merely stand the other way
// round.
func sameTime(got, want []string) bool {
	return len(got) == 2 && len(want) == 2 && got[0] == want[1] && got[1] == want[0]
}

// everybody asks the same in pages of one.
func everybody(t *testing.T, r *rig, in hash) {
	t.Helper()
	whole := idsOf(r.ok("/system/findDataObjects", in))
	var paged []string
	in["limit"] = 1
	defer delete(in, "limit")
	defer delete(in, "starting")
	for range len(whole) + 1 {
		answer := r.ok("/system/findDataObjects", in)
		paged = append(paged, idsOf(answer)...)
		if in["starting"] = answer["next"]; answer["next"] == nil {
			break
		}
	}
	if !slices.Equal(paged, whole) && len(whole) > 0 {
		t.Errorf("pages gave %v, one call %v", paged, whole)
	}
}

// Test1_7Paging reads a project of 2500 files while others appear.
func Test1_7Paging(t *testing.T) {
	r := newRig(t, archival.Seed)
	made := r.ok("/emulator/generate", hash{"name": "big", "files": 2500, "size": 10, "days": 100})
	p := text1(t, made, "project")
	in := hash{"scope": hash{"project": p, "folder": "/"}, "class": "file", "limit": 1000}
	seen := map[string]bool{}
	for pages := 1; ; pages++ {
		answer := r.ok("/system/findDataObjects", in)
		for _, id := range idsOf(answer) {
			if seen[id] {
				t.Fatalf("%s came twice", id)
			}
			seen[id] = true
		}
		next, there := answer["next"]
		if !there {
			t.Fatal("next is absent")
		}
		if next == nil {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
		in["starting"] = next
		r.clock.Advance(1000)
		r.file(p, fmt.Sprint("new", pages), "x")
	}
	if len(seen) != 2500 {
		t.Errorf("%d files", len(seen))
	}
	r.no("/system/findDataObjects", hash{"starting": hash{"x": 1}}, "InvalidInput", `"starting"`)
}

// Test5_1ResolveAndDescribe finds by name and describes many.
func Test5_1ResolveAndDescribe(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	a, b := r.file(p, "a", "1"), r.file(p, "a", "2", hash{"folder": "/f", "parents": true})
	got := r.ok("/system/resolveDataObjects", hash{"project": p, "objects": []any{
		hash{"name": "a"}, hash{"name": "a", "recurse": false, "folder": "/f"}, hash{"name": "none"}, hash{"id": b},
	}})["results"].([]any)
	for i, want := range []int{2, 1, 0, 1} {
		if rows := got[i].([]any); len(rows) != want {
			t.Errorf("question %d: %v", i, rows)
		}
	}
	r.no("/system/resolveDataObjects", hash{"objects": make([]hash, 1001)}, "InvalidInput", `"objects"`)
	results := r.ok("/system/describeDataObjects", hash{
		"objects":              []any{a, hash{"id": b, "describe": hash{"details": true}}, "file-0123456789BFGJKPQVXYZbfg"},
		"classDescribeOptions": hash{"*": hash{"properties": true}},
	})["results"].([]any)
	first := results[0].(map[string]any)["describe"].(map[string]any)
	second := results[1].(map[string]any)["describe"].(map[string]any)
	if first["properties"] == nil || first["name"] != "a" || first["details"] != nil || second["details"] == nil || second["properties"] == nil {
		t.Errorf("described: %v", results)
	}
	missing := results[2].(map[string]any)
	if missing["statusCode"] != float64(404) || missing["error"].(map[string]any)["type"] != "ResourceNotFound" {
		t.Errorf("missing: %v", missing)
	}
}

// Test5_1FindProjects asks for projects by conditions and levels.
func Test5_1FindProjects(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.id("/project/new", hash{"name": "002_a", "tags": []string{"t"}, "properties": hash{"backup": "yes"}})
	q := r.id("/project/new", hash{"name": "003_b", "region": "azure:westus", "billTo": "org-vault"})
	r.ok("/"+q+"/invite", hash{"invitee": "PUBLIC", "level": "VIEW"})
	for _, c := range []struct {
		user string
		in   hash
		want []string
	}{
		{Founder, hash{}, []string{p, q}},
		{Founder, hash{"name": hash{"glob": "002_*"}}, []string{p}},
		{Founder, hash{"properties": hash{"backup": "yes"}}, []string{p}},
		{Founder, hash{"tags": "t"}, []string{p}},
		{Founder, hash{"billTo": "org-vault"}, []string{q}},
		{Founder, hash{"region": "azure:westus"}, []string{q}},
		{Founder, hash{"public": true}, []string{q}},
		{Founder, hash{"public": false}, []string{p}},
		{Founder, hash{"created": hash{"after": start + 1}}, []string{}},
		{"user-carol", hash{"level": "VIEW"}, []string{}},
		{"user-carol", hash{"level": "VIEW", "public": true}, []string{q}},
	} {
		got := idsOf(r.as(c.user).ok("/system/findProjects", c.in))
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %v: found %v, want %v", c.user, c.in, got, c.want)
		}
	}
	answer := r.ok("/system/findProjects", hash{"limit": 1, "describe": hash{"fields": hash{"name": true}}})
	next, ok := answer["next"].(string)
	if !ok || len(idsOf(answer)) != 1 {
		t.Fatalf("first page: %v", answer)
	}
	rest := r.ok("/system/findProjects", hash{"limit": 1, "starting": next})
	if rest["next"] != nil || idsOf(rest)[0] == idsOf(answer)[0] {
		t.Errorf("second page: %v", rest)
	}
	r.no("/system/findProjects", hash{"level": "KING"}, "InvalidInput", `"level"`)
	if got := r.ok("/system/describeProjects", hash{"projects": []string{p}, "fields": hash{"name": true}})["results"].([]any); len(got) != 1 {
		t.Errorf("describeProjects: %v", got)
	}
	// Being PUBLIC alone does not make objects findable, naming the project does.
	f := r.file(q, "a", "1")
	if got := idsOf(r.as("user-carol").ok("/system/findDataObjects", hash{})); len(got) != 0 {
		t.Errorf("carol found %v", got)
	}
	if got := idsOf(r.as("user-carol").ok("/system/findDataObjects", hash{"scope": hash{"project": q}})); len(got) != 1 || got[0] != f {
		t.Errorf("carol found %v", got)
	}
}
