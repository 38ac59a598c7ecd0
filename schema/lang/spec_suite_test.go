package lang_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/backstay/backstay/schema/diag"
	"github.com/backstay/backstay/schema/lang"
)

var update = flag.Bool("update", false, "rewrite the golden parts of testdata and spec.md")

// The suite is data: each file of testdata/spec is one case. Its parts are the
// configuration's files, a twin in JSON syntax below json/, options, and what
// must come out: want.json, the canonical text, or want.diags.
func TestSpecSuite(t *testing.T) {
	cases, err := filepath.Glob("testdata/spec/*.txtar")
	if err != nil || len(cases) < 18 {
		t.Fatalf("the suite is not there: %d cases, %v", len(cases), err)
	}
	for _, path := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { runCase(t, path) })
	}
}

func runCase(t *testing.T, path string) {
	ar, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	native, twin, want := fstest.MapFS{}, fstest.MapFS{}, map[string]string{}
	var opts lang.Options
	for _, f := range ar.Files {
		switch {
		case strings.HasPrefix(f.Name, "want."):
			want[f.Name] = string(f.Data)
		case f.Name == "options":
			opts = options(t, f.Data)
		case strings.HasPrefix(f.Name, "json/"):
			twin[strings.TrimPrefix(f.Name, "json/")] = &fstest.MapFile{Data: f.Data}
		default:
			native[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	text, diags := lang.Canonical(native, "/conf", opts)
	if cfg, _, _ := lang.LoadFS(native, "/conf", opts); cfg != nil {
		if want := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(text))); cfg.Digest != want {
			t.Errorf("the digest is %s, but that of the text is %s", cfg.Digest, want)
		}
	}
	got := map[string]string{}
	if text != "" {
		got["want.json"] = indent(t, text)
	}
	if len(diags) > 0 {
		got["want.diags"] = printDiags(diags)
	}
	if *update {
		rewrite(t, path, ar, got)
		return
	}
	for _, name := range []string{"want.json", "want.diags"} {
		if got[name] != want[name] {
			t.Errorf("%s differs.\ngot:\n%s\nwant:\n%s", name, got[name], want[name])
		}
	}
	if len(twin) > 0 {
		compareTwin(t, withOthers(twin, native), opts, text, diags)
	}
	if made, ok := jsonTwin(t, native); ok {
		compareTwin(t, made, opts, text, diags)
	}
}

// withOthers adds the files that are no configuration to a twin.
func withOthers(twin, native fstest.MapFS) fstest.MapFS {
	out := maps.Clone(twin)
	for name, f := range native {
		if !strings.HasSuffix(name, ".backstay.hcl") {
			out[name] = f
		}
	}
	return out
}

// compareTwin holds the JSON syntax to the native one: the same meaning, or the
// same mistakes.
func compareTwin(t *testing.T, twin fstest.MapFS, opts lang.Options, text string, diags diag.List) {
	t.Helper()
	got, gotDiags := lang.Canonical(twin, "/conf", opts)
	if got != text {
		t.Errorf("the JSON twin means something else.\ngot:\n%s\nwant:\n%s", got, text)
	}
	count := map[string]int{}
	for _, d := range diags {
		count[d.Code]++
	}
	for _, d := range gotDiags {
		count[d.Code]--
		if d.Code != "undeclared_variable" && (d.Range == nil || d.Range.Start.Line < 1) {
			t.Errorf("the JSON twin's diagnostic %s points nowhere", d.Code)
		}
	}
	for code, n := range count {
		if n != 0 {
			t.Errorf("the JSON twin finds %q a different number of times (%+d):\n%s", code, -n, printDiags(gotDiags))
		}
	}
}

func options(t *testing.T, raw []byte) lang.Options {
	t.Helper()
	var in struct {
		Version  string
		Vars     [][2]string
		Env      map[string]string
		VarFiles map[string]string
		Projects map[string]map[string]string
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		t.Fatal(err)
	}
	opts := lang.Options{
		Version:  in.Version,
		Env:      func(name string) (string, bool) { v, ok := in.Env[name]; return v, ok },
		ReadFile: func(path string) ([]byte, error) { return []byte(in.VarFiles[path]), nil },
	}
	for _, v := range in.Vars {
		opts.Vars = append(opts.Vars, lang.VarAssignment{Name: v[0], Value: v[1]})
	}
	for _, name := range []string{"first.backstayvars", "second.backstayvars"} {
		if _, ok := in.VarFiles[name]; ok {
			opts.VarFiles = append(opts.VarFiles, name)
		}
	}
	if in.Projects != nil {
		opts.Lookup = func(lang.Query) (map[string]map[string]string, error) { return in.Projects, nil }
	}
	return opts
}

func indent(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		t.Fatal(err)
	}
	return b.String() + "\n"
}

func printDiags(list diag.List) string {
	var b strings.Builder
	for _, d := range list {
		place := "-"
		if r := d.Range; r != nil {
			place = fmt.Sprintf("%s:%d,%d-%d,%d", r.Filename, r.Start.Line, r.Start.Column, r.End.Line, r.End.Column)
		}
		fmt.Fprintf(&b, "%s %s %s %q\n", d.Severity, place, d.Code, d.Summary)
		if d.Address != "" {
			fmt.Fprintf(&b, "  at %s\n", d.Address)
		}
		fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(d.Detail, "\n", "\n  "))
		if d.Snippet != nil {
			fmt.Fprintf(&b, "  > %s\n", strings.ReplaceAll(mark(d.Snippet), "\n", "\n  > "))
			for _, v := range d.Snippet.Values {
				fmt.Fprintf(&b, "  %s is %s\n", v.Expression, v.Statement)
			}
		}
	}
	return b.String()
}

// mark shows a snippet with its highlighted part in angle quotes.
func mark(s *diag.Snippet) string {
	return s.Code[:s.HighlightStart] + "«" + s.Code[s.HighlightStart:s.HighlightEnd] + "»" + s.Code[s.HighlightEnd:]
}

func rewrite(t *testing.T, path string, ar *txtar.Archive, got map[string]string) {
	t.Helper()
	var files []txtar.File
	for _, f := range ar.Files {
		if !strings.HasPrefix(f.Name, "want.") {
			files = append(files, f)
		}
	}
	for _, name := range []string{"want.json", "want.diags"} {
		if got[name] != "" {
			files = append(files, txtar.File{Name: name, Data: []byte(got[name])})
		}
	}
	ar.Files = files
	if err := os.WriteFile(path, txtar.Format(ar), 0o644); err != nil {
		t.Fatal(err)
	}
}
