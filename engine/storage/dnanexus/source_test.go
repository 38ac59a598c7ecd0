package dnanexus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/storagetest"
)

// source opens a project as a source.
func (r rig) source(o SourceOptions) *Source {
	r.Helper()
	s, err := OpenSource(r.Context(), r.client(), o)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() {
		if err := s.Close(); err != nil {
			r.Error(err)
		}
	})
	return s
}

// seed loads files into a new project: contents by path, folders by paths that
// end in "/". It gives the project's id.
func (r rig) seed(name string, tree map[string]string) string {
	r.Helper()
	dir := r.TempDir()
	for path, content := range tree {
		at := filepath.Join(dir, filepath.FromSlash(path))
		if strings.HasSuffix(path, "/") {
			if err := os.MkdirAll(at, 0o755); err != nil {
				r.Fatal(err)
			}
			continue
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(content), 0o644)); err != nil {
			r.Fatal(err)
		}
	}
	var made struct{ Project string }
	r.control("seed", map[string]any{"folder": dir, "name": name, "user": "user-alice"}, &made)
	return made.Project
}

// put makes a closed object of a class and gives its id.
func (r rig) put(class, project string, in map[string]any) string {
	r.Helper()
	in["project"], in["parents"] = project, true
	var made struct{ ID string }
	r.must(class, "new", in, &made)
	return made.ID
}

// listed gives the entries of a source by path.
func listed(t testing.TB, s storage.Source) map[string]storage.Entry {
	t.Helper()
	out := map[string]storage.Entry{}
	last := ""
	for e, err := range s.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Path <= last {
			t.Fatalf("%q comes after %q", e.Path, last)
		}
		last = e.Path
		out[e.Path] = e
	}
	return out
}

func read(t testing.TB, s storage.Source, e storage.Entry) []byte {
	t.Helper()
	c, err := s.Open(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(c)
	if err := errors.Join(err, c.Unchanged(), c.Close()); err != nil {
		t.Fatal(err)
	}
	return text
}

func TestSourceContract(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		storagetest.Source(t, func(t *testing.T, tree map[string]string) storage.Source {
			r := r.as(t, r.conn)
			return r.source(SourceOptions{Project: r.seed(t.Name(), tree)})
		}, storage.Symlink)
	})
}

// A folder of a project can be the root: paths begin there.
func TestSourceBelowAFolder(t *testing.T) {
	r := emulator(t, "seed")
	id := r.seed("trial", map[string]string{"runs/a/1": "one", "runs/b/": "", "other/2": "two", "runs2/3": "three"})
	s := r.source(SourceOptions{Project: "trial", Folder: "/runs/"})
	got := listed(t, s)
	if len(got) != 3 || got["a/"].Kind != storage.Directory || got["b/"].Kind != storage.Directory || string(read(t, s, got["a/1"])) != "one" {
		t.Errorf("listed %v", got)
	}
	gone := r.source(SourceOptions{Project: id, Folder: "/none"})
	for _, err := range gone.List(t.Context()) {
		if !errors.Is(err, storage.ErrNotExist) {
			t.Errorf("a folder that is not there: %v", err)
		}
	}
	place, err := s.Place(t.Context())
	if err != nil || place != (storage.Place{Region: "aws:us-east-1", Provider: "aws", Container: id, BillTo: "org-lab"}) {
		t.Errorf("%+v %v", place, err)
	}
}

func TestOpenSourceRefuses(t *testing.T) {
	r := emulator(t, "seed")
	r.project("twice")
	r.project("twice")
	stranger := r.conn
	stranger.Token = "nobody"
	for name, c := range map[string]struct {
		conn    Connection
		project string
		want    error
	}{
		"no project of the name": {r.conn, "none", storage.ErrNotExist},
		"no project of the id":   {r.conn, "project-" + strings.Repeat("0", 24), storage.ErrNotExist},
		"two of the name":        {r.conn, "twice", nil},
		"a bad token":            {stranger, "twice", storage.ErrPermission},
	} {
		s, err := OpenSource(t.Context(), r.as(t, c.conn).client(), SourceOptions{Project: c.project})
		if err == nil || c.want != nil && !errors.Is(err, c.want) || strings.Contains(fmt.Sprint(err), "nobody") {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}

// An object is its id: a new name moves it, a new tag changes its metadata, and
// a file under its old name is another object.
func TestSourceKnowsObjectsByID(t *testing.T) {
	r := emulator(t, "seed")
	id := r.seed("trial", map[string]string{"a": "one", "b": "two"})
	s := r.source(SourceOptions{Project: id})
	before := listed(t, s)
	r.must(before["a"].ID, "addTags", map[string]any{"project": id, "tags": []string{"qc", "final"}}, nil)
	r.must(before["a"].ID, "setProperties", map[string]any{"project": id, "properties": map[string]string{"run": "7"}}, nil)
	r.must(before["b"].ID, "rename", map[string]any{"project": id, "name": "c"}, nil)
	after := listed(t, s)
	a, old := after["a"], before["a"]
	if a.ID != old.ID || a.MTime != old.MTime || a.CTime == old.CTime || a.Size != old.Size {
		t.Errorf("a tag makes %+v of %+v", a, old)
	}
	if f := a.Facts; f.Class != "file" || strings.Join(f.Tags, " ") != "final qc" || f.Properties["run"] != "7" || f.Tier != storage.TierLive || f.Shared || f.CreatedBy != "user-alice" {
		t.Errorf("facts %+v", f)
	}
	if _, err := s.Open(t.Context(), before["b"]); !errors.Is(err, storage.ErrNotExist) {
		t.Errorf("a renamed object is read at its old path: %v", err)
	}
	if after["c"].ID != before["b"].ID || string(read(t, s, after["c"])) != "two" {
		t.Errorf("renamed: %+v", after["c"])
	}
	d, err := s.Details(t.Context(), a)
	if err != nil || d.Xattrs["user.dnanexus.tags"] != `["final","qc"]` || d.Xattrs["user.dnanexus.properties"] != `{"run":"7"}` ||
		d.Xattrs["user.dnanexus.id"] != a.ID || d.Facts == nil || d.Facts.Properties["run"] != "7" {
		t.Errorf("details %+v %v", d, err)
	}
}

// Bytes that are not what the platform keeps checksums of are never a copy; a
// connection that breaks is taken up again.
func TestSourceComparesChecksums(t *testing.T) {
	r := emulator(t, "seed")
	content := bytes.Repeat([]byte("0123456789"), 40_000)
	id := r.seed("trial", map[string]string{"a": string(content)})
	s := r.source(SourceOptions{Project: id})
	e := listed(t, s)["a"]
	r.control("faults", []map[string]any{{"route": "download", "action": "truncate", "afterBytes": 123_456, "times": 2}}, nil)
	if got := read(t, s, e); !bytes.Equal(got, content) {
		t.Errorf("%d bytes over broken connections", len(got))
	}
	r.control("faults", []map[string]any{{"route": "download", "action": "corrupt", "afterBytes": 7}}, nil)
	c, err := s.Open(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, c); err == nil {
		t.Error("a flipped bit is not seen")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// What is not live is listed, remarked on, and never read as something else.
func TestSourceInTheArchive(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		id := r.seed("trial", map[string]string{"a": "one", "b": "two"})
		s := r.source(SourceOptions{Project: id})
		e := listed(t, s)["a"]
		r.must(id, "archive", map[string]any{"files": []string{e.ID}}, nil)
		after := listed(t, s)["a"]
		if after.Facts.Tier == storage.TierLive || after.MTime != e.MTime || after.Size != e.Size {
			t.Errorf("archived: %+v", after)
		}
		if _, err := s.Open(context.Background(), after); err == nil || !strings.Contains(err.Error(), "only what is live") {
			t.Errorf("opened from the archive: %v", err)
		}
		if m := s.Remarks(); len(m) != 1 || m[0].Code != notLive || m[0].Count != 1 || m[0].Examples[0] != "a" {
			t.Errorf("remarks %+v", m)
		}
	})
}
