package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
	"github.com/backstay/backstay/schema/diag"
)

func destinationNamed(t *testing.T, address string) *schema.Destination {
	t.Helper()
	a, err := addr.ParseResource(address)
	if err != nil {
		t.Fatal(err)
	}
	return &schema.Destination{Addr: a}
}

// What is damaged is told file by file, up to a bound, and never as an error: the
// state was rebuilt from the rest.
func TestDamageOfCataloguesIsTold(t *testing.T) {
	whole := &opened{d: destinationNamed(t, "destination.filesystem.attic"), book: &catalogue.Catalogue{}}
	part := &opened{
		d: destinationNamed(t, "destination.filesystem.disk"), book: &catalogue.Catalogue{},
		damage: errors.New("first"), left: &catalogue.Salvage{},
	}
	for i := range 12 {
		part.left.Losses = append(part.left.Losses, catalogue.Loss{Records: int64(i - 1), Err: fmt.Errorf("file %d is torn", i)})
	}
	unread := &opened{d: destinationNamed(t, "destination.filesystem.cave"), damage: errors.New("its head is torn")}
	res := &RebuildResult{}
	ds := catalogues{whole, part, unread}.told(res)
	if len(ds) != 2 || ds.HasErrors() {
		t.Fatalf("diagnostics %+v", ds)
	}
	if got := strings.Join(res.Destinations, " "); got != "destination.filesystem.attic destination.filesystem.disk" {
		t.Errorf("rebuilt from %s", got)
	}
	if d := res.Damaged[0]; len(d.Files) != 12 || d.Records != 55 || d.Unread {
		t.Errorf("in part: %+v", d)
	}
	for _, want := range []string{"file 0 is torn; file 1 is torn", "file 9 is torn; and 2 more files", "55 as far as is known"} {
		if !strings.Contains(ds[0].Detail, want) {
			t.Errorf("%q lacks %q", ds[0].Detail, want)
		}
	}
	if !res.Damaged[1].Unread || !strings.HasPrefix(ds[1].Detail, "its head is torn. Nothing of this catalogue") || ds[1].Severity != diag.Warning {
		t.Errorf("left out: %+v, %+v", res.Damaged[1], ds[1])
	}
	if !res.damagedAt("destination.filesystem.disk") || res.damagedAt("destination.filesystem.attic") {
		t.Error("which are damaged is mixed up")
	}
	less := (&loaded{cfg: &schema.Configuration{Destinations: []*schema.Destination{whole.d, part.d, unread.d}}}).without(res)
	if len(less.cfg.Destinations) != 2 {
		t.Errorf("%d destinations are written to", len(less.cfg.Destinations))
	}
}

// Without a whole one nothing is salvaged: what is left of one may lack a hold.
func TestNothingIsSalvagedWithoutAWholeCatalogue(t *testing.T) {
	cs := catalogues{
		{d: destinationNamed(t, "destination.filesystem.disk"), damage: catalogue.ErrDamaged},
		{d: destinationNamed(t, "destination.filesystem.cave"), damage: catalogue.ErrDamaged},
	}
	if ds := cs.salvage(t.Context()); len(ds) != 2 || !ds.HasErrors() || cs[0].examined {
		t.Errorf("diagnostics %+v", ds)
	}
}
