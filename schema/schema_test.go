package schema

import (
	"testing"

	"github.com/backstay/backstay/schema/diag"
)

func TestOriginAt(t *testing.T) {
	block, attr := diag.Range{Filename: "b"}, diag.Range{Filename: "a"}
	o := Origin{Block: block, Attrs: map[string]diag.Range{"keep": attr}}
	if o.At("keep") != attr || !o.Has("keep") {
		t.Error("a written attribute points at its expression")
	}
	if o.At("keep_max") != block || o.Has("keep_max") {
		t.Error("an absent attribute points at its block")
	}
}
