package lang_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/backstay/backstay/schema/lang"
)

func TestFormat(t *testing.T) {
	paths, err := filepath.Glob("testdata/format/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range paths {
		ar, err := txtar.ParseFile(path)
		if err != nil || len(ar.Files) != 2 {
			t.Fatalf("%s: %v", path, err)
		}
		in, want := ar.Files[0].Data, string(ar.Files[1].Data)
		for _, src := range [][]byte{in, bytes.ReplaceAll(in, []byte("\n"), []byte("\r\n"))} {
			if bytes.Contains(src, []byte("\r\n")) && bytes.Contains(src, []byte("<<")) {
				continue // a carriage return in a heredoc is text
			}
			got, diags := lang.Format(src, "in.backstay.hcl")
			if string(got) != want || len(diags) != 0 {
				t.Errorf("%s gives\n%s\nwant\n%s\n%v", path, got, want, diags)
			}
		}
	}
}

// The examples and the suite's own files are written in canonical style.
func TestExamplesAreFormatted(t *testing.T) {
	paths, err := filepath.Glob("../../examples/*/*.backstay.hcl")
	if err != nil || len(paths) < 2 {
		t.Fatal("no examples", err)
	}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, diags := lang.Format(src, path)
		if len(diags) != 0 || !bytes.Equal(got, src) {
			t.Errorf("%s is not in canonical style, which is\n%s", path, got)
		}
	}
}

func TestFormatLeavesAlone(t *testing.T) {
	const broken = "source \"a\" {\n\n\n  path = \n}\n"
	got, diags := lang.Format([]byte(broken), "main.backstay.hcl")
	if string(got) != broken || len(diags) == 0 || diags[0].Snippet == nil {
		t.Errorf("a file with a syntax error gives %q and %v", got, diags)
	}
	const text = "{ \"policy\":   {} }"
	if got, diags := lang.Format([]byte(text), "main.backstay.json"); string(got) != text || len(diags) != 0 {
		t.Errorf("a JSON file gives %q and %v", got, diags)
	}
	if got, _ := lang.Format(nil, "main.backstay.hcl"); len(got) != 0 {
		t.Errorf("an empty file gives %q", got)
	}
}

// Formatting twice is formatting once, and a formatted configuration has the
// same digest.
func FuzzFormat(f *testing.F) {
	for _, src := range seeds(f) {
		f.Add(src)
	}
	f.Add("a = <<EOT\nx\r\n\n\n\nEOT\n\n\n")
	f.Add("a {}\r\n\r\n\r\nb = [1,\n\n\n2]#c\r\n/*x*/")
	f.Fuzz(func(t *testing.T, src string) {
		once, diags := lang.Format([]byte(src), "main.backstay.hcl")
		if diags.HasErrors() {
			if string(once) != src {
				t.Errorf("a file with errors was changed: %q to %q", src, once)
			}
			return
		}
		twice, diags := lang.Format(once, "main.backstay.hcl")
		if diags.HasErrors() || !bytes.Equal(once, twice) {
			t.Errorf("%q\nonce:  %q\ntwice: %q\n%v", src, once, twice, diags)
		}
		if before, after := words(src), words(string(once)); !slices.Equal(before, after) {
			t.Errorf("%q\nhas the tokens %q\nand formatted   %q", src, before, after)
		}
		if before, after := digestOf(src), digestOf(string(once)); before != after {
			t.Errorf("%q means something else after formatting: %q", src, once)
		}
	})
}

// words are the tokens that carry meaning, and the comments.
func words(src string) []string {
	tokens, _ := hclsyntax.LexConfig([]byte(src), "main.backstay.hcl", hcl.InitialPos)
	var out []string
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenNewline, hclsyntax.TokenEOF:
		case hclsyntax.TokenComment:
			out = append(out, strings.TrimSpace(string(t.Bytes)))
		default:
			out = append(out, string(t.Bytes))
		}
	}
	return out
}

// digestOf is "" for what is no configuration.
func digestOf(src string) string {
	cfg, _, _ := lang.LoadFS(fstest.MapFS{"main.backstay.hcl": {Data: []byte(src)}}, "/conf", lang.Options{})
	if cfg == nil {
		return ""
	}
	return cfg.Digest
}

// seeds are all configurations in native syntax that the tests have.
func seeds(tb testing.TB) []string {
	tb.Helper()
	var out []string
	for _, glob := range []string{"../../examples/*/*.backstay.hcl", "testdata/error-files/*.backstay.hcl"} {
		paths, err := filepath.Glob(glob)
		if err != nil || len(paths) == 0 {
			tb.Fatal("no seeds", err)
		}
		for _, path := range paths {
			src, err := os.ReadFile(path)
			if err != nil {
				tb.Fatal(err)
			}
			out = append(out, string(src))
		}
	}
	paths, err := filepath.Glob("testdata/spec/*.txtar")
	if err != nil {
		tb.Fatal(err)
	}
	for _, path := range paths {
		ar, err := txtar.ParseFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		for _, file := range ar.Files {
			if strings.HasSuffix(file.Name, ".backstay.hcl") {
				out = append(out, string(file.Data))
			}
		}
	}
	return out
}
