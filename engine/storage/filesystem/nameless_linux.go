package filesystem

import (
	"errors"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// nameless makes files without a name, where the file system can, and names
// them later. A folder of temporary names is then neither written nor locked,
// which is a third of what the kernel does for a small file, and what was not
// committed is gone with the process. The zero value with a root is ready.
type nameless struct {
	root *root
	off  bool // tests only

	once   sync.Once
	folder int    // a handle of tmpFolder
	name   string // for messages
	way    way
}

// way is how an open file without a name is given one.
type way byte

const (
	noWay     way = iota
	byHandle      // by its descriptor: of one's own files since Linux 6.10, for root before
	byProcess     // by way of /proc
)

// create makes a file for reading and writing; nil where that cannot be. attempt
// is for the name of what finds out whether it can.
func (n *nameless) create(attempt string) *file {
	if n.once.Do(func() { n.probe(attempt) }); n.way == noWay {
		return nil
	}
	fd, err := n.open()
	if err != nil {
		return nil // the folder was removed, or there is no room: a name tells
	}
	return &file{fd: fd, name: n.name}
}

func (n *nameless) open() (int, error) {
	return retry(func() (int, error) {
		return unix.Openat(n.folder, ".", unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, fileMode)
	})
}

// probe makes a file and names it: the only way to know. The name is one that
// Sweep removes, should the process die here.
func (n *nameless) probe(attempt string) {
	if n.off {
		return
	}
	folder, err := n.root.open(tmpFolder, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return
	}
	n.folder, n.name = folder, n.root.name(tmpFolder)
	if fd, err := n.open(); err == nil {
		name := last(temporary(attempt, 0))
		for _, w := range []way{byHandle, byProcess} {
			if w.link(fd, folder, name) == nil && unix.Unlinkat(folder, name, 0) == nil {
				n.way = w
				break
			}
		}
		_ = unix.Close(fd) // an empty file without a name
	}
	if n.way == noWay {
		_ = unix.Close(folder) // a handle: there is nothing to lose
	}
}

// link gives an open file a name that is free, or fails with EEXIST.
func (w way) link(fd, folder int, name string) error {
	if w == byHandle {
		return unix.Linkat(fd, "", folder, name, unix.AT_EMPTY_PATH)
	}
	return unix.Linkat(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(fd), folder, name, unix.AT_SYMLINK_FOLLOW)
}

// close lets go of the folder's handle.
func (n *nameless) close() error {
	n.once.Do(func() {}) // none is opened from here on
	if n.way == noWay {
		return nil
	}
	n.way = noWay
	return unix.Close(n.folder)
}

// link gives an open file of create's its name, which must be free: ErrExists
// says that it is not.
func (n *nameless) link(f *file, m *mover, to string) error {
	folder, name, err := m.to.of(n.root, to)
	if err == nil {
		err = n.way.link(f.fd, folder, name)
	}
	if err != nil {
		// The folder may have been removed since it was opened.
		return errors.Join(fail("commit", n.root.name(to), err), m.to.close())
	}
	return nil
}
