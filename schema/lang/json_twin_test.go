package lang_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// jsonTwin translates a configuration in native syntax to JSON syntax: every
// expression becomes a template with that expression alone. It gives up on
// files that cannot be parsed.
func jsonTwin(t *testing.T, native fstest.MapFS) (fstest.MapFS, bool) {
	t.Helper()
	out := fstest.MapFS{}
	for name, f := range native {
		base, ok := strings.CutSuffix(name, ".backstay.hcl")
		if !ok || strings.HasPrefix(name, ".") {
			out[name] = f
			continue
		}
		parsed, hd := hclsyntax.ParseConfig(f.Data, name, hcl.InitialPos)
		if hd.HasErrors() {
			return nil, false
		}
		text, err := json.Marshal(twinBody(parsed.Body.(*hclsyntax.Body), f.Data))
		if err != nil {
			t.Fatal(err)
		}
		out[base+".backstay.json"] = &fstest.MapFile{Data: text}
	}
	return out, true
}

func twinBody(b *hclsyntax.Body, src []byte) map[string]any {
	out := map[string]any{}
	for name, a := range b.Attributes {
		out[name] = twinValue(name, a.Expr, src)
	}
	for _, inner := range b.Blocks {
		var v any = twinBody(inner.Body, src)
		for i := len(inner.Labels) - 1; i >= 0; i-- {
			v = map[string]any{inner.Labels[i]: v}
		}
		list, _ := out[inner.Type].([]any)
		out[inner.Type] = append(list, v)
	}
	return out
}

// static attributes are read without being evaluated, which in JSON is written
// without ${ }.
var static = map[string]bool{"from": true, "to": true, "targets": true, "hold": true}

func twinValue(name string, e hclsyntax.Expression, src []byte) any {
	text := string(e.Range().SliceBytes(src))
	if name == "type" || name == "iterator" {
		return text
	}
	if v, hd := e.Value(nil); !hd.HasErrors() && v.IsWhollyKnown() {
		raw, err := ctyjson.Marshal(v, v.Type())
		if err == nil {
			return json.RawMessage(raw)
		}
	}
	if list, ok := e.(*hclsyntax.TupleConsExpr); ok {
		out := []any{}
		for _, inner := range list.Exprs {
			out = append(out, twinValue(name, inner, src))
		}
		return out
	}
	if t, ok := e.(*hclsyntax.ScopeTraversalExpr); ok && static[name] {
		switch t.Traversal.RootName() {
		case "source", "destination", "backup", "hold":
			return text
		}
	}
	return "${" + text + "}"
}
