package policy

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// compileWhole compiles the whole library beside a set.
func compileWhole(t *testing.T, s Set) *Engine {
	t.Helper()
	e := newEngine(s)
	diags := append(e.load(s, false), e.parseAll()...)
	diags = append(append(diags, e.link(t.Context())...), e.choose(s)...)
	if diags = append(append(diags, e.checkRules()...), e.seal(s)...); len(diags) > 0 {
		t.Fatalf("%+v", diags)
	}
	return e
}

// TestListed holds what the text of a shipped control says of it against what
// parsing gives, for each file.
func TestListed(t *testing.T) {
	e := compileWhole(t, Set{Config: &schema.Configuration{}, Files: noFiles{}})
	for _, m := range e.sets[0].modules {
		c := e.byID[m.id]
		switch {
		case strings.HasPrefix(m.base, "lib/"):
			if m.id != "" {
				t.Errorf("%s is a helper and has the id %s", m.base, m.id)
			}
		case c == nil:
			t.Errorf("%s has the id %q, which is no control", m.base, m.id)
		case !c.pkg.Equal(controlPackage(m.id)) || !c.pkg.Equal(m.parsed.Package.Path):
			t.Errorf("%s has the id %s and the package %s", m.base, m.id, c.pkg)
		}
	}
}

// TestLeanIsWhole holds that it makes no difference to a report, to the digest
// and to what is told of controls, whether the rest of the library is compiled.
func TestLeanIsWhole(t *testing.T) {
	for _, name := range []string{safetyPack, "core"} {
		s := Set{Config: withPack(t, fileTree(t), name), Files: fstest.MapFS{}}
		lean, whole := compileSet(t, s), compileWhole(t, s)
		if !lean.lean || whole.lean || len(lean.compiler.Modules) >= len(whole.compiler.Modules) {
			t.Fatalf("%s: %d modules of %d", name, len(lean.compiler.Modules), len(whole.compiler.Modules))
		}
		if lean.Digest() != whole.Digest() {
			t.Errorf("%s: digests differ", name)
		}
		if got, want := lean.Controls(), whole.Controls(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: controls are told otherwise", name)
		}
		if got, want := sortedKeys(lean.byID), sortedKeys(whole.byID); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: ids are %v, want %v", name, got, want)
		}
		got, err := lean.Config(t.Context(), testNow)
		want, err2 := whole.Config(t.Context(), testNow)
		if err != nil || err2 != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v %v, got %+v, want %+v", name, err, err2, got, want)
		}
		for i, c := range lean.controls {
			for j, r := range c.rules {
				if lean.identity(r) != whole.identity(whole.controls[i].rules[j]) {
					t.Errorf("%s: a rule %s of %s is another", name, r.name, c.id)
				}
			}
		}
	}
}

// TestQueriesAreOPAs holds the queries that ask rules against those that OPA's
// compiler makes.
func TestQueriesAreOPAs(t *testing.T) {
	e := compileSet(t, withRego(t, withPack(t, fileTree(t), "core"), map[string]string{"a.rego": `package backstay.own
deny contains "x" if input.change.removes
warn := "y" if input.change.removes
violation[msg] if { input.change.removes; msg := "z" }
`}))
	for _, c := range e.controls {
		for _, r := range c.rules {
			for _, body := range []ast.Body{r.body, r.partial} {
				want, err := e.compiler.QueryCompiler().Compile(body.Copy())
				if err != nil || !body.Equal(want) {
					t.Errorf("%s: %s, want %s: %v", c.id, body, want, err)
				}
			}
		}
	}
}

// TestReachingControls holds which Rego has all controls compiled beside it:
// what could name one of them, in whatever way.
func TestReachingControls(t *testing.T) {
	for text, reaches := range map[string]bool{
		`deny contains "x" if input.change.removes`:                                    false,
		"import data.backstay.lib\ndeny contains \"x\" if lib.attested(\"a\")":         false,
		`deny contains "x" if data.backstay_data.retention`:                            false,
		`deny contains "x" if data.backstay.own.limit`:                                 false,
		`deny contains "x" if data.limits[input.phase]`:                                false,
		`deny contains x if some x in data.backstay.control.ret_9.deny`:                true,
		"import data.backstay.control.ret_9\ndeny contains x if some x in ret_9.deny":  true,
		"import data.backstay.control\ndeny contains x if some x in control.ret_9.y":   true,
		"import data.backstay as b\ndeny contains x if some x in b.control.ret_9.deny": true,
		`deny contains x if some x in data["backstay"]["control"].ret_9.deny`:          true,
		`deny contains x if some x in data.backstay[_].ret_9.deny`:                     true,
		`deny contains x if some x in data[input.phase].control.ret_9.deny`:            true,
		`deny contains x if some x in data.backstay[concat("", ["con", "trol"])]`:      true,
		`deny contains x if { b := data.backstay; some x in b.control.ret_9.deny }`:    true,
		`deny contains x if { d := data; some x in d.backstay.control.ret_9.deny }`:    true,
		`deny contains x if walk(data, [_, x])`:                                        true,
		`deny contains x if walk(data.backstay, [_, x])`:                               true,
		`deny contains "x" if not data.backstay.control.ret_9.deny`:                    true,
		`deny contains "x" if input.phase == "plan" with data.backstay.control as {}`:  true,
		"deny := \"x\" if false else := data.backstay.control.ret_9.title":             true,
		`deny contains [x | some x in data.backstay.control.ret_9.deny][0]`:            true,
		`deny contains "x" if every x in data.backstay.control { x == 1 }`:             true,
		`x[data.backstay.control.ret_9.title] := 1`:                                    true,
	} {
		m, diags := parseModule("a.rego", []byte("package backstay.own\n"+text), &set{})
		if len(diags) > 0 {
			t.Errorf("%s: %+v", text, diags)
		} else if got := m.mayReachControls(); got != reaches {
			t.Errorf("%s: reaches controls: %t", text, got)
		}
	}
}

// TestReferredControls compiles what a set refers to: what nobody chose, through
// another control, and by Rego that is not the library's.
func TestReferredControls(t *testing.T) {
	e := compileSet(t, Set{Config: withPack(t, fileTree(t), "gdpr"), Files: fstest.MapFS{}})
	if c := e.byID["RET-1"]; len(c.rules) == 0 || e.control("RET-1") != nil {
		t.Errorf("RET-1, which RET-3 refers to: %d rules", len(c.rules))
	}
	e = compileSet(t, withRego(t, fileTree(t), map[string]string{
		"a.rego": "package backstay.own\ndeny contains x if some x in data.backstay.control.ret_9.deny",
	}))
	if e.lean || len(e.byID["RET-9"].rules) == 0 {
		t.Error("RET-9, which a user's rule refers to, is not compiled")
	}
}

// TestChosenIsCompiled holds that a control which is chosen and not compiled is
// an error, in whichever way it was chosen.
func TestChosenIsCompiled(t *testing.T) {
	house, diags := organisationSet(fstest.MapFS{manifestName: {Data: []byte(`{"packs": ["cost"], "controls": [{"id": "RET-9"}]}`)}}, "house")
	if len(diags) > 0 {
		t.Fatalf("%+v", diags)
	}
	for id, by := range map[string]string{"CHG-1": "safety", "PRIV-1": "a block's pack", "LOC-5": "the organisation's pack", "RET-9": "the organisation"} {
		s := Set{Config: withPack(t, fileTree(t), "gdpr"), Files: fstest.MapFS{}}
		e := newEngine(s)
		diags := e.load(s, false)
		e.sets = append(e.sets, house)
		chosen := e.named(s)
		if !chosen[id] {
			t.Errorf("%s, chosen by %s, is not named", id, by)
		}
		delete(chosen, id)
		if diags = append(append(diags, e.pick(chosen)...), e.link(t.Context())...); len(diags) > 0 {
			t.Fatalf("%+v", diags)
		}
		diags = e.choose(s)
		if !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == "policy_internal" && strings.Contains(d.Detail, id) }) {
			t.Errorf("%s, chosen by %s and lost: %+v", id, by, diags)
		}
	}
}
