package engine

import (
	"iter"
	"path/filepath"
	"strings"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema"
)

// outside leaves Backstay's own state out of a listing, where the configuration
// lies inside the source that it protects: the state changes with every run, so
// that no plan would ever be without changes. Destinations carry what rebuilds
// it.
func (e *Engine) outside(cfg *schema.Configuration, s storage.Source, in iter.Seq2[storage.Entry, error]) iter.Seq2[storage.Entry, error] {
	root, ok := location(s)
	folder := stateFolder(statePath(cfg))
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	if !ok || filepath.Base(folder) != ".backstay" || !within(folder, root) {
		return in
	}
	rel, err := filepath.Rel(root, folder)
	if err != nil || rel == "." {
		return in
	}
	prefix := filepath.ToSlash(rel) + "/"
	return func(yield func(storage.Entry, error) bool) {
		for entry, err := range in {
			if err == nil && strings.HasPrefix(entry.Path, prefix) {
				continue
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}
