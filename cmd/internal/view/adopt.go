package view

import (
	"cmp"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

// Adopt shows what taking over a destination brought.
type Adopt interface {
	Result(r *engine.AdoptResult, ds diag.List) error
}

// NewAdopt gives the view that the output asks for.
func NewAdopt(o *Output) Adopt {
	if o.JSON {
		return &adoptJSON{o}
	}
	return &adoptText{o}
}

type adoptText struct{ o *Output }

func (v *adoptText) Result(r *engine.AdoptResult, ds diag.List) error {
	if r == nil || ds.HasErrors() {
		return nil
	}
	t := &text{s: &v.o.Out}
	t.printf("Took over %s: %s of its catalogue up to head %d, lineage %s.\n",
		printable(r.Destination), plural(r.Records, "record", "records"), r.Head, r.Lineage)
	return v.o.flush(t)
}

type adoptJSON struct{ o *Output }

func (v *adoptJSON) Result(r *engine.AdoptResult, ds diag.List) error {
	if r == nil {
		r = &engine.AdoptResult{}
	}
	d := newDocument(v.o)
	d.member("outcome", cmp.Or(r.Outcome, engine.Failed))
	d.member("destination", r.Destination)
	d.member("lineage", r.Lineage)
	d.member("head", r.Head)
	d.member("records", r.Records)
	items(d, "diagnostics", ds.Sorted())
	return d.close(true)
}
