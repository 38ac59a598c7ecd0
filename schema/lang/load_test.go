package lang_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
	"github.com/backstay/backstay/schema/diag"
	"github.com/backstay/backstay/schema/lang"
)

func one(src string) fstest.MapFS { return fstest.MapFS{"main.backstay.hcl": {Data: []byte(src)}} }

func mustLoad(t *testing.T, files fstest.MapFS, opts lang.Options) (*schema.Configuration, *lang.Sources) {
	t.Helper()
	cfg, sources, diags := lang.LoadFS(files, "/conf", opts)
	if diags.HasErrors() {
		t.Fatal(printDiags(diags))
	}
	return cfg, sources
}

// everything is the case of the suite that has every attribute.
func everything(t *testing.T) (string, *schema.Configuration, *lang.Sources) {
	t.Helper()
	ar, err := txtar.ParseFile("testdata/spec/everything.txtar")
	if err != nil {
		t.Fatal(err)
	}
	src := string(ar.Files[0].Data)
	env := map[string]string{"DSN": "postgres://secret", "KEY": "AKIA"}
	cfg, sources := mustLoad(t, one(src), lang.Options{Env: func(n string) (string, bool) { v, ok := env[n]; return v, ok }})
	return src, cfg, sources
}

func TestValuesReachTheirFields(t *testing.T) {
	_, cfg, _ := everything(t)
	b := cfg.Backups[0]
	term := func(s string) *schema.Term {
		v, err := schema.ParseTerm(s)
		if err != nil {
			t.Fatal(err)
		}
		return &v
	}
	shelf := addr.Resource{Kind: addr.Destination, Type: "filesystem", Name: "shelf"}
	docs := addr.Resource{Kind: addr.Backup, Name: "docs"}
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"state", []string{cfg.Settings.State.Type, cfg.Settings.State.DSN, cfg.Settings.AllowedSigners}, []string{"postgres", "postgres://secret", "signers"}},
		{"source", [5]any{cfg.Sources[0].ContainsPHI, cfg.Sources[0].Personal, cfg.Sources[0].Subjects, cfg.Sources[0].Rights, cfg.Sources[0].DUAEnd}, [5]any{schema.True, schema.False, int64(12), "own", "2030-12-31"}},
		{"place", cfg.Sources[0].Place, schema.Place{Site: "a", Region: "b", Country: "CH", Provider: "c"}},
		{"options", cfg.Destinations[0].Options, map[string]any{"path": "/srv/shelf", "prefix": "p"}},
		{"no credentials", cfg.Destinations[0].Credentials, map[string]string(nil)},
		{"credentials", cfg.Destinations[1].Credentials, map[string]string{"access_key": "AKIA"}},
		{"no secret options", cfg.Destinations[1].Options, map[string]any{"bucket": "vault", "path_style": false}},
		{"unset", [2]schema.Tri{cfg.Destinations[1].Offline, cfg.Destinations[0].Offline}, [2]schema.Tri{schema.Unset, schema.True}},
		{"encryption", [4]string{cfg.Destinations[0].Encryption.Kind, cfg.Destinations[0].Encryption.Key, cfg.Destinations[0].Encryption.KeyAccount, cfg.Destinations[0].Encryption.Rotated}, [4]string{"customer", "k", "l", "2026-01-01"}},
		{"every", b.Every, term("12h")},
		{"sizes", [2]int64{b.Scope.Includes[0].LargerThan, b.Scope.Includes[0].SmallerThan}, [2]int64{1024, 4096}},
		{"no sizes", [2]int64{b.Scope.Excludes[0].LargerThan, b.Scope.Excludes[0].SmallerThan}, [2]int64{-1, -1}},
		{"ages", [2]*schema.Term{b.Scope.Includes[0].OlderThan, b.Scope.Includes[0].NewerThan}, [2]*schema.Term{term("1d"), term("2y")}},
		{"exclude", [3]any{b.Scope.Excludes[0].Reason, b.Scope.Excludes[0].Method, b.Scope.Excludes[0].Inputs}, [3]any{"r", "m", []string{"i"}}},
		{"copy", [5]any{b.Copies[0].Name, b.Copies[0].Purpose, b.Copies[0].Deep, b.Copies[0].Metadata, b.Copies[0].ArchiveAfter}, [5]any{"vault", "record", true, false, term("30d")}},
		{"copy to", b.Copies[1].To, shelf},
		{"lock", [2]any{b.Copies[0].Lock.Mode, b.Copies[0].Lock.For}, [2]any{"compliance", *term("90d")}},
		{"keep", [2]*schema.Term{b.Retention.Keep, b.Retention.KeepMax}, [2]*schema.Term{term("7y"), term("forever")}},
		{"counts", [5]int{b.Retention.KeepLast, b.Retention.KeepDaily, b.Retention.KeepWeekly, b.Retention.KeepMonthly, b.Retention.KeepYearly}, [5]int{2, 7, 4, 12, 3}},
		{"after", [3]any{b.Retention.KeepSuperseded, b.Retention.Quarantine, b.Retention.Anchor}, [3]any{*term("1mo"), *term("14d"), "study_end"}},
		{"objective", [2]*schema.Term{b.Objective.RPO, b.Objective.RTO}, [2]*schema.Term{term("24h"), term("90min")}},
		{"verify", [3]any{b.Verify.Present, b.Verify.Algorithm, b.Verify.Scrub}, [3]any{true, "blake3", term("52w")}},
		{"restore test", [4]any{b.RestoreTest.Every, b.RestoreTest.Sample, b.RestoreTest.Command, b.RestoreTest.Target}, [4]any{*term("90d"), 5, []string{"./check.sh", "-v"}, "scratch"}},
		{"duties", [4]any{b.Approvals.Delete, b.Alert.To, b.Erasure.MaxLag, b.Erasure.List}, [4]any{2, []string{"a@example.org"}, term("30d"), "erased.txt"}},
		{"budget", [3]float64{b.Budget.Month, b.Budget.Egress, b.Budget.Retrieval}, [3]float64{100.5, 0, 7}},
		{"limits", [5]any{b.Limits.RetireRatio, b.Limits.RetireObjects, b.Limits.RetireBytes, b.Limits.SourceLoss, b.Limits.SourceChange}, [5]any{0.1, int64(5), int64(3 << 29), 1.0, 0.0}},
		{"hold", [3]any{cfg.Holds[0].Targets[0], cfg.Holds[0].Match.Paths, cfg.Holds[0].Owner}, [3]any{docs, []string{"/a"}, "o"}},
		{"releases", [3]any{cfg.Releases[0].Hold, cfg.Releases[0].ApprovedBy, cfg.Releases[1].Hold}, [3]any{"trial", []schema.Approval{{By: "q", Signature: "q.sig"}}, "gone"}},
		{"shorten", cfg.Shortens[0].ApprovedBy, []schema.Approval{{By: "q"}, {By: "p"}}},
		{"retire", [2]any{cfg.Retires[0].Targets, cfg.Retires[0].Match.IDs}, [2]any{[]string{"backup.old", "backup.docs"}, []string{"file-1"}}},
		{"moved", [2]string{cfg.Moves[0].From, cfg.Moves[0].To}, [2]string{`source.filesystem.papers["x"]`, "source.filesystem.docs"}},
		{"attest", [3]string{cfg.Attests[0].Fact, cfg.Attests[0].Date, cfg.Attests[0].Expires}, [3]string{"study_end", "2026-05-01", "2036-05-01"}},
		{"archive", [2]any{cfg.Archives[0].After, cfg.Archives[0].AllCopies}, [2]any{term("90d"), true}},
		{"price", cfg.Prices[0].Options, map[string]any{"storage": 0.024, "min_stay": "30d"}},
		{"policy", cfg.Policies[1].Params, map[string]any{"min_copies": 3.0, "names": []any{"a"}, "deep": map[string]any{"ok": true, "none": nil}}},
		{"waiver", [2]any{cfg.Waivers[0].Targets, cfg.Waivers[0].Expires}, [2]any{[]string{"backup.docs"}, "2027-01-31"}},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.what, c.got, c.want)
		}
	}
}

func TestDefaults(t *testing.T) {
	ar, err := txtar.ParseFile("testdata/spec/minimal.txtar")
	if err != nil {
		t.Fatal(err)
	}
	cfg, _ := mustLoad(t, one(string(ar.Files[0].Data)), lang.Options{})
	b := cfg.Backups[0]
	limits := b.Limits
	limits.Origin = schema.Origin{}
	if !reflect.DeepEqual(limits, schema.DefaultLimits) {
		t.Errorf("limits are %+v", limits)
	}
	r := b.Retention
	if r.KeepLast != 1 || r.KeepSuperseded.String() != "90d" || r.Quarantine.String() != "30d" || r.Anchor != "created" || r.Keep != nil {
		t.Errorf("retention is %+v", r)
	}
	if r.Origin.Block != b.Origin.Block {
		t.Error("an absent block points at its parent")
	}
	if s := cfg.Settings.State; s.Type != "sqlite" || s.Path != ".backstay/state.db" {
		t.Errorf("the state is %+v", s)
	}
	if b.Verify.Present || b.Verify.Algorithm != "sha256" || b.RestoreTest != nil || cfg.Sources[0].Subjects != -1 {
		t.Errorf("absent blocks are there: %+v", b)
	}
}

// Every attribute points at its own expression: the line begins with its name.
func TestOriginsPointAtExpressions(t *testing.T) {
	src, cfg, sources := everything(t)
	lines := strings.Split(src, "\n")
	seen := 0
	eachOrigin(reflect.ValueOf(cfg), func(o schema.Origin) {
		for name, r := range o.Attrs {
			seen++
			line := strings.TrimSpace(lines[r.Start.Line-1])
			expr := src[r.Start.Byte:r.End.Byte]
			if !strings.HasPrefix(line, name+" ") || !strings.HasSuffix(line, "= "+expr) {
				t.Errorf("%s points at %q in the line %q", name, expr, line)
			}
			if s := sources.Snippet(r); s == nil || s.Code[s.HighlightStart:s.HighlightEnd] != expr {
				t.Errorf("the snippet of %s is %+v", name, s)
			}
		}
	})
	if seen < 120 {
		t.Errorf("only %d attributes have an origin", seen)
	}
}

func eachOrigin(v reflect.Value, visit func(schema.Origin)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			eachOrigin(v.Elem(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachOrigin(v.Index(i), visit)
		}
	case reflect.Struct:
		if o, ok := v.Interface().(schema.Origin); ok {
			visit(o)
			return
		}
		for i := range v.NumField() {
			eachOrigin(v.Field(i), visit)
		}
	}
}

// Secrets and the state are not part of the digest, and defaults are the same
// written or not.
func TestDigestIsOfWhatIsMeant(t *testing.T) {
	base := `source "filesystem" "docs" { path = "docs" }
destination "s3" "vault" {
  bucket = "b"
}
backup "docs" {
  source = source.filesystem.docs
  every  = "24h"
  copy "vault" { to = destination.s3.vault }
}
`
	edit := func(old, new string) string { return strings.Replace(base, old, new, 1) }
	want := digestOf(base)
	if want == "" {
		t.Fatal("the base does not load")
	}
	for what, src := range map[string]string{
		"a comment":       "# new\n" + base,
		"the state":       base + "backstay {\n state \"postgres\" {\n dsn = \"x\"\n }\n}",
		"a version":       base + `backstay { required_version = ">= 0" }`,
		"a credential":    edit(`bucket = "b"`, "bucket = \"b\"\n secret_key = \"s\"\n"),
		"a default":       edit(`every  = "24h"`, "every = \"24h\"\n retention {\n keep_last = 1\n quarantine = \"30d\"\n }"),
		"a variable":      edit(`"24h"`, "var.every") + `variable "every" { default = "24h" }`,
		"attribute order": edit("  source = source.filesystem.docs\n  every  = \"24h\"\n", "  every = \"24h\"\n  source = source.filesystem.docs\n"),
	} {
		if got := digestOf(src); got != want {
			t.Errorf("%s changes the digest", what)
		}
	}
	for what, src := range map[string]string{
		"a term":      edit(`"24h"`, `"25h"`),
		"a unit":      edit(`"24h"`, `"1d"`),
		"a label":     edit(`copy "vault"`, `copy "vault2"`),
		"a path":      edit(`"docs" }`, `"./docs" }`),
		"a signer":    base + `backstay { allowed_signers = "s" }`,
		"a verify":    edit(`every  = "24h"`, "verify {}"),
		"a new block": base + `policy "core" { pack = "core" }`,
	} {
		if got := digestOf(src); got == want || got == "" {
			t.Errorf("%s does not change the digest", what)
		}
	}
}

// A clone in another folder has the same digest, and other paths.
func TestPathsAreRelativeToTheConfiguration(t *testing.T) {
	src := one(`source "filesystem" "docs" { path = "../docs/" }`)
	a, _, _ := lang.LoadFS(src, "/one/conf", lang.Options{})
	b, _, _ := lang.LoadFS(src, "/two/conf", lang.Options{})
	if a.Digest != b.Digest {
		t.Error("the digest depends on the folder")
	}
	if got := a.Sources[0].Options["path"]; got != filepath.FromSlash("/one/docs") {
		t.Errorf("the path is %v", got)
	}
}

func TestLoadStaysInsideItsDirectory(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	write(t, filepath.Join(outside, "secret"), "s3cr3t")
	write(t, filepath.Join(outside, "x.backstay.hcl"), `policy "x" { pack = "s3cr3t" }`)
	for link, to := range map[string]string{"note": "secret", "folder": "."} {
		if err := os.Symlink(filepath.Join(outside, to), filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "inner"), "fine")
	write(t, filepath.Join(dir, "main.backstay.hcl"), `
policy "a" {
  pack   = "core"
  params = { x = file("note") }
}
policy "b" {
  pack   = "core"
  params = { x = file("folder/secret") }
}
policy "c" {
  pack   = "core"
  params = { x = file("inner"), y = fileexists("folder/secret") }
}
`)
	_, _, diags := lang.Load(dir, lang.Options{})
	if len(diags) != 3 || strings.Contains(printDiags(diags), "s3cr3t") {
		t.Errorf("want three calls refused, got\n%s", printDiags(diags))
	}
	if err := os.Symlink(filepath.Join(outside, "x.backstay.hcl"), filepath.Join(dir, "x.backstay.hcl")); err != nil {
		t.Fatal(err)
	}
	_, _, diags = lang.Load(dir, lang.Options{})
	if len(diags) != 1 || diags[0].Code != "unreadable_file" {
		t.Errorf("want the linked file refused, got\n%s", printDiags(diags))
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLoadWithoutConfiguration(t *testing.T) {
	for want, dir := range map[string]string{"no_configuration": t.TempDir(), "unreadable_file": filepath.Join(t.TempDir(), "gone")} {
		cfg, sources, diags := lang.Load(dir, lang.Options{})
		if cfg != nil || sources == nil || len(diags) != 1 || diags[0].Code != want {
			t.Errorf("want %s, got %v and %s", want, cfg, printDiags(diags))
		}
	}
}

// A value that is sensitive appears in no message, whatever is wrong with it.
func TestSensitiveValuesAreNotShown(t *testing.T) {
	files := one(`variable "secret" {
  type      = number
  sensitive = true
}
variable "list" {
  type      = list(string)
  sensitive = true
  default   = []
}
variable "text" {
  sensitive = true
  default   = "s3cr3t"
  validation {
    condition     = var.text == "x"
    error_message = "Not ${var.text}."
  }
}
source "filesystem" "docs" {
  path = "${var.text}/${1 + "x"}"
}
source "filesystem" "more" {
  path = jsondecode(var.text)
}
`)
	files["a.auto.backstayvars"] = &fstest.MapFile{Data: []byte("secret = \"s3cr3t\"\n")}
	_, _, diags := lang.LoadFS(files, "/conf", lang.Options{Vars: []lang.VarAssignment{{Name: "list", Value: "s3cr3t["}}})
	text := printDiags(diags)
	if len(diags) < 4 {
		t.Errorf("want all mistakes found, got\n%s", text)
	}
	if strings.Contains(strings.ReplaceAll(text, `default   = "s3cr3t"`, ""), "s3cr3t") {
		t.Errorf("the secret is shown:\n%s", text)
	}
}

func TestSnippetCarriesValues(t *testing.T) {
	cfg, sources := mustLoad(t, one(`variable "keep" {
  default = "7y"
}
variable "secret" {
  default   = "s3cr3t"
  sensitive = true
}
source "s3" "docs" {
  for_each   = { a = "x", b = "y" }
  bucket     = "${each.key}-${var.keep}"
  secret_key = var.secret
}
`), lang.Options{})
	s := sources.Snippet(cfg.Sources[0].Origin.Attrs["bucket"])
	want := []diag.Value{{Expression: "var.keep", Statement: `"7y"`}} // each.key differs by instance
	if s == nil || !reflect.DeepEqual(s.Values, want) || s.StartLine != 10 || s.Code != `  bucket     = "${each.key}-${var.keep}"` {
		t.Errorf("got %+v", s)
	}
	s = sources.Snippet(cfg.Sources[0].Origin.Attrs["secret_key"])
	if len(s.Values) != 1 || s.Values[0].Statement != "(sensitive)" {
		t.Errorf("got %+v", s.Values)
	}
	if s := sources.Snippet(diag.Range{Filename: "gone.hcl", Start: diag.Pos{Line: 1}}); s != nil {
		t.Errorf("a file that is not there has a snippet: %+v", s)
	}
	if names := sources.Files(); len(names) != 1 || len(sources.Bytes(names[0])) == 0 {
		t.Errorf("the files are %q", names)
	}
	var none *lang.Sources
	if none.Snippet(diag.Range{}) != nil {
		t.Error("no sources, no snippet")
	}
}

// Snippets stay small whatever a range says.
func TestSnippetIsBounded(t *testing.T) {
	long := `{"policy": {"p": {"pack": "` + strings.Repeat("ä", 5000) + `", "packk": 1, "params": {}}}}`
	_, sources, diags := lang.LoadFS(fstest.MapFS{"main.backstay.json": {Data: []byte(long)}}, "/conf", lang.Options{})
	if len(diags) != 1 || len(diags[0].Snippet.Code) > 500 {
		t.Errorf("got %d diagnostics, %+v", len(diags), diags)
	}
	for _, r := range []diag.Range{
		{Filename: "main.backstay.json", Start: diag.Pos{Line: 1, Byte: len(long)}, End: diag.Pos{Line: 1, Byte: len(long) + 9}},
		{Filename: "main.backstay.json", Start: diag.Pos{Line: 1, Byte: 3}, End: diag.Pos{Line: 1, Byte: len(long)}},
		{Filename: "main.backstay.json", Start: diag.Pos{Line: 1, Byte: 9}, End: diag.Pos{Line: 1, Byte: 2}},
	} {
		if s := sources.Snippet(r); s == nil || len(s.Code) > 2000 || s.HighlightEnd < s.HighlightStart || s.HighlightEnd > len(s.Code) {
			t.Errorf("%+v gives %+v", r, s)
		}
	}
}

func TestLookupThatFails(t *testing.T) {
	files := one(`data "dnanexus_projects" "p" { name = "x*" }
source "dnanexus" "s" {
  for_each = data.dnanexus_projects.p
  project  = each.value.id
}
`)
	asked := lang.Query{}
	_, _, diags := lang.LoadFS(files, "/conf", lang.Options{Lookup: func(q lang.Query) (map[string]map[string]string, error) {
		asked = q
		return nil, errors.New("timeout")
	}})
	if len(diags) != 1 || diags[0].Code != "lookup_failed" || !strings.Contains(diags[0].Detail, "timeout") {
		t.Errorf("got\n%s", printDiags(diags))
	}
	if asked.Name != "p" || asked.Options["name"] != "x*" {
		t.Errorf("asked for %+v", asked)
	}
	cfg, _ := mustLoad(t, files, lang.Options{})
	if len(cfg.Deferred) != 1 || cfg.Deferred[0].Addr.String() != "source.dnanexus.s" {
		t.Errorf("deferred: %+v", cfg.Deferred)
	}
}

// What would exhaust the stack is refused before it is parsed.
func TestDepthIsBounded(t *testing.T) {
	n := 20_000
	for name, src := range map[string]string{
		"brackets": "a = " + strings.Repeat("[", n), "parentheses": "a = " + strings.Repeat("(", n) + "1",
		"not": "a = " + strings.Repeat("!", n) + "true", "minus": "a = " + strings.Repeat("-", n) + "1",
		"conditionals": "a = " + strings.Repeat("true?1:", n/2) + "1", "blocks": strings.Repeat("a {\n", n),
		"templates": "a = " + strings.Repeat(`"${`, n),
	} {
		_, _, diags := lang.LoadFS(one(src), "/conf", lang.Options{})
		if len(diags) != 1 || diags[0].Code != "too_deep" {
			t.Errorf("%s: got %d diagnostics, %.300s", name, len(diags), printDiags(diags))
		}
	}
	for name, src := range map[string]string{
		"arrays": strings.Repeat("[", n), "objects": strings.Repeat(`{"a":`, n),
		"template": `{"locals": {"a": "${` + strings.Repeat("(", n) + `}"}}`, "not": `{"locals": {"a": "${` + strings.Repeat("!", n) + `true}"}}`,
	} {
		_, _, diags := lang.LoadFS(fstest.MapFS{"m.backstay.json": {Data: []byte(src)}}, "/conf", lang.Options{})
		if len(diags) != 1 || diags[0].Code != "too_deep" {
			t.Errorf("JSON %s: got %d diagnostics, %.300s", name, len(diags), printDiags(diags))
		}
	}
	big := fstest.MapFS{"m.backstay.hcl": {Data: make([]byte, 1<<20+1)}}
	if _, _, diags := lang.LoadFS(big, "/conf", lang.Options{}); len(diags) != 1 || diags[0].Code != "unreadable_file" {
		t.Errorf("a file over the limit: %s", printDiags(diags))
	}
}

// No text makes Load panic, and each answer is a configuration or an error.
func FuzzLoad(f *testing.F) {
	for _, src := range seeds(f) {
		f.Add(src, "")
	}
	f.Add("", `{"source": {"filesystem": {"a": {"path": "${file(\"a\")}"}}}}`)
	f.Add("", `{"backup": [{"a": null}, [], "x"], "moved": {"from": 1}}`)
	f.Fuzz(func(t *testing.T, native, js string) {
		files := fstest.MapFS{"a.backstay.hcl": {Data: []byte(native)}}
		if js != "" {
			files["b.backstay.json"] = &fstest.MapFile{Data: []byte(js)}
		}
		cfg, sources, diags := lang.LoadFS(files, "/conf", lang.Options{Version: "1.0.0"})
		if (cfg == nil) != diags.HasErrors() || sources == nil {
			t.Errorf("a configuration: %v, errors: %v", cfg != nil, diags.HasErrors())
		}
		for _, d := range diags {
			if d.Code == "" || d.Summary == "" || d.Detail == "" {
				t.Errorf("incomplete: %+v", d)
			}
		}
		if cfg == nil {
			return
		}
		again, _, _ := lang.LoadFS(files, "/conf", lang.Options{Version: "1.0.0"})
		if again == nil || again.Digest != cfg.Digest || fmt.Sprint(again.Deferred) != fmt.Sprint(cfg.Deferred) {
			t.Error("loading twice gives two answers")
		}
	})
}
