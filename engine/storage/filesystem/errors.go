package filesystem

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/backstay/backstay/engine/storage"
)

// fail says which step failed on which path, and wraps both what the contract
// calls it and what the system said.
func fail(step, path string, err error) error {
	if kind := kindOf(err); kind != nil && !errors.Is(err, kind) {
		return fmt.Errorf("%s %q: %w", step, path, named{kind, err})
	}
	return fmt.Errorf("%s %q: %w", step, path, err)
}

// named is a system's error with the contract's name for it. Where both have the
// same words, these are said once.
type named struct{ kind, err error }

func (n named) Error() string {
	if strings.HasSuffix(n.err.Error(), n.kind.Error()) {
		return n.err.Error()
	}
	return n.kind.Error() + ": " + n.err.Error()
}

func (n named) Unwrap() []error { return []error{n.kind, n.err} }

// kindOf sorts a system's error into the kinds that callers test for.
func kindOf(err error) error {
	if kind := errnoKind(err); kind != nil {
		return kind
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return storage.ErrNotExist
	case errors.Is(err, fs.ErrExist):
		return storage.ErrExists
	case errors.Is(err, fs.ErrPermission):
		return storage.ErrPermission
	}
	return nil
}
