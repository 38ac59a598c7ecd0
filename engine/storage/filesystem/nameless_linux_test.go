package filesystem

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// Each way to name an open file gives the key to one alone, whole, and nothing
// of a batch has a name before.
func TestNameless(t *testing.T) {
	for _, w := range []way{byHandle, byProcess} {
		ctx := context.Background()
		d := destination(t, t.TempDir(), DestinationOptions{})
		begin(t, d, "probe")
		if d.nameless.way == noWay {
			unnameable(t)
			return
		}
		if w == byHandle && d.nameless.way != byHandle {
			continue // Linux before 6.10, and not root
		}
		d.nameless.way = w
		b, err := d.Begin(ctx, "one")
		if err != nil {
			t.Fatal(err)
		}
		first, second := stageSmall(t, b, "a/b"), stageSmall(t, b, "a/b")
		namesLeft(t, d, 0)
		if _, err := b.Commit(ctx, first); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Commit(ctx, second); err == nil {
			t.Errorf("way %d: two files have one key", w)
		}
		if err := b.Finish(ctx); err != nil {
			t.Fatal(err)
		}
		var st unix.Stat_t
		if err := unix.Stat(filepath.Join(d.root.real, "a/b"), &st); err != nil || st.Nlink != 1 || st.Size == 0 {
			t.Errorf("way %d: %d links, %d bytes, %v", w, st.Nlink, st.Size, err)
		}
	}
}

// unnameable insists that the file system of temporary folders names no open files,
// as a driver that found no way says; the contract then runs with temporary names.
func unnameable(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return
	}
	defer func() { _ = unix.Close(fd) }() // an empty file without a name
	link := filepath.Join("/proc/self/fd", strconv.Itoa(fd))
	if unix.Linkat(unix.AT_FDCWD, link, unix.AT_FDCWD, filepath.Join(dir, "named"), unix.AT_SYMLINK_FOLLOW) == nil {
		t.Error("an open file can be named here, and the driver did not find out")
	}
}

// What cannot be kept open has a temporary name, and loses it.
func TestNamedWhereNoFileMayStayOpen(t *testing.T) {
	ctx := context.Background()
	d := destination(t, t.TempDir(), DestinationOptions{})
	d.kept.Store(keepLimit())
	b, err := d.Begin(ctx, "one")
	if err != nil {
		t.Fatal(err)
	}
	s := stageSmall(t, b, "a")
	namesLeft(t, d, 1)
	if _, err := b.Commit(ctx, s); err != nil {
		t.Fatal(err)
	}
	if err := b.Finish(ctx); err != nil {
		t.Fatal(err)
	}
	namesLeft(t, d, 0)
	if n := d.kept.Load(); n != keepLimit() {
		t.Errorf("%d files are counted as open, not %d", n, keepLimit())
	}
}

// namesLeft counts temporary names.
func namesLeft(t *testing.T, d *Destination, want int) {
	t.Helper()
	left, err := os.ReadDir(filepath.Join(d.root.real, tmpFolder))
	if err != nil || len(left) != want {
		t.Errorf("%d temporary names, %v; want %d", len(left), err, want)
	}
}

// begin makes and drops a batch with one file in it.
func begin(t *testing.T, d *Destination, attempt string) {
	t.Helper()
	b, err := d.Begin(context.Background(), attempt)
	if err != nil {
		t.Fatal(err)
	}
	stageSmall(t, b, "x")
	if err := b.Discard(context.Background()); err != nil {
		t.Fatal(err)
	}
}
