package lang_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/backstay/backstay/schema/diag"
	"github.com/backstay/backstay/schema/lang"
)

var marked = regexp.MustCompile(`# ERROR: (.*)$`)

// Every mistake in testdata/error-files is found, on the line that says so, and
// nothing else is; in JSON syntax the same mistakes are found.
func TestErrorFiles(t *testing.T) {
	paths, err := filepath.Glob("testdata/error-files/*.backstay.hcl")
	if err != nil || len(paths) == 0 {
		t.Fatal("no error files", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".backstay.hcl"), func(t *testing.T) {
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			native := fstest.MapFS{"main.backstay.hcl": {Data: src}}
			cfg, _, diags := lang.LoadFS(native, "/conf", lang.Options{Version: "0.3.1"})
			if cfg != nil {
				t.Error("a configuration came out of a file with mistakes")
			}
			compare(t, expected(string(src)), found(diags), diags)
			for _, d := range diags {
				wellFormed(t, d)
			}
			if twin, ok := jsonTwin(t, native); ok && !strings.HasPrefix(string(src), "# Native syntax only") {
				_, _, twinDiags := lang.LoadFS(twin, "/conf", lang.Options{Version: "0.3.1"})
				compare(t, codes(diags), codes(twinDiags), twinDiags)
			}
		})
	}
}

func expected(src string) []string {
	var out []string
	for i, line := range strings.Split(src, "\n") {
		if m := marked.FindStringSubmatch(line); m != nil {
			for _, summary := range strings.Split(m[1], "; ") {
				out = append(out, fmt.Sprintf("line %d: %s", i+1, summary))
			}
		}
	}
	slices.Sort(out)
	return out
}

func found(diags diag.List) []string {
	var out []string
	for _, d := range diags {
		line := 0
		if d.Range != nil {
			line = d.Range.Start.Line
		}
		out = append(out, fmt.Sprintf("line %d: %s", line, d.Summary))
	}
	slices.Sort(out)
	return out
}

func codes(diags diag.List) []string {
	var out []string
	for _, d := range diags {
		out = append(out, d.Code)
	}
	slices.Sort(out)
	return out
}

func compare(t *testing.T, want, got []string, diags diag.List) {
	t.Helper()
	if slices.Equal(want, got) {
		return
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("not found: %s", w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("not expected: %s", g)
		}
	}
	t.Errorf("want %d diagnostics, got %d:\n%s", len(want), len(got), printDiags(diags))
}

// wellFormed holds every diagnostic to the rules that all share.
func wellFormed(t *testing.T, d diag.Diagnostic) {
	t.Helper()
	if d.Code == "" || d.Summary == "" || d.Detail == "" || d.Range == nil || d.Snippet == nil {
		t.Errorf("incomplete: %+v", d)
	}
	if strings.ContainsAny(d.Summary, `"'.`) {
		t.Errorf("the summary %q should be fixed text without a full stop", d.Summary)
	}
	if !strings.HasSuffix(d.Detail, ".") && !strings.HasSuffix(d.Detail, "?") {
		t.Errorf("the detail %q is not a sentence", d.Detail)
	}
	if strings.Contains(fmt.Sprint(d.Snippet.Values), "s3cr3t") {
		t.Errorf("a sensitive value is shown: %+v", d.Snippet.Values)
	}
}
