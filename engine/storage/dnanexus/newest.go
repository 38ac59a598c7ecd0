package dnanexus

import (
	"context"
	"fmt"
	"strings"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

var _ storage.Dated = (*Destination)(nil)

// Newest asks for the files of one folder that were made last: one call,
// whatever lies there. When a file was made never changes.
func (d *Destination) Newest(ctx context.Context, prefix string, most int) ([]string, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	ask := map[string]any{
		"class": "file", "state": "any", "visibility": "either", "describe": seen, "limit": min(most, wire.PageSize),
		"scope":  d.scope("/"+keyText(strings.TrimSuffix(prefix, "/")), false),
		"sortBy": map[string]any{"field": "created", "ordering": "descending"},
	}
	var a answer
	if err := d.c.Call(ctx, "system", "findDataObjects", ask, &a); err != nil {
		if err = d.missing(ctx, err); err != nil {
			return nil, fmt.Errorf("list what was made last below %q: %w", prefix, err)
		}
	}
	var keys []string
	for i := range a.Results {
		o := &a.Results[i].Describe
		if key, ok := keyOf(o.Folder, o.Name); ok && isCopy(o) && strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}
