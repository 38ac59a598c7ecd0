package filesystem

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/storagetest"
)

// The contract once more, as on a kernel without openat2 and a file system
// without exclusive renames.
func TestDestinationContractOnOldSystems(t *testing.T) {
	storagetest.Destination(t, func(t *testing.T) storage.Destination {
		d := destination(t, t.TempDir(), DestinationOptions{})
		d.root.steps = true
		d.root.links.Store(true)
		d.nameless.off = true
		return d
	})
}

func TestRemoveLeavesNoEmptyFolders(t *testing.T) {
	d := destination(t, t.TempDir(), DestinationOptions{})
	o := store(t, d, "a/b/c", "content")
	if err := d.Remove(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(d.root.real, "a")); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("empty folders are still there: %v", err)
	}
}

// store puts one object.
func store(t *testing.T, d *Destination, key, content string) storage.Object {
	t.Helper()
	o, err := tryStore(d, key, content)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func tryStore(d *Destination, key, content string) (o storage.Object, err error) {
	ctx := context.Background()
	b, err := d.Begin(ctx, "test")
	if err != nil {
		return o, err
	}
	s, err := b.Stage(ctx, key, strings.NewReader(content), int64(len(content)))
	if err == nil {
		err = b.Sync(ctx)
	}
	if err == nil {
		o, err = b.Commit(ctx, s)
	}
	if err == nil {
		err = b.Finish(ctx)
	}
	return o, errors.Join(err, b.Discard(ctx))
}

func TestOpenDestination(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "x", "new")
	if _, err := OpenDestination(dir, DestinationOptions{}); !errors.Is(err, storage.ErrNotExist) {
		t.Fatalf("without Create: %v, want ErrNotExist", err)
	}
	if d := destination(t, dir, DestinationOptions{Create: true}); !d.Created() {
		t.Error("Created() is false for a new root")
	}
	d := destination(t, dir, DestinationOptions{Create: true})
	if d.Created() {
		t.Error("Created() is true for an old root")
	}
	path, dev, err := d.Location()
	info, serr := os.Stat(dir)
	if err != nil || serr != nil || path != dir || dev != wide(info.Sys().(*syscall.Stat_t).Dev) {
		t.Errorf("Location() = %q, %d, %v", path, dev, err)
	}
}

// Copies are their owner's alone, whatever the umask and the folder say.
func TestModesWhateverTheUmask(t *testing.T) {
	for _, mask := range []int{0, 0o777} {
		d := destination(t, t.TempDir(), DestinationOptions{})
		old := unix.Umask(mask)
		_, err := tryStore(d, "a/b/c", "x")
		unix.Umask(old)
		if err != nil {
			t.Fatalf("umask %o: %v", mask, err)
		}
		for path, want := range map[string]os.FileMode{"a": 0o700 | os.ModeDir, "a/b": 0o700 | os.ModeDir, "a/b/c": 0o600, ".backstay/tmp": 0o700 | os.ModeDir} {
			info, err := os.Stat(filepath.Join(d.root.real, path))
			if err != nil || info.Mode() != want {
				t.Errorf("umask %o: %s has %v, %v; want %v", mask, path, info.Mode(), err, want)
			}
		}
	}
}

// Links that somebody planted lead nowhere, for no call.
func TestDestinationFollowsNoLinks(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	secret := filepath.Join(outside, "secret")
	if err := errors.Join(os.WriteFile(secret, []byte("s"), 0o600), os.Mkdir(filepath.Join(dir, "in"), 0o755),
		os.Symlink(outside, filepath.Join(dir, "out")), os.Symlink("in", filepath.Join(dir, "alias")),
		os.Symlink(secret, filepath.Join(dir, "in", "file"))); err != nil {
		t.Fatal(err)
	}
	d := destination(t, dir, DestinationOptions{})
	for _, key := range []string{"out/new", "out/secret", "alias/new", "in/file"} {
		if _, err := tryStore(d, key, "x"); err == nil {
			t.Errorf("%q was committed", key)
		}
		if r, _, err := d.Open(context.Background(), key); err == nil {
			t.Errorf("%q was opened", key)
			_ = r.Close()
		}
		if _, err := d.Stat(context.Background(), key); err == nil {
			t.Errorf("%q was found", key)
		}
		if err := d.Remove(context.Background(), storage.Object{Key: key}); err == nil {
			t.Errorf("%q was removed", key)
		}
	}
	for o, err := range d.List(context.Background(), "") {
		t.Errorf("listed %+v, %v", o, err)
	}
	for o, err := range d.List(context.Background(), "out/") {
		t.Errorf("listed behind a link: %+v, %v", o, err)
	}
	left, err := os.ReadDir(outside)
	if err != nil || len(left) != 1 {
		t.Errorf("outside: %v, %v", left, err)
	}
	swap := filepath.Join(dir, ".backstay", "tmp")
	if err := errors.Join(os.RemoveAll(swap), os.Symlink(outside, swap)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Begin(context.Background(), "a"); err == nil {
		t.Error("staged behind a link")
	}
	if n, err := d.Sweep(context.Background(), func(string) bool { return false }); n != 0 {
		t.Errorf("swept %d behind a link, %v", n, err)
	}
}

// A root that vanished does not list as empty.
func TestListOfAVanishedRoot(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "root")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	d := destination(t, dir, DestinationOptions{})
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	for _, prefix := range []string{"", "s/"} {
		var last error
		for _, err := range d.List(context.Background(), prefix) {
			last = err
		}
		if !errors.Is(last, storage.ErrUnreachable) {
			t.Errorf("prefix %q: %v, want ErrUnreachable", prefix, last)
		}
	}
}

// tmpfs runs one test of this binary in a mount namespace of its own, where a
// small file system is mounted at the path it is given.
func tmpfs(t *testing.T, test, options string) (dir string, child bool) {
	if dir = os.Getenv("BACKSTAY_TMPFS"); dir != "" {
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
			t.Fatal(err)
		}
		return dir, true
	}
	cmd := exec.Command("/proc/self/exe", "-test.run="+test)
	cmd.Env = append(os.Environ(), "BACKSTAY_TMPFS="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSPC) {
		t.Skip("user namespaces are switched off on this machine")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return "", false
}

func TestDiskFull(t *testing.T) {
	dir, child := tmpfs(t, "^TestDiskFull$", "size=1m")
	if !child {
		return
	}
	d := destination(t, dir, DestinationOptions{})
	kept := store(t, d, "kept", "x")
	_, err := tryStore(d, "big", strings.Repeat("x", 4<<20))
	if !errors.Is(err, storage.ErrNoSpace) || !strings.Contains(err.Error(), dir) {
		t.Errorf("%v, want ErrNoSpace with a path", err)
	}
	if n, err := d.Sweep(context.Background(), func(string) bool { return false }); n != 0 || err != nil {
		t.Errorf("%d left behind, %v", n, err)
	}
	if o, err := d.Stat(context.Background(), "kept"); o != kept || err != nil {
		t.Errorf("%+v, %v", o, err)
	}
	if d.Abilities().UncachedRead {
		t.Error("memory claims to be read uncached")
	}
}

func TestReadOnly(t *testing.T) {
	dir, child := tmpfs(t, "^TestReadOnly$", "")
	if !child {
		return
	}
	d := destination(t, dir, DestinationOptions{})
	o := store(t, d, "kept", "x")
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY|unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := tryStore(d, "new", "x"); !errors.Is(err, storage.ErrReadOnly) {
		t.Errorf("store: %v, want ErrReadOnly", err)
	}
	if err := d.Remove(context.Background(), o); !errors.Is(err, storage.ErrReadOnly) {
		t.Errorf("remove: %v, want ErrReadOnly", err)
	}
}

// Run by an unprivileged child, because root may write everywhere.
func TestNoPermission(t *testing.T) {
	if dir := os.Getenv("UNWRITABLE"); dir != "" {
		d := destination(t, dir, DestinationOptions{})
		if _, err := tryStore(d, "new", "x"); !errors.Is(err, storage.ErrPermission) {
			t.Fatalf("%v, want ErrPermission", err)
		}
		return
	}
	dir := filepath.Join(t.TempDir(), "closed")
	if err := errors.Join(os.Mkdir(dir, 0o755), os.Chmod(dir, 0o555)); err != nil {
		t.Fatal(err)
	}
	asNobody(t, "^TestNoPermission$", "UNWRITABLE="+dir)
}

// What Sync promises Reread: nothing of the file is in the cache any more, as
// the kernel itself says, or it came back from the disk. Dropping is advice, and
// the kernel keeps a page that it is just looking at: so one of several files has
// to be gone, which none is where nothing is dropped.
func TestRereadIsUncached(t *testing.T) {
	d := destination(t, t.TempDir(), DestinationOptions{})
	if !d.Abilities().UncachedRead {
		t.Skip("the temporary folder lies in memory, which cannot be dropped")
	}
	const tries = 10
	for try := range tries {
		if err := rereadWithoutWaiting(t, d, "k"+strconv.Itoa(try)); errors.Is(err, unix.EAGAIN) {
			return
		}
	}
	t.Errorf("reads that may not wait were answered for all %d files, want EAGAIN: the pages were cached", tries)
}

// rereadWithoutWaiting stages and syncs a file and gives what a read that may not
// wait for the disk said of its middle.
func rereadWithoutWaiting(t *testing.T, d *Destination, key string) error {
	t.Helper()
	ctx := context.Background()
	b, err := d.Begin(ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	content := strings.Repeat("0123456789abcdef", primeLimit/16+1) // not primed
	s, err := b.Stage(ctx, key, strings.NewReader(content), -1)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Sync(ctx); err != nil {
		t.Fatal(err)
	}
	r, err := b.Reread(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	_, waits := unix.Preadv2(r.(*reread).f.fd, [][]byte{make([]byte, 4096)}, 512<<10, unix.RWF_NOWAIT)
	got, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close(), b.Discard(ctx)); err != nil || string(got) != content {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	return waits
}

// A run of zeros takes no room at the destination.
func TestStageKeepsHoles(t *testing.T) {
	d := destination(t, t.TempDir(), DestinationOptions{})
	o := store(t, d, "image", "head"+strings.Repeat("\x00", 8<<20)+"tail")
	var st unix.Stat_t
	if err := unix.Stat(filepath.Join(d.root.real, "image"), &st); err != nil {
		t.Fatal(err)
	}
	if o.Size != 8<<20+8 || st.Blocks*512 > 1<<20 {
		t.Errorf("%d bytes take %d", o.Size, st.Blocks*512)
	}
}

func TestRemovePrunesUpToThePrefix(t *testing.T) {
	d := destination(t, t.TempDir(), DestinationOptions{Prefix: "/pre/fix/"})
	o := store(t, d, "pre/fix/src/a/b", "x")
	if err := d.Remove(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Join(d.root.real, "pre", "fix"))
	if err != nil || len(left) != 0 {
		t.Errorf("%v, %v; want an empty folder", left, err)
	}
}

// Whether names fold is found out without writing.
func TestFoldsAndNames(t *testing.T) {
	d := destination(t, t.TempDir(), DestinationOptions{})
	store(t, d, "Src/x", "x")
	folds, err := d.root.folds()
	_, serr := os.Stat(filepath.Join(d.root.real, "sRC"))
	if err != nil || folds != (serr == nil) {
		t.Errorf("folds() = %v, %v; another spelling: %v", folds, err, serr)
	}
	a := d.Abilities()
	if a.MaxNameBytes < 64 || a.MaxKeyBytes < 1024 || !a.Exclusive {
		t.Errorf("%+v", a)
	}
}
