//go:build linux && (amd64 || arm64)

package filesystem

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// statAt is lstat of a name that a NUL follows in memory, as names keeps them:
// no string is made of it.
func statAt(dir int, name []byte, st *unix.Stat_t) error {
	for {
		_, _, errno := unix.Syscall6(unix.SYS_NEWFSTATAT, uintptr(dir), uintptr(unsafe.Pointer(unsafe.SliceData(name))),
			uintptr(unsafe.Pointer(st)), unix.AT_SYMLINK_NOFOLLOW, 0, 0)
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}
