package restore_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/internal/digest"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/restore"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/filesystem"
	"github.com/backstay/backstay/plan"
)

var noon = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

// world is two vaults with copies on record, and a folder to restore into.
type world struct {
	testing.TB
	dir    string
	stores map[string]storage.Destination
	rows   []record.Copy
	root   *filesystem.Target
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{TB: t, dir: t.TempDir(), stores: map[string]storage.Destination{}}
	for _, name := range []string{"one", "two"} {
		d, err := filesystem.OpenDestination(filepath.Join(w.dir, name), filesystem.DestinationOptions{Create: true})
		w.must(err)
		t.Cleanup(func() { _ = d.Close() })
		w.stores[name] = d
	}
	w.openRoot()
	return w
}

func (w *world) openRoot() {
	root, err := filesystem.OpenRestore(filepath.Join(w.dir, "back"), true)
	w.must(err)
	w.Cleanup(func() { _ = root.Close() })
	w.root = root
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) path(elem ...string) string {
	return filepath.Join(append([]string{w.dir}, elem...)...)
}

// at is noon plus hours, as rows have it.
func at(hours int) int64 { return noon.Add(time.Duration(hours) * time.Hour).UnixMilli() }

// file puts version seq of a file into a vault and on record.
func (w *world) file(vault, path, content string, seq int, edit ...func(*record.Copy)) {
	w.Helper()
	key := fmt.Sprintf("%s.%d", strings.ReplaceAll(path, "/", "_"), seq)
	w.must(os.WriteFile(w.path(vault, key), []byte(content), 0o600))
	sum, n, err := digest.Of("", strings.NewReader(content))
	w.must(err)
	w.record(record.Copy{
		Destination: vault, Source: "s", Path: path, Key: key, Seq: seq, Kind: "file", Status: record.Verified, Size: n, Digest: sum,
		Mode: 0o100640, MTime: noon.Add(time.Duration(-seq) * time.Hour).UnixNano(), CopiedAt: at(seq), VerifiedAt: at(seq),
		UID: uint32(os.Getuid()), GID: uint32(os.Getgid()),
	}, edit)
}

// entry puts a folder or link on record.
func (w *world) entry(path, kind, target string, mode uint32) {
	w.record(record.Copy{
		Destination: "one", Source: "s", Path: path, Seq: 1, Kind: kind, Status: record.Entry, Target: target, Mode: mode,
		MTime: noon.Add(-100 * time.Hour).UnixNano(), CopiedAt: at(0), UID: uint32(os.Getuid()), GID: uint32(os.Getgid()),
	}, nil)
}

func (w *world) record(c record.Copy, edit []func(*record.Copy)) {
	for _, e := range edit {
		e(&c)
	}
	w.rows = append(w.rows, c)
	slices.SortStableFunc(w.rows, func(a, b record.Copy) int { return strings.Compare(a.Path, b.Path) })
}

func (w *world) request() restore.Request {
	var rows iter.Seq2[record.Copy, error] = func(yield func(record.Copy, error) bool) {
		for _, r := range w.rows {
			if !yield(r, nil) {
				return
			}
		}
	}
	return restore.Request{
		Sources: []restore.Source{{Name: "s", Prefix: "s/", Copies: rows}}, Stores: w.stores, Root: w.root, Clock: clock.Fixed(noon),
	}
}

func (w *world) run(edit ...func(*restore.Request)) restore.Result {
	w.Helper()
	req := w.request()
	for _, e := range edit {
		e(&req)
	}
	res, err := restore.Run(context.Background(), req)
	w.must(err)
	return res
}

// back is what lies restored at a path.
func (w *world) back(path string) string {
	b, err := os.ReadFile(w.path("back/s", path))
	if err != nil {
		return "<" + err.(*os.PathError).Err.Error() + ">"
	}
	return string(b)
}

const none = "<no such file or directory>"

func TestWholeTree(t *testing.T) {
	w := newWorld(t)
	w.entry("d/", "directory", "", 0o040555)
	w.entry("d/deep/", "directory", "", 0o040500)
	w.entry("empty/", "directory", "", 0o040755)
	w.entry("link", "symlink", "/etc/passwd", 0o120777)
	w.file("one", "a.txt", "alpha", 1)
	w.file("one", "d/b", "", 1)
	w.file("one", "d/deep/c", strings.Repeat("c", 3<<20), 1)
	w.file("one", "e/f/unrecorded folders", "x", 1)
	res := w.run()
	if res.Restored != (plan.Count{Objects: 4, Bytes: 6 + 3<<20}) || res.Entries != 4 || res.Failed != 0 || len(res.Notes) != 0 {
		t.Fatalf("result: %+v", res)
	}
	if w.back("a.txt") != "alpha" || w.back("d/b") != "" || len(w.back("d/deep/c")) != 3<<20 || w.back("e/f/unrecorded folders") != "x" {
		t.Error("contents")
	}
	if target, err := os.Readlink(w.path("back/s/link")); err != nil || target != "/etc/passwd" {
		t.Errorf("link to %q, %v", target, err)
	}
	for path, want := range map[string]os.FileMode{"d": 0o555, "d/deep": 0o500, "empty": 0o755, "a.txt": 0o640} {
		info, err := os.Stat(w.path("back/s", path))
		w.must(err)
		mtime := noon.Add(-100 * time.Hour)
		if path == "a.txt" {
			mtime = noon.Add(-time.Hour)
		}
		if info.Mode().Perm() != want || !info.ModTime().Equal(mtime) {
			t.Errorf("%s: mode %v, time %v", path, info.Mode(), info.ModTime())
		}
	}
	again := w.run()
	if again.Present.Objects != 4 || again.Restored.Objects != 0 || again.Failed != 0 || again.Entries != 4 {
		t.Errorf("again: %+v", again)
	}
}

func TestVersionAtATime(t *testing.T) {
	w := newWorld(t)
	w.file("one", "a", "first", 1, func(c *record.Copy) { c.SupersededAt = at(5) })
	w.file("one", "a", "second", 5, func(c *record.Copy) { c.GoneAt = at(9) })
	for hours, want := range map[int]string{0: none, 1: "first", 4: "first", 5: "second", 8: "second", 9: none} {
		w.must(os.RemoveAll(w.path("back/s")))
		w.run(func(r *restore.Request) { r.At = noon.Add(time.Duration(hours) * time.Hour) })
		if got := w.back("a"); got != want {
			t.Errorf("after %d hours: %q, want %q", hours, got, want)
		}
	}
	w.must(os.RemoveAll(w.path("back/s")))
	if w.run(); w.back("a") != none {
		t.Error("a vanished object came back")
	}
	if w.run(func(r *restore.Request) { r.Gone = true }); w.back("a") != "second" {
		t.Error("-gone did not bring it back")
	}
}

func TestBestCopy(t *testing.T) {
	flip := func(w *world) { w.must(os.WriteFile(w.path("one/a.1"), []byte("ALPHA"), 0o600)) }
	remove := func(w *world) { w.must(os.Remove(w.path("one/a.1"))) }
	for name, c := range map[string]struct {
		status  record.Status
		harm    func(*world)
		second  bool
		want    string
		problem restore.What
		note    bool
	}{
		"both whole":             {record.Verified, nil, true, "alpha", "", false},
		"recorded damage":        {record.Damaged, flip, true, "alpha", "", false},
		"damage not yet known":   {record.Verified, flip, true, "alpha", "", true},
		"missing, not yet known": {record.Verified, remove, true, "alpha", "", true},
		"the only one is bad":    {record.Verified, flip, false, none, restore.NoCopy, false},
		"known to be bad":        {record.Damaged, nil, false, none, restore.NoCopy, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.file("one", "a", "alpha", 1, func(r *record.Copy) { r.Status, r.VerifiedAt = c.status, at(7) })
			if c.second {
				w.file("two", "a", "alpha", 1)
			}
			if c.harm != nil {
				c.harm(w)
			}
			res := w.run()
			if got := w.back("a"); got != c.want {
				t.Errorf("restored %q", got)
			}
			if (res.Failed > 0) != (c.problem != "") || c.problem != "" && res.Problems[0].What != c.problem {
				t.Errorf("result: %+v", res)
			}
			if noted := len(res.Notes) > 0 && res.Notes[0].What == restore.Fallback; noted != c.note {
				t.Errorf("notes: %+v", res.Notes)
			}
			if left, _ := filepath.Glob(w.path("back/s/.backstay-*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// That a destination is closed is said once, by who opens it, and not for each
// object that has a copy there.
func TestClosedDestinationIsNoFallback(t *testing.T) {
	w := newWorld(t)
	w.file("one", "a", "alpha", 1)
	w.file("two", "a", "alpha", 1)
	delete(w.stores, "one")
	if res := w.run(); res.Failed != 0 || len(res.Notes) != 0 || w.back("a") != "alpha" {
		t.Errorf("%q: %+v", w.back("a"), res)
	}
}

// A destination that missed the last version does not bring the old one back.
func TestOlderVersionElsewhereIsNoFallback(t *testing.T) {
	w := newWorld(t)
	w.file("one", "a", "new", 2, func(c *record.Copy) { c.Status = record.Missing })
	w.file("two", "a", "old", 1)
	if res := w.run(); res.Failed != 1 || w.back("a") != none {
		t.Errorf("restored %q, result %+v", w.back("a"), res)
	}
}

func TestNothingIsReplacedUnasked(t *testing.T) {
	w := newWorld(t)
	w.file("one", "a", "alpha", 1)
	w.file("one", "b", "beta", 1)
	w.entry("link", "symlink", "a", 0o120777)
	w.must(os.MkdirAll(w.path("back/s"), 0o755))
	w.must(os.WriteFile(w.path("back/s/a"), []byte("the user's own"), 0o644))
	w.must(os.Symlink("b", w.path("back/s/link")))
	res := w.run()
	if res.Failed != 2 || res.Problems[0].What != restore.Exists || w.back("a") != "the user's own" || w.back("b") != "beta" {
		t.Errorf("result: %+v", res)
	}
	if target, _ := os.Readlink(w.path("back/s/link")); target != "b" {
		t.Errorf("link was replaced by %q", target)
	}
	res = w.run(func(r *restore.Request) { r.Overwrite = true })
	target, _ := os.Readlink(w.path("back/s/link"))
	if res.Failed != 0 || res.Present.Objects != 1 || w.back("a") != "alpha" || target != "a" {
		t.Errorf("overwrite: %+v", res)
	}
}

func TestHardLinks(t *testing.T) {
	w := newWorld(t)
	group := func(name string, n uint32) func(*record.Copy) {
		return func(c *record.Copy) { c.HardLink, c.Nlink = name, n }
	}
	w.file("one", "a", "shared", 1, group("7:1", 3))
	w.file("one", "d/b", "shared", 1, group("7:1", 3))
	w.file("one", "z", "shared", 1, group("7:1", 3))
	w.file("one", "other", "changed since", 1, group("7:2", 2))
	w.file("one", "other2", "shared", 1, group("7:2", 2))
	for range 2 {
		if res := w.run(); res.Failed != 0 || len(res.Notes) != 0 {
			t.Fatalf("result: %+v", res)
		}
		same := func(a, b string) bool {
			fa, err := os.Stat(w.path("back/s", a))
			w.must(err)
			fb, err := os.Stat(w.path("back/s", b))
			w.must(err)
			return os.SameFile(fa, fb)
		}
		if !same("a", "d/b") || !same("a", "z") {
			t.Error("the links are files of their own")
		}
		if same("other", "other2") || w.back("other") != "changed since" || w.back("other2") != "shared" {
			t.Error("different contents were linked")
		}
	}
}

func TestPathsCannotLeaveTheRoot(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"../out", "/etc/out", "a/../../out", "a//b", "."} {
		w.file("one", "x", "evil", 1, func(c *record.Copy) { c.Path = path })
	}
	res := w.run()
	if res.Failed != 5 || res.Restored.Objects != 0 || res.Problems[0].What != restore.Unsafe {
		t.Errorf("result: %+v", res)
	}
}

// A link in the target, put there before or meanwhile, is not a way out.
func TestLinksInTheTargetAreNotFollowed(t *testing.T) {
	w := newWorld(t)
	outside := w.path("outside")
	w.must(os.Mkdir(outside, 0o755))
	w.must(os.MkdirAll(w.path("back/s"), 0o755))
	w.must(os.Symlink(outside, w.path("back/s/d")))
	w.entry("d/", "directory", "", 0o040755)
	w.file("one", "d/x", "evil", 1)
	for _, overwrite := range []bool{false, true} {
		res := w.run(func(r *restore.Request) { r.Overwrite = overwrite })
		if left, _ := os.ReadDir(outside); len(left) > 0 {
			t.Errorf("overwrite %v: %v was written outside", overwrite, left)
		}
		if res.Failed == 0 {
			t.Errorf("overwrite %v: %+v", overwrite, res)
		}
	}
}

func TestFilterAndDryRun(t *testing.T) {
	w := newWorld(t)
	w.file("one", "a", "alpha", 1)
	w.file("one", "b", "beta", 1)
	only := func(r *restore.Request) { r.Want = func(c *record.Copy) bool { return c.Path == "b" } }
	res := w.run(only, func(r *restore.Request) { r.DryRun = true })
	if res.Restored != (plan.Count{Objects: 1, Bytes: 4}) || w.back("b") != none {
		t.Errorf("dry: %+v", res)
	}
	if w.run(only); w.back("b") != "beta" || w.back("a") != none {
		t.Error("the filter")
	}
}

func TestInterruptedCarriesOn(t *testing.T) {
	w := newWorld(t)
	for i := range 300 {
		w.file("one", fmt.Sprintf("d%d/f%03d", i/100, i), fmt.Sprint("content ", i), 1)
	}
	for i := range 3 {
		w.entry(fmt.Sprintf("d%d/", i), "directory", "", 0o040555)
	}
	ctx, cancel := context.WithCancel(t.Context())
	req := w.request()
	n := 0
	req.Want = func(*record.Copy) bool {
		if n++; n == 150 {
			cancel()
		}
		return true
	}
	if res, err := restore.Run(ctx, req); !errors.Is(err, context.Canceled) || res.Failed != 0 {
		t.Fatalf("result %+v, error %v", res, err)
	}
	res := w.run()
	if res.Failed != 0 || res.Restored.Objects+res.Present.Objects != 300 || res.Present.Objects == 0 {
		t.Errorf("result: %+v", res)
	}
	for i := range 300 {
		if got := w.back(fmt.Sprintf("d%d/f%03d", i/100, i)); got != fmt.Sprint("content ", i) {
			t.Fatalf("%d: %q", i, got)
		}
	}
}
