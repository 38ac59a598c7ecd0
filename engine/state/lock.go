package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

var (
	errLockBusy        = errors.New("another process has the lock")
	errLockUnsupported = errors.New("the file system has no locks")
)

// lockFile is an open file beside the state with an exclusive kernel lock on
// it. The file is never removed on release, so that all lock the same one.
type lockFile struct{ f *os.File }

func lockPath(state string) string { return state + ".lock" }

// lockBeside opens and locks the file. It tries again if the file lost its
// name meanwhile, which state unlock does.
func lockBeside(state string) (*lockFile, error) {
	for range 8 {
		f, err := os.OpenFile(lockPath(state), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		if err := tryLock(f); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		l := &lockFile{f}
		if l.current() {
			return l, nil
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	return nil, errLockBusy
}

// current tells whether the locked file is still the one that others find.
func (l *lockFile) current() bool {
	ours, err := l.f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(l.f.Name())
	return err == nil && os.SameFile(ours, named)
}

// close ends the lock. It may be called on nil, where locks do not work.
func (l *lockFile) close() error {
	if l == nil {
		return nil
	}
	return l.f.Close()
}

func removeLock(state string) error {
	err := os.Remove(lockPath(state))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove the lock: %w", err)
	}
	return nil
}
