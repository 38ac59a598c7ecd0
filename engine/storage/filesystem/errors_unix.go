//go:build unix

package filesystem

import (
	"errors"
	"syscall"

	"github.com/backstay/backstay/engine/storage"
)

// errnoKind knows what the portable errors do not tell apart.
func errnoKind(err error) error {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return nil
	}
	switch errno {
	case syscall.EISDIR, syscall.ENOTEMPTY:
		return storage.ErrExists
	case syscall.ENOTDIR:
		return storage.ErrNotFolder
	case syscall.ENOSPC, syscall.EDQUOT:
		return storage.ErrNoSpace
	case syscall.EROFS:
		return storage.ErrReadOnly
	case syscall.ELOOP, syscall.EXDEV:
		return storage.ErrEscape
	case syscall.ESTALE, syscall.ENODEV, syscall.ENXIO, syscall.ENOTCONN,
		syscall.ETIMEDOUT, syscall.EHOSTDOWN, syscall.EHOSTUNREACH:
		return storage.ErrUnreachable
	}
	return nil
}
