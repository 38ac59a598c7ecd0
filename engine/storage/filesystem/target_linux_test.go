package filesystem

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/backstay/backstay/engine/storage"
)

func target(t *testing.T, dir string) *Target {
	t.Helper()
	r, err := OpenRestore(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A tree with everything in it is read, restored from what was read, and read
// again: all facts that a restore can bring back are the same.
func TestRestoreRoundTrip(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "to")
	at := func(name string) string { return filepath.Join(from, name) }
	must(t, errors.Join(
		os.MkdirAll(at("closed/deep"), 0o755), os.Mkdir(at("empty"), 0o711),
		os.WriteFile(at("closed/file"), []byte("content"), 0o444),
		os.WriteFile(at("closed/deep/\xff\n"), nil, 0o600),
		os.WriteFile(at("setuid"), []byte("x"), 0o755), os.Chmod(at("setuid"), 0o755|os.ModeSetuid),
		os.WriteFile(at("sparse"), append(make([]byte, 4<<20), 'x'), 0o640),
		os.Link(at("setuid"), at("twin")),
		os.Symlink("../outside", at("link")), os.Symlink("closed", at("folder-link")),
	))
	attributed := unix.Setxattr(at("closed/file"), "user.origin", []byte("a\x00b"), 0)
	if attributed != nil && !errors.Is(attributed, unix.ENOTSUP) {
		t.Fatal(attributed)
	}
	must(t, errors.Join(os.Chmod(at("closed/deep"), 0o555), os.Chmod(at("closed"), 0o555)))
	t.Cleanup(func() { _ = errors.Join(os.Chmod(at("closed"), 0o755), os.Chmod(at("closed/deep"), 0o755)) })

	s := open(t, from)
	r := target(t, to)
	t.Cleanup(func() {
		_ = errors.Join(os.Chmod(filepath.Join(to, "closed"), 0o755), os.Chmod(filepath.Join(to, "closed/deep"), 0o755))
	})
	entries := list(t, s)
	restore(t, s, r, entries, false)
	compare(t, s, open(t, to), entries)
	restore(t, s, r, entries, true) // once more over what is there, closed folders and all
	compare(t, s, open(t, to), entries)
	must(t, r.Flush(context.Background()))
}

func restore(t *testing.T, s *Source, r *Target, entries []storage.Entry, overwrite bool) {
	t.Helper()
	ctx := context.Background()
	first := map[uint64]string{}
	for _, e := range entries {
		d, err := s.Details(ctx, e)
		must(t, err)
		switch e.Kind {
		case storage.Directory:
			must(t, r.Mkdir(ctx, e.Path))
		case storage.Symlink:
			must(t, r.Symlink(ctx, e.Path, d.Target, overwrite))
		case storage.File:
			if other, ok := first[e.Inode]; ok && e.Nlink > 1 {
				must(t, r.Link(ctx, other, e.Path, overwrite))
				continue
			}
			first[e.Inode] = e.Path
			c, err := s.Open(ctx, e)
			must(t, err)
			must(t, errors.Join(r.Write(ctx, e.Path, c, overwrite), c.Close()))
		}
	}
	for i := len(entries) - 1; i >= 0; i-- { // folders after what is in them
		e := entries[i]
		d, err := s.Details(ctx, e)
		must(t, err)
		problems, err := r.SetMeta(ctx, e.Path, storage.Meta{Kind: e.Kind, Mode: e.Mode, UID: e.UID, GID: e.GID, MTime: e.MTime, Xattrs: d.Xattrs})
		if err != nil || len(problems) > 0 {
			t.Fatalf("%q: %q, %v", e.Path, problems, err)
		}
	}
}

func compare(t *testing.T, s, restored *Source, want []storage.Entry) {
	t.Helper()
	got := list(t, restored)
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		g.Inode, g.CTime, g.Dev = w.Inode, w.CTime, w.Dev
		if g != w {
			t.Errorf("\n got %+v\nwant %+v", g, w)
		}
		gd, err := restored.Details(context.Background(), got[i])
		must(t, err)
		wd, err := s.Details(context.Background(), w)
		must(t, err)
		if gd.Target != wd.Target || len(gd.Xattrs) != len(wd.Xattrs) || gd.Xattrs["user.origin"] != wd.Xattrs["user.origin"] {
			t.Errorf("%q: details %+v, want %+v", w.Path, gd, wd)
		}
	}
	var st unix.Stat_t
	must(t, unix.Stat(filepath.Join(restored.root.real, "sparse"), &st))
	if st.Blocks*512 > 1<<20 {
		t.Errorf("the hole takes %d bytes", st.Blocks*512)
	}
}

func TestWriteIsExclusiveUnlessToldOtherwise(t *testing.T) {
	r := target(t, t.TempDir())
	ctx := context.Background()
	must(t, r.Write(ctx, "a/b", strings.NewReader("old"), false))
	if err := r.Write(ctx, "a/b", strings.NewReader("new"), false); !errors.Is(err, storage.ErrExists) {
		t.Fatalf("%v, want ErrExists", err)
	}
	if err := r.Symlink(ctx, "a/b", "x", false); !errors.Is(err, storage.ErrExists) {
		t.Fatalf("%v, want ErrExists", err)
	}
	if err := r.Write(ctx, "a", strings.NewReader("new"), true); !errors.Is(err, storage.ErrExists) {
		t.Fatalf("a folder was replaced: %v", err)
	}
	must(t, r.Write(ctx, "a/b", strings.NewReader("new"), true))
	back, err := r.ReadBack(ctx, "a/b")
	must(t, err)
	got, err := io.ReadAll(back)
	must(t, errors.Join(err, back.Close()))
	if string(got) != "new" {
		t.Fatalf("%q", got)
	}
}

// A reader that finds a wrong digest at its end prevents the file.
func TestWriteBelievesTheReader(t *testing.T) {
	dir := t.TempDir()
	r := target(t, dir)
	wrong := errors.New("digest differs")
	err := r.Write(context.Background(), "a", io.MultiReader(strings.NewReader("x"), failing{wrong}), true)
	if !errors.Is(err, wrong) {
		t.Fatalf("%v, want the reader's error", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Fatalf("left behind %v, %v", left, err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A restore that was killed leaves a partial file, which the next one clears.
func TestWriteAfterAKill(t *testing.T) {
	dir := t.TempDir()
	r := target(t, dir)
	must(t, os.WriteFile(filepath.Join(dir, partial("a")), []byte("half"), 0o600))
	must(t, r.Write(context.Background(), "a", strings.NewReader("whole"), false))
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Fatalf("%v, %v", left, err)
	}
}

// Paths and links cannot lead a restore out of its folder.
func TestRestoreStaysInside(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	must(t, errors.Join(os.WriteFile(filepath.Join(outside, "f"), []byte("x"), 0o600),
		os.Symlink(outside, filepath.Join(dir, "out")), os.Symlink(filepath.Join(outside, "f"), filepath.Join(dir, "file"))))
	r := target(t, dir)
	ctx := context.Background()
	for _, path := range []string{"../x", "/x", "a/../../x", "", ".", "out/f", "out/new", "out/sub/new"} {
		writeErr := r.Write(ctx, path, strings.NewReader("y"), true)
		linkErr := r.Symlink(ctx, path, "x", true)
		mkdirErr := r.Mkdir(ctx, path+"/")
		_, metaErr := r.SetMeta(ctx, path, storage.Meta{Kind: storage.File, Mode: 0o777})
		_, readErr := r.ReadBack(ctx, path)
		for i, err := range []error{writeErr, linkErr, mkdirErr, metaErr, readErr, r.Link(ctx, path, "inside", true), r.Link(ctx, "file", path, true)} {
			if err == nil {
				t.Errorf("%q, call %d succeeded", path, i)
			}
		}
	}
	if _, err := r.SetMeta(ctx, "file", storage.Meta{Kind: storage.File, Mode: 0o777}); err == nil {
		t.Error("metadata was set through a link")
	}
	must(t, r.Write(ctx, "file", strings.NewReader("y"), true)) // replaces the link itself
	got, err := os.ReadFile(filepath.Join(outside, "f"))
	if string(got) != "x" || err != nil {
		t.Errorf("outside: %q, %v", got, err)
	}
	left, err := os.ReadDir(outside)
	if len(left) != 1 || err != nil {
		t.Errorf("outside: %v, %v", left, err)
	}
}

// Run by an unprivileged child: what it may not set is a problem in words, and
// a setuid bit does not come back under another owner.
func TestSetMetaWithoutPrivileges(t *testing.T) {
	if dir := os.Getenv("RESTORE_TO"); dir != "" {
		r := target(t, dir)
		ctx := context.Background()
		must(t, r.Write(ctx, "tool", strings.NewReader("x"), false))
		problems, err := r.SetMeta(ctx, "tool", storage.Meta{Kind: storage.File, Mode: 0o104755, UID: 0, GID: 0, MTime: 12345, Xattrs: map[string]string{"trusted.x": "y"}})
		must(t, err)
		info, err := os.Stat(filepath.Join(dir, "tool"))
		must(t, err)
		if len(problems) != 2 || !strings.HasPrefix(problems[0], "owner: ") || !strings.HasPrefix(problems[1], "attribute trusted.x: ") {
			t.Errorf("problems %q", problems)
		}
		if info.Mode() != 0o755 || info.ModTime().UnixNano() != 12345 {
			t.Errorf("%v, %v", info.Mode(), info.ModTime())
		}
		return
	}
	dir := filepath.Join(t.TempDir(), "open")
	must(t, errors.Join(os.Mkdir(dir, 0o777), os.Chmod(dir, 0o777)))
	asNobody(t, "^TestSetMetaWithoutPrivileges$", "RESTORE_TO="+dir)
}

// Run by an unprivileged child: a folder that may not be written in is opened
// for what is to be written in it, and only then.
func TestRestoreIntoClosedFolders(t *testing.T) {
	if dir := os.Getenv("RESTORE_INTO"); dir != "" {
		r := target(t, dir)
		ctx := context.Background()
		must(t, errors.Join(os.MkdirAll(filepath.Join(dir, "a"), 0o755), os.Mkdir(filepath.Join(dir, "b"), 0o000),
			os.Mkdir(filepath.Join(dir, "c"), 0o555), os.Chmod(filepath.Join(dir, "a"), 0o555)))
		for _, folder := range []string{"a/", "b/", "c/"} {
			must(t, r.Mkdir(ctx, folder))
		}
		must(t, errors.Join(r.Write(ctx, "a/file", strings.NewReader("x"), false), r.Mkdir(ctx, "b/deep/"),
			r.Symlink(ctx, "b/deep/link", "x", false)))
		if err := r.Write(ctx, "a/file", strings.NewReader("y"), false); !errors.Is(err, storage.ErrExists) {
			t.Errorf("written twice: %v", err)
		}
		for folder, want := range map[string]os.FileMode{"a": 0o755, "b": 0o700, "c": 0o555} {
			if info, err := os.Stat(filepath.Join(dir, folder)); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", folder, info.Mode(), err)
			}
		}
		return
	}
	dir := filepath.Join(t.TempDir(), "open")
	must(t, errors.Join(os.Mkdir(dir, 0o777), os.Chmod(dir, 0o777)))
	asNobody(t, "^TestRestoreIntoClosedFolders$", "RESTORE_INTO="+dir)
}

// What SetMeta set is what Meta tells, whatever kind of entry it is.
func TestMetaIsWhatSetMetaSet(t *testing.T) {
	dir := t.TempDir()
	r := target(t, dir)
	ctx := context.Background()
	must(t, errors.Join(r.Write(ctx, "f", strings.NewReader("x"), false), r.Mkdir(ctx, "d/"), r.Symlink(ctx, "l", "f", false)))
	for path, m := range map[string]storage.Meta{
		"f":  {Kind: storage.File, Mode: 0o100640, MTime: 1e18 + 1, Xattrs: map[string]string{"user.a": "b\x00"}},
		"d/": {Kind: storage.Directory, Mode: 0o040511, MTime: 1e18 + 2},
		"l":  {Kind: storage.Symlink, Mode: 0o120777, MTime: 1e18 + 3},
	} {
		m.UID, m.GID = uint32(os.Getuid()), uint32(os.Getgid())
		problems, err := r.SetMeta(ctx, path, m)
		must(t, err)
		got, err := r.Meta(ctx, path)
		must(t, err)
		if len(problems) > 0 { // a file system that keeps no attributes
			m.Xattrs = nil
		}
		if got.Kind != m.Kind || got.Mode != m.Mode || got.MTime != m.MTime || got.UID != m.UID || got.Xattrs["user.a"] != m.Xattrs["user.a"] {
			t.Errorf("%s: got %+v, set %+v", path, got, m)
		}
	}
}
