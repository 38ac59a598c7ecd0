package filesystem

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// root is a folder that was opened once. Every path is resolved from its
// descriptor, beneath it and through no symbolic link, so that whoever swaps a
// folder for a link while we work gains nothing.
type root struct {
	f    *os.File
	path string // as the user wrote it, for messages
	real string // absolute, links resolved
	dev  uint64
	// openat2 is missing before Linux 5.6 and behind some seccomp filters;
	// paths are then walked element by element.
	steps bool
	// links is set once the file system turned out to know no exclusive rename.
	links atomic.Bool
	// ahead bounds the entries that a walk has read and not yet emitted.
	ahead int
}

// resolve is how the kernel is told to stay inside.
const resolve = unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS

// openRoot opens the folder at path; the path itself may lead through links,
// it is the user's own word.
func openRoot(path string) (*root, error) {
	fd, err := retry(func() (int, error) {
		return unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, fail("open", path, err)
	}
	r := &root{f: os.NewFile(uintptr(fd), path), path: path, ahead: aheadLimit}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, errors.Join(fail("stat", path, err), r.close())
	}
	r.dev = wide(st.Dev)
	if r.real, err = realPath(path); err != nil {
		return nil, errors.Join(fail("resolve", path, err), r.close())
	}
	probe, err := unix.Openat2(fd, ".", &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: resolve})
	if r.steps = err != nil; err == nil {
		err = unix.Close(probe)
	} else {
		err = nil
	}
	return r, err
}

func realPath(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

func (r *root) close() error { return r.f.Close() }

// name is how messages call what lies at path.
func (r *root) name(path string) string {
	return filepath.Join(r.path, path)
}

// open opens what lies at path ("" is the root itself) and gives the plain
// errno. A link anywhere in the path is ELOOP, unless O_PATH asks for the link
// itself.
func (r *root) open(path string, flags int, mode uint32) (int, error) {
	defer runtime.KeepAlive(r)
	dir, owned := int(r.f.Fd()), false
	path = strings.TrimSuffix(path, "/")
	if path == "" {
		path = "."
	}
	for {
		head, tail := r.segment(path)
		last := tail == ""
		f, m := unix.O_PATH|unix.O_DIRECTORY, uint32(0)
		if last {
			f, m = flags, mode
		}
		fd, err := r.openAt(dir, head, f|unix.O_NOFOLLOW|unix.O_CLOEXEC, m)
		if owned {
			err = errors.Join(err, unix.Close(dir))
		}
		if err != nil || last {
			return fd, err
		}
		dir, path, owned = fd, tail, true
	}
}

// segment cuts off as much of a path as one call can resolve: all of it, less
// than PATH_MAX, or one element.
func (r *root) segment(path string) (head, tail string) {
	cut := len(path)
	switch {
	case r.steps:
		cut = strings.IndexByte(path, '/')
	case len(path) >= unix.PathMax:
		cut = strings.LastIndexByte(path[:unix.PathMax-1], '/')
	}
	if cut < 0 || cut >= len(path) {
		return path, ""
	}
	return path[:cut], path[cut+1:]
}

func (r *root) openAt(dir int, path string, flags int, mode uint32) (int, error) {
	if r.steps {
		if path == ".." {
			return -1, unix.EXDEV
		}
		return retry(func() (int, error) { return unix.Openat(dir, path, flags, mode) })
	}
	how := unix.OpenHow{Flags: uint64(flags), Mode: uint64(mode), Resolve: resolve}
	for try := 0; ; try++ {
		fd, err := retry(func() (int, error) { return unix.Openat2(dir, path, &how) })
		// The kernel asks to try again when a rename ran beside the lookup.
		if !errors.Is(err, unix.EAGAIN) || try > 100 {
			return fd, err
		}
	}
}

// parent opens the folder that holds path, as a handle for names in it, and
// gives the last element.
func (r *root) parent(path string) (dir int, name string, err error) {
	cut := strings.LastIndexByte(path, '/')
	dir, err = r.open(path[:max(cut, 0)], unix.O_PATH|unix.O_DIRECTORY, 0)
	return dir, path[cut+1:], err
}

// retry calls again what a signal interrupted.
func retry[T any](call func() (T, error)) (T, error) {
	for {
		v, err := call()
		if !errors.Is(err, unix.EINTR) {
			return v, err
		}
	}
}
