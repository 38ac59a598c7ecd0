package dnanexus

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

const millisecond = int64(time.Millisecond)

// mtimeOf is the instant, in ns, that an entry shows as its time of change. A
// file's content never changes, so that is when it was made: neither a new name
// nor a new tag looks like new content. What is exported carries its metadata in
// its content, and changes with it.
func mtimeOf(o *wire.Object) int64 {
	if o.Class == "file" {
		return o.Created * millisecond
	}
	return o.Modified * millisecond
}

// factsOf is what selectors and destinations see of an object. owners are the
// members of the account that keeps it; nil says that nobody knows them.
func factsOf(o *wire.Object, owners map[string]bool) *storage.Facts {
	properties := o.Properties
	if len(properties) == 0 {
		properties = nil // as what has no tags has no list of them
	}
	return &storage.Facts{
		Class: o.Class, Project: o.Project, Tags: inOrder(o.Tags), Types: inOrder(o.Types), Properties: properties,
		Tier: storage.Tier(o.Archival), Created: o.Created * millisecond, CreatedBy: makerOf(o),
		Shared: owners != nil && o.CreatedBy.User != "" && !owners[o.CreatedBy.User],
	}
}

// inOrder gives a sorted copy, nil of nothing.
func inOrder(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return slices.Sorted(slices.Values(list))
}

// makerOf names who made an object, and by which job.
func makerOf(o *wire.Object) string {
	if o.CreatedBy.Job == "" {
		return o.CreatedBy.User
	}
	return o.CreatedBy.User + " " + o.CreatedBy.Job
}

// remember keeps what Open described until Details asks for it, so that a copy
// costs one description. What nobody asks for is forgotten.
func (s *Source) remember(o wire.Object) {
	const most = 4096
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= most {
		clear(s.known)
	}
	o.Parts = nil
	s.known[o.ID] = o
}

func (s *Source) recall(id string) (wire.Object, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.known[id]
	delete(s.known, id)
	return o, ok
}

// Details give an object's metadata as extended attributes "user.dnanexus.*", so
// that it lies in catalogues, survives a restore to a disk, and comes back with
// a restore to a project; and its facts for destinations that keep such beside
// the bytes. Folders have neither.
func (s *Source) Details(ctx context.Context, e storage.Entry) (storage.Details, error) {
	if err := context.Cause(ctx); err != nil || e.Kind != storage.File {
		return storage.Details{}, err
	}
	o, ok := s.recall(e.ID)
	if !ok {
		var err error
		if o, err = s.look(ctx, e); err != nil {
			return storage.Details{}, err
		}
	}
	attributes, err := attributesOf(&o)
	return storage.Details{Xattrs: attributes, Facts: factsOf(&o, nil)}, err
}

// attributePrefix begins the names of metadata. A system that keeps extended
// attributes takes them under this name from any user.
const attributePrefix = "user.dnanexus."

// attributesOf is the metadata of an object; what is empty is left out. Lists
// and maps are JSON.
func attributesOf(o *wire.Object) (map[string]string, error) {
	out := map[string]string{}
	put := func(name, value string) {
		if value != "" {
			out[attributePrefix+name] = value
		}
	}
	put("id", o.ID)
	put("project", o.Project)
	put("class", o.Class)
	put("name", o.Name)
	put("folder", o.Folder)
	put("media", o.Media)
	put("created", time.UnixMilli(o.Created).UTC().Format(time.RFC3339Nano))
	put("created_by", o.CreatedBy.User)
	put("job", o.CreatedBy.Job)
	put("executable", o.CreatedBy.Executable)
	if o.Hidden {
		put("hidden", strconv.FormatBool(true))
	}
	for name, value := range map[string]any{"tags": inOrder(o.Tags), "types": inOrder(o.Types), "properties": maps.Clone(o.Properties)} {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("metadata of %s: %w", o.ID, err)
		}
		if t := string(text); t != "null" && t != "{}" && t != "[]" {
			put(name, t)
		}
	}
	details, err := canonical(o.Details)
	if err != nil {
		return nil, fmt.Errorf("details of %s: %w", o.ID, err)
	}
	if o.Class == "file" && details != "{}" { // an export has them in its content
		put("details", details)
	}
	return out, nil
}

// canonical writes JSON in one form: keys sorted, no white space, numbers as
// they were.
func canonical(raw json.RawMessage) (string, error) {
	if len(raw) == 0 {
		return "", nil
	}
	value, err := loose(raw)
	if err != nil {
		return "", err
	}
	text, err := plainJSON(value, "")
	return string(text), err
}
