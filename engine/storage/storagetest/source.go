package storagetest

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/storage"
)

// tree is what every source in the contract holds: contents by path, folders
// by paths that end in "/", links by "-> target".
var tree = map[string]string{
	"a-b":      "1",
	"a/":       "",
	"a/x":      "some content",
	"a/y/":     "",
	"a/y/deep": strings.Repeat("0123456789", 30_000),
	"a0":       "",
	"empty/":   "",
	"z.link":   "-> a/x",
}

// Source runs the contract of a source. open gives one that holds the tree:
// contents by path, folders by paths that end in "/", links by contents that
// begin with "-> ". A system that has no entries of a kind names it.
func Source(t *testing.T, open func(t *testing.T, tree map[string]string) storage.Source, lacks ...storage.Kind) {
	tree := maps.Clone(tree)
	maps.DeleteFunc(tree, func(path, content string) bool { return slices.Contains(lacks, kindOf(path, content)) })
	for name, test := range map[string]func(*testing.T, storage.Source, map[string]string){
		"list":      sourceList,
		"stop":      sourceStop,
		"open":      sourceOpen,
		"changed":   sourceChanged,
		"details":   sourceDetails,
		"cancelled": sourceCancelled,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t, maps.Clone(tree)), tree) })
	}
}

func kindOf(path, content string) storage.Kind {
	switch {
	case strings.HasSuffix(path, "/"):
		return storage.Directory
	case strings.HasPrefix(content, "-> "):
		return storage.Symlink
	}
	return storage.File
}

// entries lists a source and fails on an error.
func entries(t *testing.T, s storage.Source) map[string]storage.Entry {
	t.Helper()
	out := map[string]storage.Entry{}
	for e, err := range s.List(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		e.Path = strings.Clone(e.Path)
		out[e.Path] = e
	}
	return out
}

// sourceList: all entries, in the one order, each time the same.
func sourceList(t *testing.T, s storage.Source, tree map[string]string) {
	want := slices.Sorted(maps.Keys(tree))
	for range 2 {
		var got []string
		for e, err := range s.List(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e.Path)
			if kind := kindOf(e.Path, tree[e.Path]); e.Kind != kind {
				t.Errorf("%q is a %v, want %v", e.Path, e.Kind, kind)
			}
			if e.Kind == storage.File && e.Size != int64(len(tree[e.Path])) {
				t.Errorf("%q has %d bytes", e.Path, e.Size)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("listed\n%q, want\n%q", got, want)
		}
	}
}

func sourceStop(t *testing.T, s storage.Source, tree map[string]string) {
	for stop := 1; stop < len(tree); stop++ {
		n := 0
		for _, err := range s.List(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Fatalf("%d entries, wanted to stop at %d", n, stop)
		}
	}
}

func sourceOpen(t *testing.T, s storage.Source, tree map[string]string) {
	for path, e := range entries(t, s) {
		if e.Kind != storage.File {
			if c, err := s.Open(context.Background(), e); err == nil {
				t.Errorf("%q, a %v, was opened", path, e.Kind)
				_ = c.Close()
			}
			continue
		}
		c, err := s.Open(context.Background(), e)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(c)
		if err := errors.Join(err, c.Unchanged(), c.Close()); err != nil || string(got) != tree[path] {
			t.Errorf("%q: %d bytes, %v; want %d", path, len(got), err, len(tree[path]))
		}
	}
}

// sourceChanged: what is not what was listed is never read in its stead.
func sourceChanged(t *testing.T, s storage.Source, _ map[string]string) {
	e := entries(t, s)["a/x"]
	size, mtime, inode, gone := e, e, e, e
	size.Size++
	mtime.MTime--
	gone.Path = "a/none"
	cases := []struct {
		e    storage.Entry
		want error
	}{{size, storage.ErrChanged}, {mtime, storage.ErrChanged}, {gone, storage.ErrNotExist}}
	if inode.Inode != 0 {
		inode.Inode++
		cases = append(cases, struct {
			e    storage.Entry
			want error
		}{inode, storage.ErrChanged})
	}
	for i, c := range cases {
		if content, err := s.Open(context.Background(), c.e); !errors.Is(err, c.want) {
			t.Errorf("case %d: %v, want %v", i, err, c.want)
			if err == nil {
				_ = content.Close()
			}
		}
	}
}

func sourceDetails(t *testing.T, s storage.Source, tree map[string]string) {
	for path, e := range entries(t, s) {
		d, err := s.Details(context.Background(), e)
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		if e.Kind == storage.Symlink {
			want = strings.TrimPrefix(tree[path], "-> ")
		}
		if d.Target != want {
			t.Errorf("%q leads to %q, want %q", path, d.Target, want)
		}
	}
}

func sourceCancelled(t *testing.T, s storage.Source, _ map[string]string) {
	e := entries(t, s)["a/x"]
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(why)
	_, openErr := s.Open(ctx, e)
	_, detailsErr := s.Details(ctx, e)
	var listErr error
	for _, err := range s.List(ctx) {
		listErr = err
	}
	for i, err := range []error{openErr, detailsErr, listErr} {
		if !errors.Is(err, why) {
			t.Errorf("call %d: %v, want the cause", i, err)
		}
	}
}
