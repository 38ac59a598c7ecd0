package filesystem

import (
	"errors"

	"golang.org/x/sys/windows"

	"github.com/backstay/backstay/engine/storage"
)

// errnoKind knows what the portable errors do not tell apart.
func errnoKind(err error) error {
	var errno windows.Errno
	if !errors.As(err, &errno) {
		return nil
	}
	switch errno {
	case windows.ERROR_DIRECTORY:
		return storage.ErrNotFolder
	case windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED:
		return storage.ErrNoSpace
	case windows.ERROR_WRITE_PROTECT:
		return storage.ErrReadOnly
	case windows.ERROR_NOT_READY, windows.ERROR_BAD_NETPATH, windows.ERROR_NETNAME_DELETED, windows.ERROR_IO_DEVICE:
		return storage.ErrUnreachable
	}
	return nil
}
