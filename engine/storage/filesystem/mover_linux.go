package filesystem

import (
	"errors"
	"sync"

	"golang.org/x/sys/unix"
)

// mover gives files exclusive names, and keeps handles of the two folders that
// it used last: a batch moves its files from one folder into few others, in the
// order of their paths. A handle was resolved beneath the root and stays the
// folder that it was. The zero value with a root is ready.
type mover struct {
	root     *root
	from, to handle
}

// handle is an open folder.
type handle struct {
	path string
	fd   int
	open bool
}

// moveNew renames a file to a name that is free, or fails with ErrExists.
func (m *mover) moveNew(from, to string) error {
	fd, name, err := m.from.of(m.root, from)
	if err != nil {
		return fail("commit", m.root.name(from), err)
	}
	fd2, name2, err := m.to.of(m.root, to)
	if err == nil {
		err = m.root.renameNew(fd, name, fd2, name2)
	}
	if err != nil {
		// The folder may have been removed since it was opened.
		return errors.Join(fail("commit", m.root.name(to), err), m.to.close())
	}
	return nil
}

// of gives a handle of the folder that holds path, and the last element.
func (h *handle) of(r *root, path string) (fd int, name string, err error) {
	folder := folderOf(path)
	if h.open && h.path == folder {
		return h.fd, last(path), nil
	}
	if err := h.close(); err != nil {
		return -1, "", err
	}
	if fd, name, err = r.parent(path); err == nil {
		*h = handle{folder, fd, true}
	}
	return fd, name, err
}

func last(path string) string {
	if folder := folderOf(path); folder != "" {
		return path[len(folder)+1:]
	}
	return path
}

func (h *handle) close() error {
	if !h.open {
		return nil
	}
	h.open = false
	return unix.Close(h.fd)
}

// close lets go of the handles.
func (m *mover) close() error { return errors.Join(m.from.close(), m.to.close()) }

// keepLimit is how many staged files may stay open: a quarter of what the
// process may have, which leaves room for all else that it opens.
var keepLimit = sync.OnceValue(func() int64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int64(min(limit.Cur/4, 8192))
})
