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
	return append(ds, ps.apart()...)
}

// apart refuses a destination that lies inside another one: the keys of one
// would be those of the other.
func (ps *places) apart() (ds diag.List) {
	for i, p := range ps.list {
		for _, other := range ps.list[:i] {
			a, ok := location(p.driver)
			b, more := location(other.driver)
			if ok && more && (within(a, b) || within(b, a)) {
				ds = append(ds, diag.Diagnostic{
					Severity: diag.Error, Code: "destinations_overlap", Summary: "Destinations overlap",
					Detail: fmt.Sprintf("%s lies at %s and %s at %s: one is inside the other, so that one disk holds both and the copies of one lie among the keys of the other. Give each a place of its own.",
						p.address, a, other.address, b),
					Address: p.address, Range: at(p.d.Origin.At("path")),
				})
			}
		}
	}
	return ds
}

// reserved refuses a folder that lies inside a destination, or holds one: what
// is restored there would lie among copies, or over them.
func reserved(folder string, cfg *schema.Configuration) error {
	folder = realPath(folder)
	for _, d := range cfg.Destinations {
		place := option(d.Options, "path")
		if d.Addr.Type != "filesystem" || place == "" {
			continue
		}
		if place = realPath(place); within(folder, place) || within(place, folder) {
			return diag.Fail(diag.Diagnostic{
				Severity: diag.Error, Code: "restore_into_destination", Summary: "Restore target overlaps a destination",
				Detail:  fmt.Sprintf("Objects would be restored to %s, and %s keeps its copies at %s. They would lie among the copies, or over them. Choose a folder elsewhere.", folder, d.Addr, place),
				Address: d.Addr.String(), Range: at(d.Origin.At("path")),
			})
		}
	}
	return nil
}

// realPath resolves links in the part of a path that exists.
func realPath(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real
	}
	parent, name := filepath.Split(strings.TrimSuffix(abs, string(filepath.Separator)))
	if parent == "" || name == "" {
		return abs
	}
	return filepath.Join(realPath(parent), name)
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
