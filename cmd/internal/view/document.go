package view

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"github.com/backstay/backstay/plan"
)

// document writes one JSON object as a stream: members in the order in which
// they come, arrays element by element, one line each. Its first member is
// "format_version", its last one "complete".
type document struct {
	w    *bufio.Writer
	list bool // an array is open
	n    int  // elements in it
	buf  []byte
	err  error
}

func newDocument(w io.Writer) *document {
	d := &document{w: bufio.NewWriterSize(w, 1<<16)}
	d.raw("{")
	d.raw(`"format_version":"` + FormatVersion + `"`)
	return d
}

// member writes one member.
func (d *document) member(name string, v any) {
	d.open(name)
	d.value(v)
}

// array begins a member that is an array; item adds to it, end closes it.
func (d *document) array(name string) {
	d.open(name)
	d.raw("[")
	d.list, d.n = true, 0
}

func (d *document) item(v any) {
	d.separate()
	d.value(v)
}

// separate begins the next element.
func (d *document) separate() {
	if d.n++; d.n > 1 {
		d.raw(",")
	}
	d.raw("\n")
}

// change is item for a plan's changes, which may be millions: it takes them as
// package plan writes them, into a buffer that is used again.
func (d *document) change(c *plan.Change) {
	d.separate()
	d.buf = c.AppendJSON(d.buf[:0])
	d.bytes(d.buf)
}

func (d *document) end() {
	if d.n > 0 {
		d.raw("\n")
	}
	d.raw("]")
	d.list = false
}

// items writes a whole small slice as an array member; an empty one is [].
func items[T any](d *document, name string, all []T) {
	d.array(name)
	for i := range all {
		d.item(&all[i])
	}
	d.end()
}

// close ends the document, whatever is open, and tells whether all of it was
// written. With complete false the answer was cut off by an error, which the
// diagnostics name.
func (d *document) close(complete bool) error {
	if d.list {
		d.end()
	}
	d.member("complete", complete && d.err == nil)
	d.raw("}\n")
	if err := d.w.Flush(); d.err == nil {
		d.err = err
	}
	return d.err
}

func (d *document) open(name string) {
	if d.list {
		d.end()
	}
	d.raw(",\n")
	d.value(name)
	d.raw(":")
}

func (d *document) value(v any) {
	b, err := encode(v)
	if err != nil && d.err == nil {
		d.err = err
	}
	d.bytes(b)
}

func (d *document) raw(s string) { d.bytes([]byte(s)) }

func (d *document) bytes(b []byte) {
	if d.err == nil {
		_, d.err = d.w.Write(b)
	}
}

// encode is a value as JSON without HTML's escapes, on one line.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
