//go:build !windows && (!unix || solaris || aix)

package state

import "os"

// tryLock: this system has no lock that belongs to an open file.
func tryLock(*os.File) error { return errLockUnsupported }
