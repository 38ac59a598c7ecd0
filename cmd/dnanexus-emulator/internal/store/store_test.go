package store

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// TestStores runs one suite over every store.
func TestStores(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) Store{
		"memory": func(*testing.T) Store { return NewMemory() },
		"folder": func(t *testing.T) Store {
			f, err := OpenFolder(filepath.Join(t.TempDir(), "data"))
			if err != nil {
				t.Fatal(err)
			}
			return f
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			rows(t, s)
			blobs(t, s)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func load(t *testing.T, s Store) string {
	t.Helper()
	var b strings.Builder
	for row, err := range s.Load() {
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(row.Kind + "/" + row.Key + "=" + string(row.Body) + " ")
	}
	return b.String()
}

func rows(t *testing.T, s Store) {
	t.Helper()
	for _, batch := range [][]Row{
		{{"b", "2", []byte("x")}, {"a", "1", []byte("y")}, {"b", "1", []byte("z")}},
		{{"b", "2", []byte("new")}, {"a", "1", nil}, {"a", "none", nil}},
		nil,
	} {
		if err := s.Save(batch); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := load(t, s), "b/1=z b/2=new "; got != want {
		t.Errorf("rows %q, want %q", got, want)
	}
	for row, err := range s.Load() { // a reader may stop early
		if err != nil || row.Kind == "b" {
			break
		}
	}
}

func blobs(t *testing.T, s Store) {
	t.Helper()
	read := func(name string) string {
		t.Helper()
		blob, err := s.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(io.NewSectionReader(blob, 1, 100))
		if err = errors.Join(err, blob.Close()); err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	for _, content := range []string{"first", "second"} {
		if n, err := s.Put("blob1", strings.NewReader(content)); err != nil || n != int64(len(content)) {
			t.Fatalf("put: %d, %v", n, err)
		}
	}
	if got := read("blob1"); got != "econd" {
		t.Errorf("blob %q", got)
	}
	broken := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errors.New("line cut")))
	if _, err := s.Put("blob1", broken); err == nil {
		t.Error("a broken upload was kept")
	}
	if got := read("blob1"); got != "econd" {
		t.Errorf("after a broken upload: %q", got)
	}
	for range 2 {
		if err := s.Drop("blob1"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Open("blob1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open of a dropped blob: %v", err)
	}
}

func TestFolderNames(t *testing.T) {
	f, err := OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../../x", "", "a", "ab/cd"} {
		if _, err := f.Put(name, strings.NewReader("")); err == nil {
			t.Errorf("put %q", name)
		}
		if _, err := f.Open(name); err == nil {
			t.Errorf("open %q", name)
		}
		if err := f.Drop(name); err == nil {
			t.Errorf("drop %q", name)
		}
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// TestGenerated reads the same bytes in any pieces.
func TestGenerated(t *testing.T) {
	g := Generated{Seed: 7, Size: 1003}
	whole, err := io.ReadAll(io.NewSectionReader(g, 0, g.Size))
	if err != nil || len(whole) != 1003 {
		t.Fatalf("%d bytes, %v", len(whole), err)
	}
	for _, size := range []int{1, 3, 8, 11} {
		for at := 0; at+size <= len(whole); at += 5 {
			piece := make([]byte, size)
			if _, err := g.ReadAt(piece, int64(at)); err != nil || !bytes.Equal(piece, whole[at:at+size]) {
				t.Fatalf("%d bytes at %d differ: %v", size, at, err)
			}
		}
	}
	if n, err := g.ReadAt(make([]byte, 10), 1000); n != 3 || !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %d, %v", n, err)
	}
	if _, err := g.ReadAt(make([]byte, 1), 1003); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}
}
