package filesystem

import (
	"golang.org/x/sys/unix"

	"github.com/backstay/backstay/engine/storage"
)

// fill turns what stat says into an entry. Only files and links have a size
// that means something to a backup; a folder's is an accident of its past.
func fill(e *storage.Entry, path string, st *unix.Stat_t) {
	e.Path = path
	e.Mode = st.Mode
	e.Nlink = uint32(st.Nlink)
	e.UID, e.GID = st.Uid, st.Gid
	e.MTime, e.CTime = st.Mtim.Nano(), st.Ctim.Nano()
	e.Inode = st.Ino
	e.Dev = wide(st.Dev)
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		e.Kind, e.Size = storage.File, st.Size
	case unix.S_IFDIR:
		e.Kind = storage.Directory
	case unix.S_IFLNK:
		e.Kind, e.Size = storage.Symlink, st.Size
	default:
		e.Kind = storage.Special
	}
}

// wide is a device's number, which has 32 bits on some machines.
func wide[N uint32 | uint64](n N) uint64 { return uint64(n) }
