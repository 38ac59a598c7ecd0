//go:build !linux && !darwin

package filesystem

import (
	"io/fs"

	"github.com/backstay/backstay/engine/storage"
)

// facts adds the mode, which is all that these systems tell alike: bits of
// permission and of type as Unix numbers them.
func facts(e *storage.Entry, info fs.FileInfo) {
	const typeFile, typeFolder, typeLink = 0o100000, 0o040000, 0o120000
	e.Mode = uint32(info.Mode().Perm())
	switch e.Kind {
	case storage.File:
		e.Mode |= typeFile
	case storage.Directory:
		e.Mode |= typeFolder
	case storage.Symlink:
		e.Mode |= typeLink
	}
}
