package filesystem

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/backstay/backstay/engine/storage"
)

// content is an open file of a source. It reads with read(2) alone: nothing
// that could hand bytes from file to file inside the kernel.
type content struct {
	fd   int
	root *root
	path string
	st   unix.Stat_t // at Open
	at   int64
}

var (
	_ storage.Content  = (*content)(nil)
	_ storage.Detailed = (*content)(nil)
)

// Open opens a listed file for reading; see storage.Source. What was replaced
// by a link is ErrChanged, and ErrEscape too.
func (s *Source) Open(ctx context.Context, e storage.Entry) (storage.Content, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	fd, err := s.root.openRead(e.Path, e.UID)
	if err != nil {
		return nil, swapped(fail("open", s.root.name(e.Path), err))
	}
	c := &content{fd: fd, root: s.root, path: e.Path}
	if err := unix.Fstat(fd, &c.st); err != nil {
		return nil, errors.Join(fail("stat", c.name(), err), c.Close())
	}
	var now storage.Entry
	fill(&now, e.Path, &c.st)
	same := now.Kind == storage.File && now.Size == e.Size && now.MTime == e.MTime
	if !same || e.Inode != 0 && now.Inode != e.Inode {
		return nil, errors.Join(fail("open", c.name(), storage.ErrChanged), c.Close())
	}
	return c, nil
}

func (c *content) name() string { return c.root.name(c.path) }

// user is who this process acts as, all its life.
var user = sync.OnceValue(os.Geteuid)

// openRead opens a file for reading. It never waits for a writer, should the
// file have become a FIFO, and leaves the access time alone where the kernel
// lets it: for the owner and for root.
func (r *root) openRead(path string, uid uint32) (int, error) {
	const flags = unix.O_RDONLY | unix.O_NONBLOCK | unix.O_NOCTTY
	if me := user(); me == 0 || uint32(me) == uid {
		fd, err := r.open(path, flags|unix.O_NOATIME, 0)
		if !errors.Is(err, unix.EPERM) {
			return fd, err
		}
	}
	return r.open(path, flags, 0)
}

// swapped adds ErrChanged to what an entry gives that was exchanged for a link
// or a folder since it was listed.
func swapped(err error) error {
	if errors.Is(err, storage.ErrEscape) || errors.Is(err, storage.ErrNotFolder) || errors.Is(err, unix.ENXIO) {
		return errors.Join(storage.ErrChanged, err)
	}
	return err
}

// Read gives io.EOF with the last byte that the file had at Open: should there
// be more by now, Unchanged says so.
func (c *content) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := retry(func() (int, error) { return unix.Read(c.fd, p) })
	switch {
	case err != nil:
		return 0, fail("read", c.name(), err)
	case n == 0:
		return 0, io.EOF
	}
	if c.at += int64(n); c.at == c.st.Size {
		return n, io.EOF
	}
	return n, nil
}

// Details reads the extended attributes of the open file.
func (c *content) Details() (d storage.Details, err error) {
	if d.Xattrs, err = xattrs(c.fd, false); err != nil {
		return d, fail("read attributes of", c.name(), err)
	}
	return d, nil
}

// Unchanged compares size, mtime and ctime with those at Open.
func (c *content) Unchanged() error {
	var st unix.Stat_t
	if err := unix.Fstat(c.fd, &st); err != nil {
		return fail("stat", c.name(), err)
	}
	if st.Size != c.st.Size || st.Mtim != c.st.Mtim || st.Ctim != c.st.Ctim {
		return fail("read", c.name(), storage.ErrChanged)
	}
	return nil
}

func (c *content) Close() error {
	fd := c.fd
	c.fd = -1
	if err := unix.Close(fd); err != nil {
		return fail("close", c.name(), err)
	}
	return nil
}

// Details reads the target of a link and the extended attributes of any entry
// that can be opened; special files have none.
func (s *Source) Details(ctx context.Context, e storage.Entry) (storage.Details, error) {
	if err := context.Cause(ctx); err != nil || e.Kind == storage.Special {
		return storage.Details{}, err
	}
	name := s.root.name(e.Path)
	var fd int
	var err error
	switch e.Kind {
	case storage.Symlink:
		fd, err = s.root.open(e.Path, unix.O_PATH, 0)
	case storage.Directory:
		fd, err = s.root.open(e.Path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	default:
		fd, err = s.root.openRead(e.Path, e.UID)
	}
	if err != nil {
		return storage.Details{}, swapped(fail("open", name, err))
	}
	defer runtime.KeepAlive(s)
	d, err := details(fd, name, e.Kind)
	return d, errors.Join(err, unix.Close(fd))
}

func details(fd int, name string, kind storage.Kind) (d storage.Details, err error) {
	var st unix.Stat_t
	var now storage.Entry
	if err := unix.Fstat(fd, &st); err != nil {
		return d, fail("stat", name, err)
	}
	if fill(&now, "", &st); now.Kind != kind {
		return d, fail("open", name, storage.ErrChanged)
	}
	if kind == storage.Symlink {
		if d.Target, err = readLink(fd); err != nil {
			return d, fail("read link", name, err)
		}
	}
	if d.Xattrs, err = xattrs(fd, kind == storage.Symlink); err != nil {
		return d, fail("read attributes of", name, err)
	}
	return d, nil
}

// readLink reads the target of a link that is open as a mere handle.
func readLink(fd int) (string, error) {
	for size := 256; ; size *= 2 {
		buf := make([]byte, size)
		n, err := unix.Readlinkat(fd, "", buf)
		if err != nil {
			return "", err
		}
		if n < size {
			return string(buf[:n]), nil
		}
	}
}

// xattrs reads all extended attributes of an open file; nil if there are none
// or the file system knows none. A handle to a link is reached through /proc,
// which leads to the very inode: there is no call that takes the handle.
func xattrs(fd int, handle bool) (map[string]string, error) {
	list := func(b []byte) (int, error) { return unix.Flistxattr(fd, b) }
	get := func(name string, b []byte) (int, error) { return unix.Fgetxattr(fd, name, b) }
	if handle {
		self := handlePath(fd)
		list = func(b []byte) (int, error) { return unix.Listxattr(self, b) }
		get = func(name string, b []byte) (int, error) { return unix.Getxattr(self, name, b) }
	}
	all, err := sized(list)
	if errors.Is(err, unix.ENOTSUP) || err == nil && len(all) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := make(map[string]string)
	for name := range strings.SplitSeq(strings.TrimSuffix(string(all), "\x00"), "\x00") {
		value, err := sized(func(b []byte) (int, error) { return get(name, b) })
		switch {
		case errors.Is(err, unix.ENODATA): // removed meanwhile
		case err != nil:
			return nil, err
		default:
			out[name] = string(value)
		}
	}
	return out, nil
}

// sized calls what fills a buffer until the buffer is large enough.
func sized(call func([]byte) (int, error)) ([]byte, error) {
	for {
		n, err := call(nil)
		if err != nil || n == 0 {
			return nil, err
		}
		buf := make([]byte, n)
		n, err = call(buf)
		if !errors.Is(err, unix.ERANGE) {
			return buf[:max(n, 0)], err
		}
	}
}
