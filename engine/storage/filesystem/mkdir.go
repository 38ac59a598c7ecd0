package filesystem

import (
	"errors"
	"strings"

	"github.com/backstay/backstay/engine/storage"
)

// mkdirAll makes a folder and those above it, and gives the new ones. It looks
// from the deepest upwards, because most of them are there.
func (r *root) mkdirAll(path string) (made []string, err error) {
	var missing []string
	for p := strings.TrimSuffix(path, "/"); p != ""; p = folderOf(p) {
		isNew, err := r.mkdir(p)
		if err == nil {
			if isNew {
				made = append(made, p)
			}
			break
		}
		if !errors.Is(err, storage.ErrNotExist) {
			return made, err
		}
		missing = append(missing, p)
	}
	for i := len(missing) - 1; i >= 0; i-- {
		isNew, err := r.mkdir(missing[i])
		if err != nil {
			return made, err
		}
		if isNew {
			made = append(made, missing[i])
		}
	}
	return made, nil
}
