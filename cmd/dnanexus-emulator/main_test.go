package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"
)

// TestIndependence: emulator and driver must not agree by accident, so nothing
// of the engine is imported here.
func TestIndependence(t *testing.T) {
	const module = "github.com/backstay/backstay/"
	files := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".go" {
			return err
		}
		files++
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if strings.HasPrefix(imported, module) && !strings.HasPrefix(imported, module+"cmd/dnanexus-emulator/internal/") {
				t.Errorf("%s imports %s", name, imported)
			}
		}
		return nil
	})
	if err != nil || files < 40 {
		t.Fatalf("%d files were read: %v", files, err)
	}
}
