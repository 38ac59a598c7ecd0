package engine

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// apart refuses a destination that lies inside a source, or a source inside a
// destination, whatever links the paths go through: copies would be copied
// again without end, and a restore in place would write over them.
func (e *Engine) apart(cfg *schema.Configuration, sources map[string]storage.Source, ps *places) (ds diag.List) {
	for _, s := range cfg.Sources {
		from, ok := location(sources[s.Addr.Instance()])
		if !ok {
			continue
		}
		for _, p := range ps.list {
			to, ok := location(p.driver)
			if !ok {
				continue
			}
			if within(to, from) || within(from, to) {
				ds = append(ds, diag.Diagnostic{
					Severity: diag.Error, Code: "destination_inside_source", Summary: "Source and destination overlap",
					Detail: fmt.Sprintf("%s lies at %s and %s at %s: one is inside the other, so copies would be taken for objects to copy. Give the destination a place of its own.",
						p.address, to, s.Addr, from),
					Address: p.address, Range: at(p.d.Origin.At("path")),
				})
			}
		}
	}
	return ds
}

func location(v any) (string, bool) {
	l, ok := v.(storage.Located)
	if !ok || l == nil {
		return "", false
	}
	path, _, err := l.Location()
	return path, err == nil
}

// within tells whether path is root or lies below it.
func within(path, root string) bool {
	rel, err := filepath.Rel(root, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
