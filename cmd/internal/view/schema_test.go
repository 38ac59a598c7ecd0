package view

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemas keeps what was compiled: each is used by many tests.
var schemas = map[string]*jsonschema.Schema{}

// compiled is a shipped schema by name.
func compiled(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	if schemas[name] == nil {
		schemas[name] = compile(t, name)
	}
	return schemas[name]
}

func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	err := fs.WalkDir(Schemas, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(Schemas, file)
		if err != nil {
			return err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			return err
		}
		seal(doc)
		return c.AddResource("https://github.com/backstay/backstay/cmd/internal/view/schemas/"+path.Base(file), doc)
	})
	must(t, err)
	s, err := c.Compile("https://github.com/backstay/backstay/cmd/internal/view/schemas/" + name + ".json")
	must(t, err)
	return s
}

// seal forbids members that a schema does not name. The shipped schemas allow
// them, for later versions; here one would be a member without documentation.
func seal(schema any) {
	switch s := schema.(type) {
	case map[string]any:
		if _, ok := s["properties"].(map[string]any); ok {
			s["additionalProperties"] = false
		}
		for _, v := range s {
			seal(v)
		}
	case []any:
		for _, v := range s {
			seal(v)
		}
	}
}

// conforms holds a document, or every line of JSON Lines, against its schema.
// The document's last member, or the last line's, is "complete".
func conforms(t *testing.T, name string, got []byte) {
	t.Helper()
	s := compiled(t, name)
	docs := [][]byte{got}
	if strings.Contains(string(got), "\n{\"type\":") {
		docs = bytes.Split(bytes.TrimSpace(got), []byte("\n"))
	}
	for _, doc := range docs {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, doc)
		}
		if err := s.Validate(v); err != nil {
			t.Errorf("%s: %v\n%s", name, err, doc)
		}
	}
	if last := lastMember(t, docs[len(docs)-1]); last != "complete" {
		t.Errorf("%s: the last member is %q", name, last)
	}
}

func lastMember(t *testing.T, doc []byte) string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(doc))
	depth, last, key := 0, "", true
	for {
		token, err := d.Token()
		if err != nil {
			return last
		}
		switch v := token.(type) {
		case json.Delim:
			if v == '{' || v == '[' {
				depth++
			} else {
				depth--
			}
			key = depth == 1
		case string:
			if depth == 1 && key {
				last, key = v, false
				continue
			}
			key = depth == 1
		default:
			key = depth == 1
		}
	}
}

// Every schema compiles and asks for something.
func TestSchemas(t *testing.T) {
	files, err := fs.Glob(Schemas, "schemas/*.json")
	must(t, err)
	empty, err := jsonschema.UnmarshalJSON(strings.NewReader("{}"))
	must(t, err)
	for _, f := range files {
		name := strings.TrimSuffix(path.Base(f), ".json")
		if name != "common" && compiled(t, name).Validate(empty) == nil {
			t.Errorf("%s accepts an empty object", name)
		}
	}
}
