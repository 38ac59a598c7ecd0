package addr

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"
)

// The order of paths is that of a walk which compares a folder's entries as
// name + "/".
func TestOrderIsThatOfTheWalk(t *testing.T) {
	tree := fstest.MapFS{}
	for _, p := range []string{"a/b", "a-b", "a.b", "a/c/d", "a0", "b", "A/z", "a/c.d", "ä/x", "a/\x01"} {
		tree[p] = &fstest.MapFile{}
	}
	var walked []string
	walk(t, tree, ".", &walked)
	sorted := slices.Clone(walked)
	slices.SortFunc(sorted, ComparePaths)
	if !slices.Equal(walked, sorted) {
		t.Errorf("the walk gives\n%q\nbut the order is\n%q", walked, sorted)
	}
}

func walk(t *testing.T, tree fs.FS, dir string, out *[]string) {
	t.Helper()
	entries, err := fs.ReadDir(tree, dir)
	if err != nil {
		t.Fatal(err)
	}
	name := func(e fs.DirEntry) string {
		if e.IsDir() {
			return e.Name() + "/"
		}
		return e.Name()
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(name(a), name(b)) })
	for _, e := range entries {
		p := strings.TrimPrefix(dir+"/"+e.Name(), "./")
		if e.IsDir() {
			*out = append(*out, p+"/")
			walk(t, tree, p, out)
			continue
		}
		*out = append(*out, p)
	}
}

func TestCheckPath(t *testing.T) {
	for p, want := range map[string]bool{
		"a": true, "a/b": true, "a/": true, "a/b/": true, "...": true, "a..b/.c": true, "\xff\xfe": true, "a\\..\\b": true,
		"": false, "/": false, "/a": false, "a//b": false, "a//": false, ".": false, "..": false, "./a": false,
		"a/../b": false, "a/..": false, "a/../": false, "a\x00b": false, "../": false,
	} {
		if CheckPath(p) != want {
			t.Errorf("CheckPath(%q) is %v", p, !want)
		}
	}
}

func TestIsFolder(t *testing.T) {
	if !IsFolder("a/") || IsFolder("a") {
		t.Error("a folder's path ends in a slash, and no other does")
	}
}

func TestPathFromJSONRefusesWhatIsNotBase64(t *testing.T) {
	if _, err := PathFromJSON("a", "***"); err == nil {
		t.Error("garbage was taken as base64")
	}
}

// Every path survives JSON; a path that is not UTF-8 keeps its bytes.
func FuzzPathJSON(f *testing.F) {
	for _, p := range []string{"a/b", "\xff", "caf\xe9/x", "ä", "\uFFFD"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		text, b64 := PathJSON(p)
		if !utf8.ValidString(text) {
			t.Errorf("%q has a text that is not UTF-8: %q", p, text)
		}
		back, err := PathFromJSON(text, b64)
		if err != nil || back != p {
			t.Errorf("%q came back as %q (%v)", p, back, err)
		}
	})
}

// A path that passes stays below the root it is joined to.
func FuzzCheckPath(f *testing.F) {
	for _, p := range []string{"a/b", "../a", "a/./b", "a/", "//"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		if CheckPath(p) && utf8.ValidString(p) && !fs.ValidPath(strings.TrimSuffix(p, "/")) {
			t.Errorf("%q passes, but io/fs refuses it", p)
		}
	})
}
