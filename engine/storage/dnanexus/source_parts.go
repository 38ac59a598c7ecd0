package dnanexus

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/backstay/backstay/engine/storage"
)

var _ storage.Fingerprinted = (*Source)(nil)

// Fingerprint gives the parts that a file was uploaded in. An export has none,
// nor has a file of which the platform does not keep the checksum of each part.
// A file in the archive has its parts as well: it need not be read.
func (s *Source) Fingerprint(ctx context.Context, e storage.Entry) ([]storage.Part, error) {
	o, err := s.look(ctx, e)
	if err != nil || o.Class != "file" {
		return nil, err
	}
	if o.State != closed || o.Size != e.Size || mtimeOf(&o) != e.MTime {
		return nil, fmt.Errorf("look at %q: %w", e.Path, storage.ErrChanged)
	}
	type numbered struct {
		n int
		storage.Part
	}
	parts := make([]numbered, 0, len(o.Parts))
	var total int64
	for name, part := range o.Parts {
		n, ok := partNumber(name)
		if !ok || part.MD5 == "" {
			return nil, nil
		}
		parts = append(parts, numbered{n, storage.Part{Size: part.Size, MD5: part.MD5}})
		total += part.Size
	}
	if total != o.Size {
		return nil, nil
	}
	slices.SortFunc(parts, func(a, b numbered) int { return cmp.Compare(a.n, b.n) })
	out := make([]storage.Part, len(parts))
	for i, part := range parts {
		out[i] = part.Part
	}
	s.remember(o)
	return out, nil
}

func partNumber(name string) (n int, ok bool) {
	n, err := strconv.Atoi(name)
	return n, err == nil
}
