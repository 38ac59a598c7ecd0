package filesystem

import (
	"errors"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/backstay/backstay/engine/storage"
)

// maxKey leaves room below PATH_MAX for the path of any root, so that the same
// keys fit wherever a destination is mounted.
const maxKey = 3840

// File systems that differ from the plain ones, by their numbers in statfs.
const (
	magicZFS   = 0x2fc12fc1
	magicRAMFS = 0x858458f6
	magicExFAT = 0x2011bab0
	magicNTFS3 = 0x7366746e
	magicCIFS  = 0xff534d42
	magicSMB2  = 0xfe534d42
)

// abilities asks the file system what it is.
func (r *root) abilities() (storage.Abilities, error) {
	a := storage.Abilities{Media: "disk", Exclusive: true, UncachedRead: true, MaxKeyBytes: maxKey, MaxNameBytes: 255}
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(r.f.Fd()), &st); err != nil {
		return a, fail("ask file system of", r.path, err)
	}
	if st.Namelen > 0 {
		a.MaxNameBytes = min(int(st.Namelen), 255)
	}
	switch uint32(st.Type) {
	case unix.TMPFS_MAGIC, magicRAMFS, magicZFS: // memory itself, or a cache of its own
		a.UncachedRead = false
	case unix.MSDOS_SUPER_MAGIC, magicExFAT, magicCIFS, magicSMB2:
		a.NamesUTF8, a.NamesDOS, a.FoldsCase, a.FoldsUnicode = true, true, true, true
	case magicNTFS3:
		a.NamesUTF8, a.NamesDOS = true, true
	}
	if folds, err := r.folds(); err != nil {
		return a, err
	} else if folds { // ext4 and f2fs fold both, or neither
		a.FoldsCase, a.FoldsUnicode = true, true
	}
	return a, nil
}

// folds finds out, without writing, whether names that differ in case are one:
// by the folder's own flag, or by the first name that can be spelt otherwise.
func (r *root) folds() (bool, error) {
	fd := int(r.f.Fd())
	defer runtime.KeepAlive(r)
	const casefold = 0x40000000 // FS_CASEFOLD_FL
	if flags, err := unix.IoctlGetUint32(fd, unix.FS_IOC_GETFLAGS); err == nil && flags&casefold != 0 {
		return true, nil
	}
	rd := newReader(&walker{root: r})
	got, err := rd.peek()
	if err != nil {
		return false, fail("list", r.path, err)
	}
	rd.parse(rd.buf[:got], "")
	rd.names.index()
	for _, ref := range rd.names.refs {
		name := string(rd.names.name(ref))
		if swapCase(name) == name {
			continue
		}
		e, err := r.lstat(name)
		if err != nil {
			continue // it vanished; another will do
		}
		twin, err := r.lstat(swapCase(name))
		return err == nil && twin.Inode == e.Inode && twin.Dev == e.Dev, nil
	}
	return false, nil
}

// peek reads the first names of the root.
func (rd *reader) peek() (int, error) {
	fd, err := rd.w.root.open("", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return 0, err
	}
	got, err := retry(func() (int, error) { return unix.Getdents(fd, rd.buf) })
	return max(got, 0), errors.Join(err, unix.Close(fd))
}

// swapCase turns ASCII letters to their other case.
func swapCase(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			b[i] = c ^ 0x20
		}
	}
	return string(b)
}
