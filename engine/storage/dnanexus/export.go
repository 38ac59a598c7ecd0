package dnanexus

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

// exportFormat names the form of an export, for whoever reads one in years.
const exportFormat = "dnanexus-object-1"

// general are the keys of every export; ownKeys are those of a class besides.
// Together they are what the platform's method "new" takes to make the object
// again, and where it came from.
var (
	general = []string{"class", "id", "name", "tags", "types", "properties", "hidden", "details", "created", "createdBy"}
	ownKeys = map[string][]string{
		"record": {"state"},
		"applet": {
			"title", "summary", "description", "developerNotes", "categories", "inputSpec", "outputSpec", "runSpec", "access", "dxapi", "ignoreReuse",
			"regionalOptions", "treeTurnaroundTimeThreshold",
		},
		"app": {
			"version", "title", "summary", "description", "developerNotes", "categories", "inputSpec", "outputSpec", "runSpec", "access", "dxapi",
			"ignoreReuse", "regionalOptions", "treeTurnaroundTimeThreshold", "billTo", "developers", "authorizedUsers", "openSource", "httpsApp",
			"lineItemPerTest",
		},
		"workflow": {
			"state", "title", "summary", "description", "dxapi", "outputFolder", "inputs", "outputs", "stages", "ignoreReuse",
			"treeTurnaroundTimeThreshold", "temporary",
		},
	}
)

// export makes the canonical export of an object from its whole description:
// indented JSON, keys sorted, numbers as the platform wrote them. The same
// object gives the same bytes at every listing.
func export(described map[string]json.RawMessage) ([]byte, error) {
	class, err := textOf(described["class"])
	if err != nil {
		return nil, err
	}
	out := map[string]any{"format": exportFormat}
	for _, key := range slices.Concat(general, ownKeys[class]) {
		raw, ok := described[key]
		if !ok || string(raw) == "null" {
			continue
		}
		if out[key], err = loose(raw); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	for _, key := range []string{"tags", "types"} { // sets, in whatever order
		if list, ok := out[key].([]any); ok {
			slices.SortFunc(list, func(a, b any) int { return bytes.Compare(fmt.Append(nil, a), fmt.Append(nil, b)) })
		}
	}
	return plainJSON(out, "  ")
}

func textOf(raw json.RawMessage) (s string, err error) {
	if err = json.Unmarshal(raw, &s); err != nil {
		return "", fmt.Errorf("a description without a class: %w", err)
	}
	return s, nil
}

// loose decodes JSON and leaves numbers as they are written.
func loose(raw json.RawMessage) (value any, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	err = d.Decode(&value)
	return value, err
}

func plainJSON(value any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	if indent == "" {
		return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
	}
	return b.Bytes(), nil
}

// whole asks for everything that an export of one object holds. A program's code
// comes with "get" alone.
func (s *Source) whole(ctx context.Context, class, id string) (map[string]json.RawMessage, error) {
	if class == "app" {
		return s.getApp(ctx, id)
	}
	method, ask := "describe", map[string]any{"project": s.project.ID, "details": true, "properties": true}
	if class == "applet" {
		method, ask = "get", map[string]any{"project": s.project.ID}
	}
	var described map[string]json.RawMessage
	if err := s.c.Call(ctx, id, method, ask, &described); err != nil {
		return nil, fmt.Errorf("export %s: %w", id, err)
	}
	if class != "applet" {
		return described, nil
	}
	return s.complete(ctx, id, described)
}

// complete adds what "get" may leave out of an applet: metadata of its copy in
// the project.
func (s *Source) complete(ctx context.Context, id string, got map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	var described map[string]json.RawMessage
	ask := wire.Fields(general...)
	ask["project"] = s.project.ID
	if err := s.c.Call(ctx, id, "describe", ask, &described); err != nil {
		return nil, fmt.Errorf("export %s: %w", id, err)
	}
	for key, value := range described {
		got[key] = value
	}
	return got, nil
}

// exportSize is the length of an object's export, for its entry.
func (s *Source) exportSize(ctx context.Context, class, id string) (int64, error) {
	described, err := s.whole(ctx, class, id)
	if err != nil {
		return 0, err
	}
	text, err := export(described)
	return int64(len(text)), err
}

// openExport opens an export. o was described just before: what changed between
// that and the export is seen by Unchanged.
func (s *Source) openExport(ctx context.Context, e storage.Entry, o *wire.Object) (storage.Content, error) {
	described, err := s.whole(ctx, o.Class, o.ID)
	if err != nil {
		return nil, err
	}
	text, err := export(described)
	if err != nil {
		return nil, fmt.Errorf("export %q: %w", e.Path, err)
	}
	if int64(len(text)) != e.Size {
		return nil, fmt.Errorf("export %q: %w", e.Path, storage.ErrChanged)
	}
	unchanged := func() error {
		now, err := s.look(context.WithoutCancel(ctx), e)
		if err == nil && now.Modified != o.Modified {
			err = fmt.Errorf("export %q: %w", e.Path, storage.ErrChanged)
		}
		return err
	}
	return &exportContent{Reader: bytes.NewReader(text), unchanged: unchanged}, nil
}

type exportContent struct {
	io.Reader
	unchanged func() error
}

func (c *exportContent) Close() error     { return nil }
func (c *exportContent) Unchanged() error { return c.unchanged() }
