package dnanexus

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/storage"
)

// vaulted is an object as a backup has it.
type vaulted struct {
	path     string
	content  []byte
	original storage.Original
}

// backup reads everything of a project.
func (r rig) backup(project string, apps ...string) []vaulted {
	r.Helper()
	s := r.source(SourceOptions{Project: project, Apps: apps})
	var all []vaulted
	entries := listed(r, s)
	for _, path := range slices.Sorted(maps.Keys(entries)) {
		e := entries[path]
		if e.Kind != storage.File {
			continue
		}
		text := read(r, s, e)
		d, err := s.Details(r.Context(), e)
		if err != nil {
			r.Fatal(err)
		}
		all = append(all, vaulted{path, text, storage.Original{ID: e.ID, Size: e.Size, Xattrs: d.Xattrs}})
	}
	return all
}

// restore brings objects back into a project, and gives how many were there.
func (r rig) restore(project string, all []vaulted) (there int, err error) {
	r.Helper()
	root, err := OpenRestorer(r.Context(), r.client(), project)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	for _, v := range all {
		found, err := root.Recreated(r.Context(), v.path, v.original)
		if err != nil {
			r.Fatal(err)
		}
		if found {
			there++
			continue
		}
		if problems, err := root.Recreate(r.Context(), v.path, v.original, bytes.NewReader(v.content)); err != nil || len(problems) > 0 {
			r.Fatal(v.path, err, problems)
		}
	}
	return there, root.Flush(r.Context())
}

// What was lost comes back as what it was: files with their metadata, programs
// with their code, and links that lead to what was made, not to what is gone.
func TestRestoreIntoAProject(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		trial := r.seed("trial", map[string]string{"refs/genome.fa": ">1\nACGT\n", "empty": "", "a/big": strings.Repeat("x", 70_000)})
		file, applet, workflow, record := r.pipeline(trial)
		r.must(file, "addTags", map[string]any{"project": trial, "tags": []string{"ref"}}, nil)
		r.must(file, "setProperties", map[string]any{"project": trial, "properties": map[string]string{"build": "38"}}, nil)
		r.must(record, "close", nil, nil)
		all := r.backup(trial)
		r.must(trial, "destroy", nil, nil)
		again := r.project("again")
		if there, err := r.restore(again, all); err != nil || there != 0 {
			t.Fatalf("%d were there; %v", there, err)
		}
		if there, err := r.restore(again, all); err != nil || there != len(all) {
			t.Errorf("repeated, %d of %d were there; %v", there, len(all), err)
		}
		made := r.backup(again)
		now := map[string]vaulted{}
		for _, v := range made {
			now[v.path] = v
		}
		if len(made) != len(all) {
			t.Errorf("%d objects of %d", len(made), len(all))
		}
		old := map[string]string{}
		for _, v := range all {
			old[v.original.ID] = now[v.path].original.ID
			if v.original.ID == now[v.path].original.ID {
				t.Errorf("%s has its old id", v.path)
			}
			if strings.HasPrefix(v.original.ID, "file-") && !bytes.Equal(v.content, now[v.path].content) {
				t.Errorf("%s has other bytes", v.path)
			}
		}
		for _, v := range all {
			if strings.HasPrefix(v.original.ID, "file-") {
				continue
			}
			// With ids and times put right, exports of old and new object are one.
			want := string(v.content)
			for from, to := range old {
				want = strings.ReplaceAll(want, from, to)
			}
			if got := withoutTrace(t, now[v.path].content); got != withoutTrace(t, []byte(want)) {
				t.Errorf("%s is\n%s\nwas\n%s", v.path, got, want)
			}
		}
		x := now["refs/genome.fa"].original.Xattrs
		if x["user.dnanexus.tags"] != `["ref"]` || !strings.Contains(x["user.dnanexus.properties"], `"build":"38"`) {
			t.Errorf("metadata %v", x)
		}
		if old[applet] == "" || old[workflow] == "" || old[record] == "" {
			t.Error("an object is missing")
		}
	})
}

// withoutTrace leaves out of an export what differs by its nature.
func withoutTrace(t *testing.T, text []byte) string {
	t.Helper()
	var export map[string]any
	if err := json.Unmarshal(text, &export); err != nil {
		t.Fatal(err)
	}
	delete(export, "created")
	delete(export["properties"].(map[string]any), restoredProperty)
	out, err := json.Marshal(export)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// What was not lost is left alone, and only the lost file comes back.
func TestRestoreOfOneLostFile(t *testing.T) {
	r := emulator(t, "seed")
	trial := r.seed("trial", map[string]string{"refs/genome.fa": ">1\n", "runs/a": "one", "runs/b": "two"})
	r.pipeline(trial)
	all := r.backup(trial)
	lost := all[slices.IndexFunc(all, func(v vaulted) bool { return v.path == "runs/a" })]
	r.must(trial, "removeObjects", map[string]any{"objects": []string{lost.original.ID}}, nil)
	if there, err := r.restore(trial, all); err != nil || there != len(all)-1 {
		t.Errorf("%d of %d were there; %v", there, len(all), err)
	}
	if got := r.backup(trial); len(got) != len(all) {
		t.Errorf("%d objects of %d", len(got), len(all))
	}
}

// An object that needs what is gone is named, not made by halves.
func TestRestoreNamesWhatIsMissing(t *testing.T) {
	r := emulator(t, "seed")
	trial := r.seed("trial", map[string]string{"refs/genome.fa": ">1\n"})
	file, applet, workflow, _ := r.pipeline(trial)
	all := slices.DeleteFunc(r.backup(trial), func(v vaulted) bool { return v.original.ID == file })
	r.must(trial, "destroy", nil, nil)
	_, err := r.restore(r.project("again"), all)
	if err == nil || !strings.Contains(err.Error(), applet) || !strings.Contains(err.Error(), workflow) || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v", err)
	}
	// Bytes that are not those of the record make nothing.
	root, err := OpenRestorer(t.Context(), r.client(), r.project("other"))
	if err != nil {
		t.Fatal(err)
	}
	bad := errors.New("not the digest")
	_, err = root.Recreate(t.Context(), "x", storage.Original{Size: 3}, &failing{bad})
	if !errors.Is(err, bad) || len(r.backup("other")) != 0 {
		t.Errorf("got %v", err)
	}
	if err := root.Close(); err != nil {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f *failing) Read(p []byte) (int, error) { return copy(p, "ab"), f.err }
