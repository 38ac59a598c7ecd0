package filesystem

import (
	"errors"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/backstay/backstay/engine/storage"
)

// The operations below take paths beneath the root and give errors that name
// them.

// create makes a new file for writing; ErrExists if the name is taken. Its mode
// is fileMode less what a umask takes away: see file.exact.
func (r *root) create(path string) (*file, error) {
	fd, err := r.open(path, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL, fileMode)
	if err != nil {
		return nil, fail("create", r.name(path), err)
	}
	return &file{fd: fd, name: r.name(path)}, nil
}

// openFile opens a regular file for reading.
func (r *root) openFile(path string) (*file, storage.Entry, error) {
	fd, err := r.open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, storage.Entry{}, fail("open", r.name(path), err)
	}
	f := &file{fd: fd, name: r.name(path)}
	e, err := f.facts()
	if err == nil && e.Kind != storage.File {
		err = fail("open", f.name, storage.ErrNotExist)
	}
	if err != nil {
		return nil, e, errors.Join(err, f.Close())
	}
	return f, e, nil
}

// openForSync opens a file that is to be synced; some systems want it writable.
func (r *root) openForSync(path string) (*file, error) {
	f, _, err := r.openFile(path)
	return f, err
}

// lstat gives the facts of what lies at path, of a link itself.
func (r *root) lstat(path string) (e storage.Entry, err error) {
	fd, err := r.open(path, unix.O_PATH, 0)
	if err != nil {
		return e, fail("stat", r.name(path), err)
	}
	var st unix.Stat_t
	if err := errors.Join(unix.Fstat(fd, &st), unix.Close(fd)); err != nil {
		return e, fail("stat", r.name(path), err)
	}
	fill(&e, path, &st)
	return e, nil
}

// mkdir makes one folder and tells whether it is new.
func (r *root) mkdir(path string) (made bool, err error) {
	dir, name, err := r.parent(path)
	if err != nil {
		return false, fail("make folder", r.name(path), err)
	}
	err = unix.Mkdirat(dir, name, folderMode)
	if made = err == nil; made {
		err = r.exactFolder(dir, name)
	}
	err = errors.Join(err, unix.Close(dir))
	if errors.Is(err, unix.EEXIST) {
		if e, err := r.lstat(path); err != nil || e.Kind == storage.Directory {
			return false, err
		}
		err = unix.ENOTDIR
	}
	if err != nil {
		return made, fail("make folder", r.name(path), err)
	}
	return made, nil
}

// exactFolder gives a new folder its mode. It may be one that not even its
// owner can open yet, so it is looked at first.
func (r *root) exactFolder(dir int, name string) error {
	var st unix.Stat_t
	if err := unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil || st.Mode&0o777 == folderMode {
		return err
	}
	return chmodAt(dir, name, folderMode)
}

// between calls act with the folders and last elements of two paths.
func (r *root) between(step, from, to string, act func(fd int, name string, fd2 int, name2 string) error) error {
	fd, name, err := r.parent(from)
	if err != nil {
		return fail(step, r.name(from), err)
	}
	fd2, name2, err := r.parent(to)
	if err == nil {
		err = act(fd, name, fd2, name2)
		_ = unix.Close(fd2) // handles: there is nothing to lose
	}
	_ = unix.Close(fd)
	if err != nil {
		return fail(step, r.name(to), err)
	}
	return nil
}

// moveNew renames a file to a name that is free, or fails with ErrExists.
// Where the file system knows no such rename, a second name is made, which is
// exclusive too, and the first removed.
func (r *root) moveNew(from, to string) error {
	return r.between("commit", from, to, r.renameNew)
}

func (r *root) renameNew(fd int, name string, fd2 int, name2 string) error {
	if !r.links.Load() {
		err := unix.Renameat2(fd, name, fd2, name2, unix.RENAME_NOREPLACE)
		if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) {
			return err
		}
		r.links.Store(true)
	}
	if err := unix.Linkat(fd, name, fd2, name2, 0); err != nil {
		return err
	}
	return unix.Unlinkat(fd, name, 0)
}

// replace renames a file over whatever file or link has the name.
func (r *root) replace(from, to string) error {
	return r.between("replace", from, to, unix.Renameat)
}

// link makes a second name of a file.
func (r *root) link(from, to string) error {
	return r.between("link", from, to, func(fd int, name string, fd2 int, name2 string) error {
		return unix.Linkat(fd, name, fd2, name2, 0)
	})
}

// symlink makes a link; its target is only text.
func (r *root) symlink(target, path string) error {
	return r.within("link", path, func(fd int, name string) error {
		return unix.Symlinkat(target, fd, name)
	})
}

// within calls act with the folder and the last element of a path.
func (r *root) within(step, path string, act func(fd int, name string) error) error {
	fd, name, err := r.parent(path)
	if err == nil {
		err = act(fd, name)
		_ = unix.Close(fd) // a handle: there is nothing to lose
	}
	if err != nil {
		return fail(step, r.name(path), err)
	}
	return nil
}

// remove removes a file or a link.
func (r *root) remove(path string) error {
	return r.within("remove", path, func(fd int, name string) error {
		return unix.Unlinkat(fd, name, 0)
	})
}

// removeIf removes a file of which check approves, by a handle of its folder
// that stays the same between look and act.
func (r *root) removeIf(path string, check func(storage.Entry) error) error {
	return r.within("remove", path, func(fd int, name string) error {
		var st unix.Stat_t
		if err := unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return err
		}
		var e storage.Entry
		fill(&e, path, &st)
		if err := check(e); err != nil {
			return err
		}
		return unix.Unlinkat(fd, name, 0)
	})
}

// removeFolder removes a folder if it is empty.
func (r *root) removeFolder(path string) error {
	return r.within("remove", strings.TrimSuffix(path, "/"), func(fd int, name string) error {
		return unix.Unlinkat(fd, name, unix.AT_REMOVEDIR)
	})
}

// syncAll makes all that was written to the root's file system durable. Since
// Linux 5.8 it tells of pages that could not be written since the root was
// opened.
func (r *root) syncAll() error {
	defer runtime.KeepAlive(r)
	fd := int(r.f.Fd())
	_, err := retry(func() (struct{}, error) { return struct{}{}, unix.Syncfs(fd) })
	if err != nil {
		return fail("sync", r.path, err)
	}
	return nil
}

// groupSync tells that syncAll covers files and folders alike.
const groupSync = true

// syncFolder makes the names in a folder durable. Some network file systems
// cannot and say so: there the server orders it.
func (r *root) syncFolder(path string) error {
	fd, err := r.open(path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return fail("sync", r.name(path), err)
	}
	_, err = retry(func() (struct{}, error) { return struct{}{}, unix.Fsync(fd) })
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		err = nil
	}
	if err = errors.Join(err, unix.Close(fd)); err != nil {
		return fail("sync", r.name(path), err)
	}
	return nil
}

// alive tells whether the root is still there: a removed folder lists empty.
func (r *root) alive() error {
	defer runtime.KeepAlive(r)
	var st unix.Stat_t
	if err := unix.Fstat(int(r.f.Fd()), &st); err != nil {
		return fail("stat", r.path, err)
	}
	if st.Nlink == 0 {
		return fail("stat", r.path, unix.ENOENT)
	}
	return nil
}
