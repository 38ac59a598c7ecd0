package engine

import (
	"testing"

	"github.com/backstay/backstay/schema"
)

func TestOnlySourcesKeepTheirLabels(t *testing.T) {
	cfg := &schema.Configuration{Moves: []*schema.Moved{
		{From: "backup.a", To: "backup.b"},
		{From: "destination.filesystem.disk", To: "destination.filesystem.shelf"},
		{From: "source.filesystem.papers", To: "source.filesystem.desk"},
	}}
	ds := movable(cfg)
	if len(ds) != 1 || !ds.HasErrors() || ds[0].Address != "source.filesystem.desk" {
		t.Errorf("diagnostics %+v", ds)
	}
	if got := renamedFrom(cfg, destinationNamed(t, "destination.filesystem.shelf")); got != "destination.filesystem.disk" {
		t.Errorf("the shelf was %q", got)
	}
	if got := renamedFrom(cfg, destinationNamed(t, "destination.filesystem.attic")); got != "" {
		t.Errorf("the attic was %q", got)
	}
}
