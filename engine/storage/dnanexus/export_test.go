package dnanexus

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/storage"
)

var update = flag.Bool("update", false, "rewrite golden files")

// pipeline makes an applet with a bundled file, a workflow that runs it, and a
// record that links to a file.
func (r rig) pipeline(project string) (file, applet, workflow, record string) {
	r.Helper()
	for e, err := range r.source(SourceOptions{Project: project}).List(r.Context()) {
		if err != nil {
			r.Fatal(err)
		}
		if e.Path == "refs/genome.fa" {
			file = e.ID
		}
	}
	applet = r.put("applet", project, map[string]any{
		"name": "align", "folder": "/apps", "dxapi": "1.0.0", "title": "Align reads", "tags": []string{"v3", "final"},
		"inputSpec": []map[string]any{{"name": "reads", "class": "file"}}, "outputSpec": []map[string]any{{"name": "bam", "class": "file"}},
		"runSpec": map[string]any{
			"interpreter": "bash", "code": "main() {\n  align < \"$reads\" > out & wait\n}\n", "distribution": "Ubuntu", "release": "24.04", "version": "0",
			"bundledDependsByRegion": map[string]any{"aws:us-east-1": []map[string]any{{"name": "genome.fa", "id": link(file)}}},
			"timeoutPolicy":          map[string]any{"*": map[string]any{"hours": 12}},
		},
		"access": map[string]any{"network": []string{}}, "properties": map[string]string{"validated": "2026-03-01"},
	})
	workflow = r.put("workflow", project, map[string]any{
		"name": "germline", "folder": "/apps", "title": "Germline", "outputFolder": "/out",
		"stages": []map[string]any{{"id": "stage-1", "name": "align", "executable": applet, "input": map[string]any{"reads": link(file)}}},
	})
	record = r.put("record", project, map[string]any{
		"name": "run 7", "folder": "/meta", "types": []string{"SequencingRun"},
		"details": map[string]any{"reads": link(file), "yield": json.Number("1234567890123456789"), "<q>": []any{30, 3.50}},
	})
	return file, applet, workflow, record
}

func link(id string) map[string]any { return map[string]any{"$dnanexus_link": id} }

var (
	anyID     = regexp.MustCompile(`(file|applet|workflow|record|project)-[0-9A-Za-z]{24}`)
	anyMillis = regexp.MustCompile(`"created": [0-9]+`)
)

// An export is one JSON text of everything that makes the object again, the code
// of programs included; the same at every look.
func TestExports(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		id := r.seed("trial", map[string]string{"refs/genome.fa": ">1\nACGT\n"})
		r.pipeline(id)
		s := r.source(SourceOptions{Project: id})
		entries := listed(t, s)
		for path, golden := range map[string]string{
			"apps/align.applet.json": "align.applet.json", "apps/germline.workflow.json": "germline.workflow.json", "meta/run 7.record.json": "run.record.json",
		} {
			text := read(t, s, entries[path])
			if int64(len(text)) != entries[path].Size || !json.Valid(text) {
				t.Errorf("%s: %d bytes, listed as %d", path, len(text), entries[path].Size)
			}
			stable := anyMillis.ReplaceAllString(anyID.ReplaceAllString(string(text), "$1-xxxx"), `"created": 0`)
			at := filepath.Join("testdata", golden)
			if *update {
				if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(at, []byte(stable), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(at)
			if err != nil || string(want) != stable {
				t.Errorf("%s is\n%s%v", path, stable, err)
			}
		}
	})
}

// What is edited after it was listed is not read as what was listed.
func TestExportChanges(t *testing.T) {
	r := emulator(t, "seed")
	id := r.project("trial")
	record := r.put("record", id, map[string]any{"name": "x", "details": map[string]any{"n": 1}})
	s := r.source(SourceOptions{Project: id})
	e := listed(t, s)["x.record.json"]
	c, err := s.Open(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	r.control("clock", map[string]any{"advance": 1000}, nil)
	r.must(record, "setDetails", map[string]any{"n": 2}, nil)
	if err := c.Unchanged(); !errors.Is(err, storage.ErrChanged) {
		t.Errorf("edited while it was read: %v", err)
	}
	if _, err := s.Open(t.Context(), e); !errors.Is(err, storage.ErrChanged) {
		t.Errorf("edited since it was listed: %v", err)
	}
	after := listed(t, s)["x.record.json"]
	if after.MTime == e.MTime || !strings.Contains(string(read(t, s, after)), `"n": 2`) {
		t.Errorf("the edit is not seen: %+v", after)
	}
}
