package filesystem

import (
	"io/fs"
	"syscall"

	"github.com/backstay/backstay/engine/storage"
)

// facts adds what the portable interface does not tell.
func facts(e *storage.Entry, info fs.FileInfo) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return
	}
	e.Mode, e.Nlink, e.UID, e.GID = st.Mode, uint32(st.Nlink), st.Uid, st.Gid
	e.MTime, e.CTime = st.Mtim.Nano(), st.Ctim.Nano()
	e.Inode, e.Dev = st.Ino, wide(st.Dev)
}
