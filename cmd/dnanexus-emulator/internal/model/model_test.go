package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
)

func world(t *testing.T) (*World, *Project, *Project) {
	t.Helper()
	w := New(Defaults(archival.Seed))
	w.AddUser(&User{ID: "user-a", Token: "t"})
	var projects []*Project
	for _, id := range []string{"project-1", "project-2"} {
		p := &Project{ID: id, Class: "project", Region: "aws:us-east-1", BillTo: "user-a", Permissions: map[string]Level{"user-a": Administer}}
		w.AddProject(p)
		projects = append(projects, p)
	}
	return w, projects[0], projects[1]
}

func closedFile(w *World, p *Project, id string, size, at int64) *Copy {
	c := &Copy{Name: id, Folder: "/", Modified: at, Archival: archival.Live}
	w.AddObject(&Object{ID: id, Class: "file", State: Closed, Size: size, Created: at}, c, p, at)
	return c
}

// TestIndex changes copies at random: the index stays in order, loses none, and
// a page begins after any row, also one that has gone.
func TestIndex(t *testing.T) {
	w, p, _ := world(t)
	rng := rand.New(rand.NewPCG(1, 2))
	copies := map[string]*Copy{}
	for i := range 2000 {
		id := fmt.Sprintf("file-%d", rng.IntN(100))
		at := int64(1000 + i/7)
		switch c := copies[id]; {
		case c == nil:
			copies[id] = closedFile(w, p, id, 1, at)
		case rng.IntN(4) == 0:
			w.Remove(p, []*Copy{c}, at)
			delete(copies, id)
		default:
			w.Change(c, at, func() { c.Name = "other" })
		}
	}
	var seen []*Copy
	p.Copies().Each(func(c *Copy) bool { seen = append(seen, c); return true })
	if len(seen) != len(copies) || p.Copies().Len() != len(copies) {
		t.Fatalf("%d of %d copies", len(seen), len(copies))
	}
	if !slices.IsSortedFunc(seen, func(a, b *Copy) int { return order(b, a.Modified, a.Object.ID) }) {
		t.Error("the index is out of order")
	}
	middle := seen[len(seen)/2]
	w.Remove(p, []*Copy{middle}, 9999)
	var rest []*Copy
	p.Copies().After(middle.Modified, middle.Object.ID, func(c *Copy) bool { rest = append(rest, c); return true })
	if !slices.Equal(rest, seen[len(seen)/2+1:]) {
		t.Errorf("%d copies after the middle of %d", len(rest), len(seen))
	}
}

// TestRestore saves a world and makes it anew.
func TestRestore(t *testing.T) {
	w, p, q := world(t)
	c := closedFile(w, p, "file-1", 5, 100)
	w.MakeFolder(p, "/a/b")
	if _, err := w.Clone(p, q, []string{"file-1"}, nil, "/x", 200); err != nil {
		t.Fatal(err)
	}
	w.Archive(c, 300)
	rows := map[[2]string][]byte{}
	for key, encode := range w.Flush() {
		body, err := encode()
		if err != nil {
			t.Fatal(err)
		}
		rows[key] = body
	}
	for range w.Flush() {
		t.Error("something is still to be saved")
	}
	again := New(Defaults(archival.Seed))
	for key, body := range rows {
		if err := again.Restore(key[0], key[1], body); err != nil {
			t.Fatal(err)
		}
	}
	if err := again.Finish(); err != nil {
		t.Fatal(err)
	}
	got := again.Projects["project-2"]
	if live, cold := got.Usage(); live != 5 || cold != 0 || !slices.Equal(again.Projects["project-1"].Folders(), []string{"/", "/a", "/a/b"}) {
		t.Errorf("usage %d, %d", live, cold)
	}
	if state := again.Objects["file-1"].CopyIn("project-1").Archival; state != archival.Archival || again.ByToken("t") == nil {
		t.Errorf("state %s", state)
	}
	if fmt.Sprint(again.Bill(400)) != fmt.Sprint(w.Bill(400)) {
		t.Errorf("bills differ: %v and %v", again.Bill(400), w.Bill(400))
	}
	if err := again.Restore("user", "x", []byte("{")); err == nil {
		t.Error("half a row was taken")
	}
}

// TestBillNeverLoses: whatever happens to copies, the metered volume of a payer
// is that of the files that stand under it.
func TestBillNeverLoses(t *testing.T) {
	w, p, q := world(t)
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range int64(500) {
		id := fmt.Sprintf("file-%d", rng.IntN(20))
		o := w.Objects[id]
		switch n := rng.IntN(6); {
		case o == nil:
			closedFile(w, p, id, i+1, i)
		case n == 0:
			_, _ = w.Clone(p, q, []string{id}, nil, "/", i) // refused unless live, which is part of the game
		case n == 1:
			w.Remove(o.Copies[0].Project, []*Copy{o.Copies[0]}, i)
		case n == 2:
			w.SetBillTo(q, []string{"user-a", "user-b"}[rng.IntN(2)], i)
		default:
			c := o.Copies[rng.IntN(len(o.Copies))]
			if w.Settings.Rules.Allows(c.Archival, archival.Archive) {
				w.Archive(c, i)
			} else if w.Settings.Rules.Allows(c.Archival, archival.Unarchive) {
				w.Unarchive(c, "Standard", i)
			}
		}
		w.Advance(i * 1000 * 60)
		want := map[string]int64{}
		for _, o := range w.Objects {
			for _, c := range w.due(o, i) {
				want[c.key] += c.bytes
			}
		}
		for key, meter := range w.Ledger.Meters {
			if meter.Bytes != want[key] {
				t.Fatalf("step %d: %s has %d bytes, want %d", i, key, meter.Bytes, want[key])
			}
		}
	}
}

// FuzzCleanFolder: a clean path stays as it is, begins with a slash and has no
// empty name.
func FuzzCleanFolder(f *testing.F) {
	for _, seed := range []string{"/", "//a///b/", "/a/./b", "/..", "a", "/\x00", "/ü"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		clean, err := CleanFolder("folder", path)
		if err != nil {
			return
		}
		again, err := CleanFolder("folder", clean)
		if err != nil || again != clean || clean[0] != '/' || strings.Contains(clean, "//") || clean != "/" && strings.HasSuffix(clean, "/") {
			t.Errorf("%q became %q, then %q, %v", path, clean, again, err)
		}
		if clean != "/" && Join(Parent(clean), Base(clean)) != clean {
			t.Errorf("%q is not made of %q and %q", clean, Parent(clean), Base(clean))
		}
	})
}

func TestLinks(t *testing.T) {
	link := func(target any) map[string]any { return map[string]any{"$dnanexus_link": target} }
	o := &Object{Details: []any{
		link("b"), map[string]any{"x": link(map[string]any{"project": "p", "id": "a"})}, link("b"), map[string]any{"$dnanexus_link": "c", "more": 1},
	}}
	if got := o.Links(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("links %v", got)
	}
}
