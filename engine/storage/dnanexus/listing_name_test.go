package dnanexus

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
	"github.com/backstay/backstay/schema/addr"
)

func TestPathOf(t *testing.T) {
	id := "file-" + strings.Repeat("b", 24)
	for _, c := range []struct{ root, class, folder, name, want string }{
		{"", "file", "/", "a", "a"},
		{"", "file", "/a/b", "c.txt", "a/b/c.txt"},
		{"/a", "file", "/a/b", "c", "b/c"},
		{"/a", "file", "/a", "c", "c"},
		{"", "record", "/r", "x", "r/x.record.json"},
		{"", "applet", "/", "align", "align.applet.json"},
		{"", "workflow", "/", "align", "align.workflow.json"},
		{"", "file", "/", "a/b", "a%2Fb"},
		{"", "file", "/", "..", "%2E%2E"},
		{"", "file", "/", "a%2Fb", "a%252Fb"},
		{"", "file", "/", "50% off", "50% off"},
		{"", "file", "/", "a\nb", "a%0Ab"},
		{"", "file", "/", "a.~" + id + "~", "a.~" + id + "%7E"},
		{"", "file", "/", "a.~b~", "a.~b~"},
	} {
		got, ok := pathOf(c.root, &wire.Object{Class: c.class, Folder: c.folder, Name: c.name})
		if !ok || got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	for _, folder := range []string{"/", "/ab", "/b/a"} {
		if _, ok := pathOf("/a", &wire.Object{Class: "file", Folder: folder, Name: "x"}); ok {
			t.Errorf("%q lies in /a", folder)
		}
	}
}

// Two names never become one path element, and none leads anywhere else.
func FuzzEscapeName(f *testing.F) {
	f.Add("a", "b")
	f.Add("a/b", "a%2Fb")
	f.Add(".", "%2E")
	f.Add("a.~file-"+strings.Repeat("b", 24)+"~", "a.~file-"+strings.Repeat("b", 24)+"%7E")
	f.Fuzz(func(t *testing.T, a, b string) {
		if a == "" || b == "" || !utf8.ValidString(a) || !utf8.ValidString(b) {
			return
		}
		x, y := escapeName(a), escapeName(b)
		if (a == b) != (x == y) {
			t.Errorf("%q and %q become %q and %q", a, b, x, y)
		}
		if !addr.CheckPath(x) || strings.Contains(x, "/") {
			t.Errorf("%q becomes %q, which is no element", a, x)
		}
		if toldApart(x) {
			t.Errorf("%q becomes %q, which looks told apart", a, x)
		}
	})
}
