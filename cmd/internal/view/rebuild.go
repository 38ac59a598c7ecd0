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
	for i := range r.Damaged {
		d := &r.Damaged[i]
		if d.Unread {
			t.printf("Left out: %s, whose catalogue is damaged.\n", d.Destination)
			continue
		}
		t.printf("In part: %s, where %s of the catalogue cannot be used.\n", d.Destination, plural(int64(len(d.Files)), "file", "files"))
	}
	if r.Uncatalogued > 0 {
		t.printf("Adopted: %s that no catalogue named.\n", plural(r.Uncatalogued, "object", "objects"))
	}
	return v.o.flush(t)
}

// rebuildDamage is a destination whose catalogue could not be used whole.
type rebuildDamage struct {
	Destination string   `json:"destination"`
	Unread      bool     `json:"unread"`
	Files       []string `json:"files"`
	Records     int64    `json:"records"`
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
	damaged := make([]rebuildDamage, len(r.Damaged))
	for i, m := range r.Damaged {
		damaged[i] = rebuildDamage{m.Destination, m.Unread, m.Files, m.Records}
	}
	items(d, "damaged", damaged)
	items(d, "diagnostics", ds.Sorted())
	return d.close(true)
}
