package lang_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/backstay/backstay/schema/lang"
)

// The tables of spec.md are those of the decoder, its functions all functions.
func TestSpecTables(t *testing.T) {
	raw, err := os.ReadFile("spec.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for _, part := range []struct{ marker, body string }{
		{"table variable", lang.SpecVariable()},
		{"blocks", lang.SpecBlocks()},
		{"stores", lang.SpecStores()},
		{"codes", codeTable(t)},
	} {
		text = replacePart(t, text, part.marker, part.body)
	}
	if *update {
		if err := os.WriteFile("spec.md", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text != string(raw) {
		t.Error("the tables of spec.md are old: run with -update and read the difference")
	}
	for _, name := range lang.FunctionNames() {
		if !strings.Contains(text, "`"+name+"`") && !strings.Contains(text, "`"+name+"(") {
			t.Errorf("spec.md lacks the function %s", name)
		}
	}
}

func replacePart(t *testing.T, text, marker, body string) string {
	t.Helper()
	begin := "<!-- " + marker + " -->\n"
	i := strings.Index(text, begin)
	if i < 0 {
		t.Fatalf("spec.md lacks the marker %q", begin)
	}
	i += len(begin)
	j := strings.Index(text[i:], "<!-- end -->")
	return text[:i] + "\n" + body + "\n" + text[i+j:]
}

var coded = regexp.MustCompile(`"([a-z_]+)",\s+(?:Summary: )?"([A-Z][A-Za-z_ ]+)"`)

// codeTable finds every code with its summary in the package's source, so that
// none can be added without the specification.
func codeTable(t *testing.T) string {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	summaries := map[string]string{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range coded.FindAllStringSubmatch(string(src), -1) {
			if old, ok := summaries[m[1]]; ok && old != m[2] {
				t.Errorf("the code %s has two summaries, %q and %q", m[1], old, m[2])
			}
			summaries[m[1]] = m[2]
		}
	}
	rows := []string{"| code | summary |", "| --- | --- |"}
	codes := make([]string, 0, len(summaries))
	for c := range summaries {
		codes = append(codes, c)
	}
	slices.Sort(codes)
	for _, c := range codes {
		rows = append(rows, "| `"+c+"` | "+summaries[c]+" |")
	}
	return strings.Join(rows, "\n") + "\n"
}
