package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/restore"
)

// Each lack is counted and said; where nothing lacks, nothing is.
func TestWhatIsBygoneIsSaid(t *testing.T) {
	b := &bygone{at: time.Date(2031, 1, 15, 0, 0, 0, 0, time.UTC), names: 5}
	res := &RestoreResult{}
	ds := b.told("lab", &restore.Result{Removed: 2, Later: 3, Buried: 4}, res)
	if res.Removed != 2 || res.Later != 3 || res.Unnamed != 1 {
		t.Errorf("result %+v", res)
	}
	if len(ds) != 1 || ds.HasErrors() || ds[0].Code != "versions_gone" {
		t.Fatalf("diagnostics %+v", ds)
	}
	for _, want := range []string{"2031-01-15T00:00:00Z", "were over: 2.", "were there then: 1.", "ever kept: 3."} {
		if !strings.Contains(ds[0].Detail, want) {
			t.Errorf("%q lacks %q", ds[0].Detail, want)
		}
	}
	// What was buried may be on record under more paths than were removed since.
	if ds := b.told("lab", &restore.Result{Buried: 9}, res); len(ds) != 0 || res.Unnamed != 1 {
		t.Errorf("nothing lacks: %+v, %+v", ds, res)
	}
	if (&bygone{}).ask() != nil || b.ask() == nil {
		t.Error("it is asked where nothing was removed, or not where something was")
	}
}
