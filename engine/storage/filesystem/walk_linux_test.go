package filesystem

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/backstay/backstay/engine/storage"
)

func open(t *testing.T, dir string) *Source {
	t.Helper()
	s, err := OpenSource(dir, SourceOptions{Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func list(t *testing.T, s *Source) []storage.Entry {
	t.Helper()
	var out []storage.Entry
	for e, err := range s.List(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// witness lists with the portable walk.
func witness(t *testing.T, dir string) []storage.Entry {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	})
	var out []storage.Entry
	w := plainWalk{root: root, name: filepath.Base, yield: func(e storage.Entry, err error) bool {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
		return true
	}}
	w.folder(context.Background(), "")
	return out
}

func same(t *testing.T, got, want []storage.Entry) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("entry %d:\n got %+v\nwant %+v", i, got[i], want[i])
		}
		if i > 0 && got[i-1].Path >= got[i].Path {
			t.Fatalf("order: %q before %q", got[i-1].Path, got[i].Path)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
}

// odd makes a random tree of names that are hard to sort: prefixes of each
// other, bytes on both sides of "/", bytes that are no UTF-8.
func odd(t *testing.T, dir string, rnd *rand.Rand, depth int) {
	t.Helper()
	for range rnd.IntN(12) {
		b := make([]byte, 1+rnd.IntN(12))
		for i := range b {
			b[i] = "a-.0~ab!\xff\x01\n0"[rnd.IntN(12)]
		}
		name := string(b)
		if name == "." || name == ".." {
			continue
		}
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); err == nil {
			continue
		}
		var err error
		switch k := rnd.IntN(8); {
		case k < 3 && depth > 0:
			if err = os.Mkdir(path, 0o755); err == nil {
				odd(t, path, rnd, depth-1)
			}
		case k == 3:
			err = os.Symlink("..", path)
		case k == 4:
			err = unix.Mkfifo(path, 0o600)
		default:
			err = os.WriteFile(path, b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestWalkEqualsTheWitness(t *testing.T) {
	for seed := range uint64(20) {
		dir := t.TempDir()
		odd(t, dir, rand.New(rand.NewPCG(seed, 1)), 4)
		want := witness(t, dir)
		s := open(t, dir)
		same(t, list(t, s), want)
		s.root.steps = true // as on a kernel without openat2
		same(t, list(t, s), want)
	}
}

func TestWalkLargeFolder(t *testing.T) {
	dir := t.TempDir()
	fill1(t, dir, chunk+chunk/2)
	for i := range 300 {
		sub := filepath.Join(dir, fmt.Sprintf("file-%07d.dat-%d", i*7, i%3), "x")
		if err := os.MkdirAll(sub, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "second"), 0o755); err != nil {
		t.Fatal(err)
	}
	fill1(t, filepath.Join(dir, "second"), 3*chunk)
	same(t, list(t, open(t, dir)), witness(t, dir))
}

func TestWalkDeeperThanPathMax(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	name := strings.Repeat("d", 200)
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	const depth = 60 // 12,000 bytes
	for range depth {
		if err := unix.Mkdirat(fd, name, 0o755); err != nil {
			t.Fatal(err)
		}
		next, err := unix.Openat(fd, name, unix.O_PATH|unix.O_DIRECTORY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_ = unix.Close(fd)
		fd = next
	}
	_ = unix.Close(fd)
	t.Cleanup(func() { _ = exec.Command("rm", "-rf", dir).Run() })
	got := list(t, s)
	if len(got) != depth || len(got[depth-1].Path) != depth*201 {
		t.Fatalf("%d folders, want %d", len(got), depth)
	}
}

func TestOpenSourceNeedsAFolder(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		filepath.Join(dir, "none"): storage.ErrNotExist,
		file:                       storage.ErrNotFolder,
	} {
		if _, err := OpenSource(path, SourceOptions{}); !errors.Is(err, want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
}

// A root that was removed is an error, never an empty tree.
func TestWalkRootRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "root")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	for e, err := range s.List(context.Background()) {
		if !errors.Is(err, storage.ErrNotExist) {
			t.Fatalf("%v, %v; want ErrNotExist", e, err)
		}
		return
	}
	t.Fatal("an empty listing")
}

func TestWalkStopsEarly(t *testing.T) {
	dir := t.TempDir()
	grow(t, dir, 5, 5, 50)
	s := open(t, dir)
	for stop := range 60 {
		n := 0
		for _, err := range s.List(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n > stop*20 {
				break
			}
		}
		buf := make([]byte, 1<<20)
		if all := string(buf[:runtime.Stack(buf, true)]); strings.Contains(all, "(*walker).work(") {
			t.Fatalf("workers outlive the walk:\n%s", all)
		}
	}
}

func TestWalkCancelled(t *testing.T) {
	dir := t.TempDir()
	grow(t, dir, 3, 3, 5)
	s := open(t, dir)
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var last error
	for _, err := range s.List(ctx) {
		cancel(why)
		last = err
	}
	if !errors.Is(last, why) {
		t.Fatalf("ended with %v, want the cause", last)
	}
}

// What vanishes, or becomes a link, while the walk runs is gone; the walk does
// not go where the link leads.
func TestWalkOfAMovingTree(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	fill1(t, outside, 3)
	for _, name := range []string{"a", "b", "c", "d"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		fill1(t, filepath.Join(dir, name), 1)
	}
	s := open(t, dir)
	r := newReader(&walker{root: s.root})
	for _, c := range []struct {
		name string
		swap func(path string) error
	}{
		{"a", func(string) error { return nil }},
		{"b", os.RemoveAll},
		{"c", func(p string) error { return errors.Join(os.RemoveAll(p), os.Symlink(outside, p)) }},
		{"d", func(p string) error { return errors.Join(os.RemoveAll(p), os.WriteFile(p, nil, 0o600)) }},
	} {
		if err := c.swap(filepath.Join(dir, c.name)); err != nil {
			t.Fatal(err)
		}
		n := &node{path: c.name + "/", at: -1}
		r.read(n)
		if want := map[string]int{"a": 1}[c.name]; n.err != nil || len(n.entries) != want {
			t.Errorf("%s: %d entries, %v; want %d", c.name, len(n.entries), n.err, want)
		}
	}
}

// A mount that goes away between two looks must not pass for an empty folder;
// one that appears is followed.
func TestWalkMounts(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "mnt"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	r := newReader(&walker{root: s.root})
	dev := s.root.dev
	gone := &node{path: "mnt/", at: -1, from: device{true, dev + 1, dev}}
	if r.read(gone); !errors.Is(gone.err, storage.ErrChanged) {
		t.Errorf("vanished mount: %v, want ErrChanged", gone.err)
	}
	come := &node{path: "mnt/", at: -1, from: device{true, dev + 1, dev + 1}}
	if r.read(come); come.err != nil {
		t.Errorf("new mount: %v", come.err)
	}
}

// Run by an unprivileged child, because root may read everything.
func TestWalkUnreadable(t *testing.T) {
	if dir := os.Getenv("UNREADABLE"); dir != "" {
		s := open(t, dir)
		var seen []string
		for e, err := range s.List(context.Background()) {
			if err != nil {
				fmt.Println("ERR", errors.Is(err, storage.ErrPermission), err, seen)
				return
			}
			seen = append(seen, e.Path)
		}
		t.Fatalf("no error after %v", seen)
	}
	dir := t.TempDir()
	grow(t, dir, 3, 1, 1)
	closed := filepath.Join(dir, "dir-001", "sub-000")
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	out := asNobody(t, "^TestWalkUnreadable$", "UNREADABLE="+dir)
	want := "ERR true open \"" + closed
	if !strings.Contains(out, want) || !strings.Contains(out, "dir-000/sub-000/file-0000000.dat dir-001/ dir-001/sub-000/]") {
		t.Fatalf("output %q, want %q after all that comes first", out, want)
	}
}

// asNobody runs one test of this binary as another user.
func asNobody(t *testing.T, test string, env ...string) string {
	t.Helper()
	for dir := filepath.Dir(strings.SplitN(env[0], "=", 2)[1]); dir != "/"; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && os.Getuid() == 0 && strings.Contains(dir, "Test") {
			if err := os.Chmod(dir, info.Mode().Perm()|0o055); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd := exec.Command("/proc/self/exe", "-test.run="+test)
	cmd.Env = append(os.Environ(), env...)
	if os.Getuid() == 0 {
		binary, err := os.ReadFile("/proc/self/exe") // the original lies where only root can go
		if err != nil {
			t.Fatal(err)
		}
		public, err := os.MkdirTemp("/tmp", "nobody")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(public) })
		cmd.Path = filepath.Join(public, "test")
		if err := errors.Join(os.Chmod(public, 0o755), os.WriteFile(cmd.Path, binary, 0o755)); err != nil {
			t.Fatal(err)
		}
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return out.String()
}

// What a walk holds does not grow with the tree: the heap near its end is
// compared for N and 2N entries, of which a few hundred may be read ahead; and
// so is what it allocates in all.
func TestWalkCostIsLinearAndMemoryConstant(t *testing.T) {
	measure := func(folders int) (held, allocated float64) {
		dir := t.TempDir()
		grow(t, dir, folders, 10, 40)
		s := open(t, dir)
		s.root.ahead = 400
		var before, after, end runtime.MemStats
		collect()
		runtime.ReadMemStats(&before)
		n := 0
		for _, err := range s.List(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == folders*10*40 { // near the end, with the walk alive
				runtime.GC()
				runtime.ReadMemStats(&after)
			}
		}
		runtime.ReadMemStats(&end)
		return float64(after.HeapAlloc) - float64(before.HeapAlloc), float64(end.TotalAlloc - before.TotalAlloc)
	}
	h1, a1 := measure(20)
	h2, a2 := measure(40)
	t.Logf("held %.0f and %.0f KB, allocated %.0f and %.0f KB", h1/1e3, h2/1e3, a1/1e3, a2/1e3)
	const entry = 180 // bytes, with its path
	if h2 > h1+20*10*40*entry/4 {
		t.Errorf("held %.0f bytes for N, %.0f for 2N", h1, h2)
	}
	if a2 > 2.2*a1 {
		t.Errorf("allocated %.0f bytes for N, %.0f for 2N", a1, a2)
	}
}

// collect lets go of all that earlier tests left: what a pool kept goes with the
// second collection.
func collect() {
	runtime.GC()
	runtime.GC()
}

// A large folder is held as names alone: about 40 bytes an entry.
func TestWalkHoldsOnlyNamesOfALargeFolder(t *testing.T) {
	dir := t.TempDir()
	const n = 20 * chunk
	fill1(t, dir, n)
	s := open(t, dir)
	s.root.ahead = 2 * chunk
	var before, after runtime.MemStats
	collect()
	i := 0
	runtime.ReadMemStats(&before)
	for _, err := range s.List(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if i++; i == n {
			runtime.GC()
			runtime.ReadMemStats(&after)
		}
	}
	held := float64(after.HeapAlloc) - float64(before.HeapAlloc)
	t.Logf("held %.0f KB for %d entries", held/1e3, n)
	if limit := float64(n*60 + 6*chunk*180); held > limit {
		t.Errorf("held %.0f bytes, want at most %.0f", held, limit)
	}
}
