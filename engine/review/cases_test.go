package review

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema/lang"
)

var update = flag.Bool("update", false, "rewrite what the cases want")

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// side loads and judges the files of a case below a folder, as the engine does.
// Compiling policies takes a second, so only the cases about them do.
func side(t *testing.T, a *txtar.Archive, folder string) (Side, *policy.Engine) {
	t.Helper()
	files := fstest.MapFS{}
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, folder+"/"); ok {
			files[name] = &fstest.MapFile{Data: f.Data}
		}
	}
	cfg, _, ds := lang.LoadFS(files, "/c", lang.Options{})
	if ds.HasErrors() {
		t.Fatalf("%s: %+v", folder, ds)
	}
	if name := filepath.Base(t.Name()); name != "policies" && name != "meaning" {
		return Side{Config: cfg}, nil
	}
	e, ds := policy.Compile(context.Background(), policy.Set{Config: cfg, Files: files})
	if ds.HasErrors() {
		t.Fatalf("%s: %+v", folder, ds)
	}
	report, err := e.Config(context.Background(), noon)
	if err != nil {
		t.Fatal(err)
	}
	brought, err := e.Brought()
	if err != nil {
		t.Fatal(err)
	}
	return Side{Config: cfg, Controls: e.Controls(), Brought: brought, Findings: report.Findings}, e
}

// lines are changes as the cases write them.
func lines(all []Change) string {
	var b strings.Builder
	for _, c := range all {
		at := "-"
		if c.Range != nil {
			at = fmt.Sprintf("%s:%d:%d", c.Range.Filename, c.Range.Start.Line, c.Range.Start.Column)
		}
		fmt.Fprintf(&b, "%s %s %s %s\n    %s\n", c.Effect, c.Kind, c.Address, at, c.Message)
	}
	return b.String()
}

// Each file of testdata is a case: two configurations, what the change is
// called, and where.
func TestCases(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(cases) < 5 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			base, old := side(t, a, "base")
			head, set := side(t, a, "head")
			if filepath.Base(t.Name()) == "meaning" {
				if head.Meaning, err = policy.Compare(context.Background(), old, set, noon); err != nil {
					t.Fatal(err)
				}
			}
			r, err := Run(context.Background(), base, head)
			if err != nil {
				t.Fatal(err)
			}
			got := lines(r.Changes)
			for i := range a.Files {
				if a.Files[i].Name != "want" {
					continue
				}
				if *update {
					a.Files[i].Data = []byte(got)
					if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				if want := string(a.Files[i].Data); got != want {
					t.Errorf("got\n%swant\n%s", got, want)
				}
			}
			head.Meaning = nil
			checkSame(t, head)
		})
	}
}

// checkSame holds that nothing differs from itself.
func checkSame(t *testing.T, s Side) {
	t.Helper()
	r, err := Run(context.Background(), s, s)
	if err != nil || len(r.Changes) > 0 {
		t.Errorf("a side differs from itself: %v\n%s", err, lines(r.Changes))
	}
}
