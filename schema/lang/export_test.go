package lang

import (
	"io/fs"

	"github.com/backstay/backstay/schema/diag"
)

// Canonical is the JSON text that the digest is taken over.
func Canonical(fsys fs.FS, dir string, opts Options) (string, diag.List) {
	l := newLoader(fsys, dir, opts)
	l.load()
	if diags := settled(l.diags); diags.HasErrors() {
		return "", diags
	}
	return string(l.digest.text()), settled(l.diags)
}

// FunctionNames are the functions of the language.
var FunctionNames = functionNames
