package policy

import (
	"testing"
	"testing/fstest"
)

// An organisation's set that is not mounted is an empty folder: it is refused,
// since without it a configuration would choose its own judge.
func TestEmptyOrganisationSet(t *testing.T) {
	_, diags := organisationSet(fstest.MapFS{}, "house")
	if len(diags) != 1 || diags[0].Code != "policy_set_empty" {
		t.Errorf("an empty set gave %+v", diags)
	}
	_, diags = organisationSet(fstest.MapFS{manifestName: {Data: []byte(`{"packs": ["core"]}`)}}, "house")
	if len(diags) != 0 {
		t.Errorf("a set with a manifest alone gave %+v", diags)
	}
}
