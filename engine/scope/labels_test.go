package scope

import (
	"testing"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema"
)

// What a system knows of an object beyond its path selects, too: one of the
// types and tags, all properties, and the system's own kind.
func TestLabels(t *testing.T) {
	facts := &storage.Facts{
		Class: "applet", Tags: []string{"final", "qc"}, Types: []string{"AssetBundle"},
		Properties: map[string]string{"run": "1", "sample": "x"},
	}
	labelled := Object{Path: "a.applet.json", Kind: "file", Size: 5, Facts: facts}
	plain := Object{Path: "a.applet.json", Kind: "file", Size: 5}
	recorded := Object{Path: "a.applet.json", Kind: "file", Size: 5, Recorded: true}
	for name, c := range map[string]struct {
		change func(*schema.Selector)
		want   bool
	}{
		"tag":           {func(s *schema.Selector) { s.Tags = []string{"none", "qc"} }, true},
		"other tag":     {func(s *schema.Selector) { s.Tags = []string{"QC"} }, false},
		"type":          {func(s *schema.Selector) { s.Types = []string{"AssetBundle"} }, true},
		"other type":    {func(s *schema.Selector) { s.Types = []string{"Asset"} }, false},
		"properties":    {func(s *schema.Selector) { s.Properties = map[string]string{"run": "1", "sample": "x"} }, true},
		"one differs":   {func(s *schema.Selector) { s.Properties = map[string]string{"run": "1", "sample": "y"} }, false},
		"one is absent": {func(s *schema.Selector) { s.Properties = map[string]string{"none": ""} }, false},
		"and":           {func(s *schema.Selector) { s.Tags, s.Types = []string{"qc"}, []string{"x"} }, false},
		"path too":      {func(s *schema.Selector) { s.Tags, s.Paths = []string{"qc"}, []string{"/b"} }, false},
	} {
		compiled, err := CompileSelector(selector(c.change), now)
		if err != nil {
			t.Fatal(err)
		}
		if got := compiled.Match(&labelled); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
		if compiled.Match(&plain) || compiled.Match(&recorded) {
			t.Errorf("%s: an object without labels is selected", name)
		}
	}
}

func TestKindIsTheSystems(t *testing.T) {
	applet := Object{Path: "a", Kind: "file", Facts: &storage.Facts{Class: "applet"}}
	folder := Object{Path: "a/", Kind: "directory"}
	for kind, want := range map[string]bool{"applet": true, "file": false, "directory": false} {
		c, err := CompileSelector(selector(func(s *schema.Selector) { s.Kinds = []string{kind} }), now)
		if err != nil {
			t.Fatal(err)
		}
		if c.Match(&applet) != want || c.Match(&folder) != (kind == "directory") {
			t.Errorf("%s selects an applet: %v", kind, !want)
		}
	}
	sized, err := CompileSelector(selector(func(s *schema.Selector) { s.SmallerThan = 1 }), now)
	if err != nil || sized.Match(&applet) {
		t.Errorf("sizes are those of files: %v", err)
	}
}

// A record has no labels. What cannot be told of it keeps it in scope, and lets
// no exclude take it out.
func TestScopeOfARecord(t *testing.T) {
	o := Object{Path: "a", Kind: "file", Recorded: true}
	tagged := selector(func(s *schema.Selector) { s.Tags = []string{"x"} })
	applets := selector(func(s *schema.Selector) { s.Kinds = []string{"applet"} })
	elsewhere := selector(func(s *schema.Selector) { s.Tags, s.Paths = []string{"x"}, []string{"/b"} })
	for name, c := range map[string]struct {
		scope schema.Scope
		in    bool
	}{
		"included by tag":  {schema.Scope{Includes: []*schema.Selector{tagged}}, true},
		"included by kind": {schema.Scope{Includes: []*schema.Selector{applets}}, true},
		"another path":     {schema.Scope{Includes: []*schema.Selector{elsewhere}}, false},
		"excluded by tag":  {schema.Scope{Excludes: []*schema.Selector{tagged}}, true},
		"excluded by kind": {schema.Scope{Excludes: []*schema.Selector{applets}}, true},
	} {
		m, err := Compile(&schema.Backup{Scope: c.scope}, now)
		if err != nil {
			t.Fatal(err)
		}
		if d := m.Match(&o); d.In != c.in {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// What others own is left out with a reason, unless the scope asks for it.
func TestSharedObjects(t *testing.T) {
	theirs := Object{Path: "a", Kind: "file", Facts: &storage.Facts{Class: "file", Shared: true}}
	ours := Object{Path: "a", Kind: "file", Facts: &storage.Facts{Class: "file"}}
	for shared, want := range map[string]bool{"": false, "exclude": false, "include": true} {
		m, err := Compile(&schema.Backup{Scope: schema.Scope{Shared: shared}}, now)
		if err != nil {
			t.Fatal(err)
		}
		d := m.Match(&theirs)
		if d.In != want || !want && (d.Exclude == nil || d.Exclude.Reason != sharedReason) {
			t.Errorf("shared = %q: %+v", shared, d)
		}
		if !m.Match(&ours).In {
			t.Errorf("shared = %q leaves out what is ours", shared)
		}
	}
}
