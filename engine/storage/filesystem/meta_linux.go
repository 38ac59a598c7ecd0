package filesystem

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/backstay/backstay/engine/storage"
)

// openUp lets the owner of a folder do what mode says, and tells whether it had
// to.
func (r *root) openUp(path string, mode uint32) (opened bool, err error) {
	e, err := r.lstat(path)
	if err != nil || e.Mode&mode == mode {
		return false, err
	}
	return true, r.within("open up", path, func(fd int, name string) error {
		return chmodAt(fd, name, (e.Mode|folderMode)&0o7777)
	})
}

// SetMeta puts owner, attributes, mode and times back, in this order: a change
// of owner drops capabilities and setuid bits, and every step moves the times.
// What the user may not set, or the file system cannot keep, is a problem in
// words. Setuid and setgid bits come back only with the owner: under another
// one they would give away what nobody granted.
func (t *Target) SetMeta(ctx context.Context, path string, m storage.Meta) (problems []string, err error) {
	if err := checkTarget(ctx, path); err != nil {
		return nil, err
	}
	path = strings.TrimSuffix(path, "/")
	err = t.root.within("set metadata of", path, func(dir int, name string) error {
		s := setter{root: t.root, path: path, dir: dir, name: name}
		err := s.all(m)
		problems = s.problems
		return err
	})
	return problems, err
}

// SetRootMeta does for the folder itself what SetMeta does below it.
func (t *Target) SetRootMeta(ctx context.Context, m storage.Meta) (problems []string, err error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	s := setter{root: t.root, dir: int(t.root.f.Fd()), name: "."}
	defer runtime.KeepAlive(t.root)
	if err := s.all(m); err != nil {
		return s.problems, fail("set metadata of", t.root.path, err)
	}
	return s.problems, nil
}

// setter sets the metadata of one entry, by its folder's handle and its name.
type setter struct {
	root     *root
	path     string
	dir      int
	name     string
	problems []string
}

func (s *setter) all(m storage.Meta) error {
	var st unix.Stat_t
	if err := unix.Fstatat(s.dir, s.name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	var now storage.Entry
	if fill(&now, s.path, &st); now.Kind != m.Kind {
		return storage.ErrChanged
	}
	if err := s.access(m, &st); err != nil {
		return err
	}
	times := []unix.Timespec{{Nsec: unix.UTIME_OMIT}, unix.NsecToTimespec(m.MTime)}
	return unix.UtimesNanoAt(s.dir, s.name, times, unix.AT_SYMLINK_NOFOLLOW)
}

// access sets owner, attributes and mode. What had no mode keeps that of what is
// there: a mode of zero would lock everybody out.
func (s *setter) access(m storage.Meta, st *unix.Stat_t) error {
	if m.Mode == 0 {
		return s.xattrs(m)
	}
	mode := m.Mode & 0o7777
	owned := st.Uid == m.UID && st.Gid == m.GID
	if !owned {
		owned = s.tolerate("owner", unix.Fchownat(s.dir, s.name, int(m.UID), int(m.GID), unix.AT_SYMLINK_NOFOLLOW))
	}
	if !owned && m.Kind == storage.File {
		mode &^= unix.S_ISUID | unix.S_ISGID
	}
	if err := s.xattrs(m); err != nil {
		return err
	}
	if m.Kind == storage.Symlink {
		return nil
	}
	return chmodAt(s.dir, s.name, mode)
}

// tolerate notes a failure as a problem and tells whether there was none.
func (s *setter) tolerate(what string, err error) bool {
	if err != nil {
		s.problems = append(s.problems, what+": "+err.Error())
	}
	return err == nil
}

// xattrs sets extended attributes; those of a link through its handle's entry
// in /proc, because no call sets them without following it.
func (s *setter) xattrs(m storage.Meta) error {
	if len(m.Xattrs) == 0 {
		return nil
	}
	flags, link := unix.O_RDONLY|unix.O_NONBLOCK, m.Kind == storage.Symlink
	if link {
		flags = unix.O_PATH
	}
	fd, err := unix.Openat(s.dir, s.name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if !s.tolerate("attributes", err) {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(m.Xattrs)) {
		value := []byte(m.Xattrs[name])
		if link {
			err = unix.Setxattr(handlePath(fd), name, value, 0)
		} else {
			err = unix.Fsetxattr(fd, name, value, 0)
		}
		s.tolerate("attribute "+name, err)
	}
	return unix.Close(fd)
}

// handlePath leads to the very inode of an open handle.
func handlePath(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

// chmodAt sets the mode of a file or folder, never that of what a link leads
// to. Linux can since 6.6; before, by way of a handle.
func chmodAt(dir int, name string, mode uint32) error {
	err := unix.Fchmodat(dir, name, mode, unix.AT_SYMLINK_NOFOLLOW)
	if !errors.Is(err, unix.ENOSYS) && !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.EPERM) {
		return err
	}
	fd, err := unix.Openat(dir, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return errors.Join(unix.Chmod(handlePath(fd), mode), unix.Close(fd))
}
