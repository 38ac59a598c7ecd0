package main

import (
	"bytes"
	"io/fs"
	"path"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/backstay/backstay/cmd/internal/view"
)

// conforms holds the last stdout against a shipped JSON Schema: one document,
// or JSON Lines.
func conforms(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: conforms SCHEMA")
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	files, err := fs.Glob(view.Schemas, "schemas/*.json")
	ts.Check(err)
	for _, f := range files {
		raw, err := fs.ReadFile(view.Schemas, f)
		ts.Check(err)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		ts.Check(err)
		ts.Check(c.AddResource("https://github.com/backstay/backstay/cmd/internal/view/schemas/"+path.Base(f), doc))
	}
	schema, err := c.Compile("https://github.com/backstay/backstay/cmd/internal/view/schemas/" + args[0] + ".json")
	ts.Check(err)
	docs := []string{ts.ReadFile("stdout")}
	if strings.HasPrefix(docs[0], `{"type":`) {
		docs = strings.Split(strings.TrimSpace(docs[0]), "\n")
	}
	for _, doc := range docs {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(doc))
		ts.Check(err)
		ts.Check(schema.Validate(v))
	}
}
