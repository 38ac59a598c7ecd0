package storage

import (
	"context"
	"io"
)

// Original is what is recorded of an object that is to be made again, beside its
// bytes.
type Original struct {
	ID     string            // at its source
	Size   int64             // of the recorded content
	Xattrs map[string]string // its metadata, as Details gave it
}

// Recreator is implemented by restorers into systems that give objects ids and
// metadata of their own, and kinds that are no files. A restore then calls it in
// place of ReadBack, Write and SetMeta; what was recreated is complete once the
// restorer was flushed.
type Recreator interface {
	// Recreated tells whether the object is there: the original itself, or what an
	// earlier restore made of it.
	Recreated(ctx context.Context, path string, o Original) (bool, error)
	// Recreate makes the object at path. An error from content, at its very end
	// too, prevents that. Metadata that cannot be put back is returned as problems.
	Recreate(ctx context.Context, path string, o Original, content io.Reader) (problems []string, err error)
}
