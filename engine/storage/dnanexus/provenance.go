package dnanexus

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema/addr"
)

// Deep copies lose where they come from: who made the object, by which job,
// with which tags and types. So it is written beside the bytes, whole into the
// copy's details, and what one searches for into its properties.

// maxProperty is how many bytes the value of a property has at most; the
// platform tells no bound, and longer texts stand in the details.
const maxProperty = 700

// details is the JSON that a copy carries. Properties are pairs, because a map
// with a member that the platform reads as a link would become one.
func details(p *storage.Provenance) map[string]any {
	text, b64 := addr.PathJSON(p.Path)
	d := map[string]any{
		"source": p.Source, "system": p.System, "path": text, "id": p.ID, "digest": p.Digest,
		"size": p.Size, "mtime": p.MTime, "run": p.Run,
	}
	if b64 != "" {
		d["path_b64"] = b64
	}
	if f := p.Facts; f != nil {
		d["class"], d["project"], d["created"], d["created_by"] = f.Class, f.Project, f.Created, f.CreatedBy
		d["tags"], d["types"] = texts(f.Tags), texts(f.Types)
		pairs := make([][2]string, 0, len(f.Properties))
		for name, value := range f.Properties {
			pairs = append(pairs, [2]string{name, value})
		}
		slices.SortFunc(pairs, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
		d["properties"] = pairs
	}
	return map[string]any{"backstay": d}
}

func texts(all []string) []string {
	if all == nil {
		return []string{}
	}
	return all
}

// marks are the properties that make a staged file a copy: the marks of staging
// go, and what one searches for comes.
func marks(p *storage.Provenance) map[string]any {
	m := map[string]any{attemptProperty: nil}
	if p == nil {
		return m
	}
	text, _ := addr.PathJSON(p.Path)
	all := map[string]string{
		"backstay_source": p.Source, "backstay_path": text, "backstay_id": p.ID, "backstay_run": p.Run,
	}
	if algorithm, sum, ok := strings.Cut(p.Digest, ":"); ok {
		all["backstay_"+algorithm] = sum
	}
	if f := p.Facts; f != nil {
		all["backstay_project"], all["backstay_created_by"] = f.Project, f.CreatedBy
		for name, value := range labels(f) {
			if value != nil {
				m[name] = value
			}
		}
	}
	for name, value := range all {
		if value != "" && len(value) <= maxProperty {
			m[name] = value
		}
	}
	return m
}

// labels are the tags and properties of the source's object, as JSON in
// properties of the copy; nil takes away what was there. They are no tags of the
// copy: who tags files at the source does not mean the copies.
func labels(f *storage.Facts) map[string]any {
	out := map[string]any{"backstay_tags": nil, "backstay_properties": nil}
	for name, value := range map[string]any{"backstay_tags": f.Tags, "backstay_properties": f.Properties} {
		text, err := json.Marshal(value)
		if t := string(text); err == nil && t != "null" && t != "[]" && t != "{}" && len(t) <= maxProperty {
			out[name] = t
		}
	}
	return out
}

var _ storage.Labelled = (*Destination)(nil)

// Label writes tags and properties that changed at the source to a copy's
// properties. Its details tell of the time at which it was made: a closed file
// keeps them for good.
func (d *Destination) Label(ctx context.Context, o storage.Object, f *storage.Facts) error {
	have, err := d.holder(ctx, o.Key)
	if err != nil {
		return err
	}
	if o.ID != "" && have.ID != o.ID {
		return fmt.Errorf("label %q: %w", o.Key, storage.ErrChanged)
	}
	return d.c.Call(ctx, have.ID, "setProperties", map[string]any{"project": d.project, "properties": labels(f)}, nil)
}
