package dnanexus

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/storage"
)

// Projects are found by what a lookup asks for. Of those that share a name the
// oldest keeps it as its key, whatever is made later.
func TestProjects(t *testing.T) {
	r := emulator(t, "seed")
	var ids []string
	for i, in := range []map[string]any{
		{"name": "run-1", "tags": []string{"backup", "clia"}, "properties": map[string]string{"site": "basel"}},
		{"name": "run-2", "tags": []string{"backup"}},
		{"name": "run-1", "billTo": "org-vault", "region": "aws:eu-central-1"},
		{"name": "other"},
	} {
		var made struct{ ID string }
		r.must("project", "new", in, &made)
		ids = append(ids, made.ID)
		r.control("clock", map[string]any{"advance": 1000 * (i + 1)}, nil)
	}
	second := "run-1.~" + ids[2] + "~"
	for name, c := range map[string]struct {
		ask  ProjectQuery
		want []string
	}{
		"all":        {ProjectQuery{}, []string{"run-1", "run-2", second, "other"}},
		"glob":       {ProjectQuery{Name: "run-*"}, []string{"run-1", "run-2", second}},
		"payer":      {ProjectQuery{BillTo: "org-vault"}, []string{"run-1"}},
		"all tags":   {ProjectQuery{Tags: []string{"backup", "clia"}}, []string{"run-1"}},
		"properties": {ProjectQuery{Properties: map[string]string{"site": "basel"}}, []string{"run-1"}},
		"none":       {ProjectQuery{Name: "x"}, nil},
	} {
		found, err := Projects(t.Context(), r.client(), c.ask)
		var keys []string
		for _, p := range found {
			keys = append(keys, p.Key)
		}
		if err != nil || !slices.Equal(keys, c.want) {
			t.Errorf("%s: %q, %v", name, keys, err)
		}
	}
	place, err := Locate(t.Context(), r.client(), ids[2])
	if err != nil || place.Region != "aws:eu-central-1" || place.Provider != "aws" || place.BillTo != "org-vault" {
		t.Errorf("%+v %v", place, err)
	}
	if _, err := Locate(t.Context(), r.client(), "run-1"); err == nil || !strings.Contains(err.Error(), "by its id") {
		t.Errorf("two projects of one name: %v", err)
	}
	r.control("faults", []map[string]any{{"route": "system/findProjects", "action": "status", "status": 401}}, nil)
	if _, err := Projects(t.Context(), r.client(), ProjectQuery{}); err == nil {
		t.Error("a list that is not to be had is no list")
	}
	r.control("faults", []map[string]any{}, nil)
	if _, err := Locate(t.Context(), r.client(), "none"); !errors.Is(err, storage.ErrNotExist) {
		t.Errorf("no such project: %v", err)
	}
}
