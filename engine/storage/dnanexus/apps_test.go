package dnanexus

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/storage"
)

// publish makes an app of an applet of the rig's pipeline, and a workflow that
// runs it.
func (r rig) publish(project string) (app, workflow string) {
	r.Helper()
	_, applet, _, _ := r.pipeline(project)
	var made struct{ ID string }
	r.must("app", "new", map[string]any{"applet": applet, "name": "align", "version": "1.0.0", "title": "Align"}, &made)
	workflow = r.put("workflow", project, map[string]any{
		"name": "by app", "folder": "/apps", "stages": []map[string]any{{"id": "stage-1", "executable": "app-align/1.0.0"}, {"id": "stage-2", "executable": made.ID}},
	})
	return made.ID, workflow
}

// An app is listed where the source names it, with the file that it brings
// along, even when project and file that it was made of are gone.
func TestAppsAreListed(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		trial := r.seed("trial", map[string]string{"refs/genome.fa": ">1\nACGT\n"})
		app, _ := r.publish(trial)
		other := r.seed("other", map[string]string{"a": "one", ".apps/align/b": "two"})
		r.must(trial, "destroy", nil, nil)
		s := r.source(SourceOptions{Project: other, Apps: []string{"app-align", "align/1.0.0", app}})
		got := listed(t, s)
		if want := []string{
			".apps/", ".apps/" + strings.TrimPrefix(app, "app-") + ".app.json", ".apps/" + strings.TrimPrefix(app, "app-") + "/",
			".apps/" + strings.TrimPrefix(app, "app-") + "/genome.fa", ".apps/align.app.json", ".apps/align/", ".apps/align/1.0.0.app.json",
			".apps/align/1.0.0/", ".apps/align/1.0.0/genome.fa", ".apps/align/b", ".apps/align/genome.fa", "a",
		}; len(got) != len(want) || slices.ContainsFunc(want, func(path string) bool { return got[path].Path == "" }) {
			t.Fatalf("listed %q", slices.Sorted(maps.Keys(got)))
		}
		e := got[".apps/align.app.json"]
		text := read(t, s, e)
		var export struct {
			Class, Version string
			RunSpec        struct{ Code string }
		}
		if err := json.Unmarshal(text, &export); err != nil || int64(len(text)) != e.Size || export.Class != "app" || export.Version != "1.0.0" || export.RunSpec.Code == "" {
			t.Errorf("%d bytes of %d: %s %v", len(text), e.Size, text, err)
		}
		if e.ID != app || e.Facts.Class != "app" {
			t.Errorf("listed as %+v", e)
		}
		if text := read(t, s, got[".apps/align/genome.fa"]); string(text) != ">1\nACGT\n" {
			t.Errorf("brings %q", text)
		}
		if d, err := s.Details(t.Context(), e); err != nil || d.Xattrs["user.dnanexus.name"] != "align" {
			t.Errorf("details %v %v", d, err)
		}
		r.must(app, "delete", nil, nil)
		if _, err := s.Open(t.Context(), e); !errors.Is(err, storage.ErrNotExist) {
			t.Errorf("deleted: %v", err)
		}
		for _, err := range s.List(t.Context()) {
			if err != nil && !errors.Is(err, errNoApp) {
				t.Errorf("an app that cannot be had: %v", err)
			}
		}
	})
}

// A workflow that runs an app which the source does not name is remarked on.
func TestUnnamedAppsAreRemarkedOn(t *testing.T) {
	r := emulator(t, "seed")
	trial := r.seed("trial", map[string]string{"refs/genome.fa": ">1\n"})
	app, _ := r.publish(trial)
	for _, c := range []struct {
		apps []string
		want bool
	}{{nil, true}, {[]string{"other"}, true}, {[]string{"align"}, false}, {[]string{"align/1.0.0"}, false}, {[]string{app}, true}} {
		if slices.Contains(c.apps, "other") {
			r.must("app", "new", map[string]any{"applet": r.appletOf(trial), "name": "other", "version": "1"}, nil)
		}
		s := r.source(SourceOptions{Project: trial, Apps: c.apps})
		listed(t, s)
		if got := slices.ContainsFunc(s.Remarks(), func(m storage.Remark) bool { return m.Code == appUnnamed }); got != c.want {
			t.Errorf("%q: %v, %+v", c.apps, got, s.Remarks())
		}
	}
}

func (r rig) appletOf(project string) string {
	for path, e := range listed(r, r.source(SourceOptions{Project: project})) {
		if strings.HasSuffix(path, "align.applet.json") {
			return e.ID
		}
	}
	r.Fatal("no applet")
	return ""
}

// A lost app comes back as an applet with its file, and workflows that ran the
// app, by id or by name, run the applet. One that is still there is left alone.
func TestRestoreOfALostApp(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		trial := r.seed("trial", map[string]string{"refs/genome.fa": ">1\nACGT\n"})
		app, workflow := r.publish(trial)
		all := r.backup(trial, "align")
		again := r.project("again")
		if there, err := r.restore(again, all); err != nil || there != 2 {
			t.Errorf("%d were there, of app and file; %v", there, err)
		}
		r.must(trial, "destroy", nil, nil)
		r.must(app, "delete", nil, nil)
		last := r.project("last")
		if there, err := r.restore(last, all); err != nil || there != 0 {
			t.Fatalf("%d were there; %v", there, err)
		}
		made := map[string]vaulted{}
		for _, v := range r.backup(last) {
			made[v.original.Xattrs["user.dnanexus.name"]+" "+v.original.Xattrs["user.dnanexus.class"]] = v
		}
		found := slices.ContainsFunc(r.backup(last), func(v vaulted) bool {
			return v.path == ".apps/align.applet.json" && strings.Contains(string(v.content), `"backstay_restored_from": "`+app+`"`)
		})
		flow := string(made["by app workflow"].content)
		if !found || strings.Contains(flow, `"app-`) || !strings.Contains(flow, workflow) {
			t.Errorf("applet %v, workflow %s", found, flow)
		}
	})
}
