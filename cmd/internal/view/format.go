package view

import (
	"github.com/rogpeppe/go-internal/diff"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

// Format shows which files are not, or were not, in the canonical style.
type Format interface {
	Result(r *engine.FormatResult, ds diag.List) error
}

// NewFormat gives the view that the output asks for; with differences it shows
// those instead of the files' names.
func NewFormat(o *Output, differences bool) Format {
	if o.JSON {
		return &formatJSON{o, differences}
	}
	return &formatText{o, differences}
}

type formatText struct {
	o           *Output
	differences bool
}

func (v *formatText) Result(r *engine.FormatResult, _ diag.List) error {
	if r == nil {
		return nil
	}
	t := &text{s: &v.o.Out}
	for _, f := range r.Changed {
		if v.differences {
			t.Write(difference(&f))
			continue
		}
		t.printf("%s\n", printable(f.Path))
	}
	return v.o.flush(t)
}

// difference is a unified diff of a file before and after.
func difference(f *engine.FormattedFile) []byte {
	return diff.Diff(f.Path, f.Before, f.Path+" (canonical)", f.After)
}

type formatJSON struct {
	o           *Output
	differences bool
}

type formattedFile struct {
	Path string `json:"path"`
	Diff string `json:"diff,omitempty"`
}

func (v *formatJSON) Result(r *engine.FormatResult, ds diag.List) error {
	if r == nil {
		r = &engine.FormatResult{}
	}
	d := newDocument(v.o)
	d.member("looked", r.Looked)
	d.array("changed")
	for _, f := range r.Changed {
		one := formattedFile{Path: f.Path}
		if v.differences {
			one.Diff = string(difference(&f))
		}
		d.item(one)
	}
	d.end()
	items(d, "diagnostics", ds.Sorted())
	return d.close(true)
}
