//go:build linux && !amd64 && !arm64

package filesystem

import "golang.org/x/sys/unix"

// statAt is lstat of a name in an open folder.
func statAt(dir int, name []byte, st *unix.Stat_t) error {
	_, err := retry(func() (struct{}, error) {
		return struct{}{}, unix.Fstatat(dir, string(name), st, unix.AT_SYMLINK_NOFOLLOW)
	})
	return err
}
