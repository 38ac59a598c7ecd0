//go:build !linux

package filesystem

import (
	"runtime"

	"github.com/backstay/backstay/engine/storage"
)

// maxKey is what macOS takes as a whole path, less room for that of the root.
const maxKey = 900

// abilities are those of the systems' usual file systems, which fold names.
func (r *root) abilities() (storage.Abilities, error) {
	return storage.Abilities{
		Media: "disk", Exclusive: true, MaxKeyBytes: maxKey, MaxNameBytes: 255,
		FoldsCase: true, FoldsUnicode: true, NamesUTF8: true, NamesDOS: runtime.GOOS == "windows",
	}, nil
}
