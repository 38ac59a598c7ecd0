package view

import (
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

// Init shows what init wrote.
type Init interface {
	Result(r *engine.InitResult, ds diag.List) error
}

// NewInit gives the view that the output asks for.
func NewInit(o *Output) Init {
	if o.JSON {
		return &initJSON{o}
	}
	return &initText{o}
}

type initText struct{ o *Output }

func (v *initText) Result(r *engine.InitResult, ds diag.List) error {
	if r == nil {
		return nil
	}
	t := &text{s: &v.o.Out}
	for _, f := range r.Files {
		t.printf("Wrote %s.\n", printable(f))
	}
	if r.State != "" {
		t.printf("The state is %s.\n", printable(r.State))
	}
	if len(r.Files) > 0 && !ds.HasErrors() {
		t.printf("\nEdit the configuration, then run:\n  backstay validate\n  backstay plan\n")
	}
	return v.o.flush(t)
}

type initJSON struct{ o *Output }

func (v *initJSON) Result(r *engine.InitResult, ds diag.List) error {
	if r == nil {
		r = &engine.InitResult{}
	}
	d := newDocument(v.o)
	items(d, "files", r.Files)
	d.member("state", r.State)
	items(d, "diagnostics", ds.Sorted())
	return d.close(true)
}
