package view

import (
	"cmp"
	"strings"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

// Rebuild shows what state rebuild restored.
type Rebuild interface {
	Result(r *engine.RebuildResult, ds diag.List) error
}

// NewRebuild gives the view that the output asks for.
func NewRebuild(o *Output) Rebuild {
	if o.JSON {
		return &rebuildJSON{o}
	}
	return &rebuildText{o}
}

type rebuildText struct{ o *Output }

func (v *rebuildText) Result(r *engine.RebuildResult, ds diag.List) error {
	if r == nil || ds.HasErrors() {
		return nil
	}
	t := &text{s: &v.o.Out}
	t.printf("Rebuilt from %s: %s and %s, lineage %s, serial %d.\n", strings.Join(r.Destinations, ", "),
		plural(r.Copies, "copy", "copies"), plural(r.Holds, "hold", "holds"), r.Lineage, r.Serial)
	if r.Uncatalogued > 0 {
		t.printf("Adopted: %s that no catalogue named.\n", plural(r.Uncatalogued, "object", "objects"))
	}
	return v.o.flush(t)
}

type rebuildJSON struct{ o *Output }

func (v *rebuildJSON) Result(r *engine.RebuildResult, ds diag.List) error {
	if r == nil {
		r = &engine.RebuildResult{}
	}
	d := newDocument(v.o)
	d.member("outcome", cmp.Or(r.Outcome, engine.Failed))
	d.member("lineage", r.Lineage)
	d.member("serial", r.Serial)
	d.member("copies", r.Copies)
	d.member("holds", r.Holds)
	d.member("uncatalogued", r.Uncatalogued)
	items(d, "destinations", r.Destinations)
	items(d, "diagnostics", ds.Sorted())
	return d.close(true)
}
