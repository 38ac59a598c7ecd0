package policy

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

func TestParameterOrder(t *testing.T) {
	list := func(words ...any) any { return append([]any{}, words...) }
	for _, c := range []struct {
		p             Parameter
		before, after any
		want          string
	}{
		{Parameter{Type: "number", Direction: "higher"}, 2.0, 3, "1 true"},
		{Parameter{Type: "number", Direction: "lower"}, 2.0, 3.0, "-1 true"},
		{Parameter{Type: "term", Direction: "higher"}, "7y", "6y", "-1 true"},
		{Parameter{Type: "term", Direction: "higher"}, "7y", "forever", "1 true"},
		{Parameter{Type: "boolean", Direction: "true"}, true, false, "-1 true"},
		{Parameter{Type: "boolean", Direction: "false"}, true, false, "1 true"},
		{Parameter{Type: "list", Direction: "superset"}, list("a"), list("a", "b"), "1 true"},
		{Parameter{Type: "list", Direction: "subset"}, list("a"), list("a", "b"), "-1 true"},
		{Parameter{Type: "list", Direction: "superset"}, list("a"), list("b"), "0 false"},
		{Parameter{Type: "list", Direction: "superset"}, list("a", "b"), list("b", "a"), "0 true"},
		{Parameter{Type: "string", Direction: "higher"}, "a", "b", "0 false"},
		{Parameter{Type: "string", Direction: "higher"}, "a", "a", "0 true"},
		{Parameter{Type: "number", Direction: "higher"}, 2.0, nil, "-1 true"},
		{Parameter{Type: "number", Direction: "higher"}, nil, 2.0, "1 true"},
		{Parameter{Type: "number", Direction: "higher"}, "x", 2.0, "0 false"},
	} {
		order, ok := c.p.Order(c.before, c.after)
		if got := fmt.Sprint(order, ok); got != c.want {
			t.Errorf("%s %s, %v to %v: %s, want %s", c.p.Type, c.p.Direction, c.before, c.after, got, c.want)
		}
	}
}

// Comments and layout change nothing; a rule, another file and data do.
func TestBrought(t *testing.T) {
	cfg := &schema.Configuration{Policies: []*schema.Policy{{Addr: addr.Resource{Kind: addr.Policy, Name: "mine"}, Path: "rules"}}}
	list := func(files map[string]string) string {
		fsys := fstest.MapFS{}
		for name, text := range files {
			fsys[name] = &fstest.MapFile{Data: []byte(text)}
		}
		e, ds := Compile(context.Background(), Set{Config: cfg, Files: fsys})
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		got, err := e.Brought()
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(got)
	}
	rule := "package backstay.mine\n\ndeny contains \"no\" if input.config.backups[_].owner == \"nobody\"\n"
	first := list(map[string]string{"rules/a.rego": rule})
	if same := list(map[string]string{"rules/a.rego": "# a comment\n" + rule + "\n\n"}); same != first {
		t.Errorf("a comment changes\n%s\nto\n%s", first, same)
	}
	for name, files := range map[string]map[string]string{
		"a rule": {"rules/a.rego": rule + "deny contains \"x\" if input.config.backups[_].owner == \"you\"\n"},
		"a file": {"rules/a.rego": rule, "rules/b.rego": rule},
		"data":   {"rules/a.rego": rule, "rules/d.json": `{"people": ["a"]}`},
	} {
		if list(files) == first {
			t.Errorf("%s changes nothing", name)
		}
	}
}
