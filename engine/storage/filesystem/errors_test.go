package filesystem

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/backstay/backstay/engine/storage"
)

// An error says each thing once, and still is what both the contract and the
// system call it.
func TestFailSaysThingsOnce(t *testing.T) {
	for _, c := range []struct {
		err  error
		kind error
		want string
	}{
		{syscall.EACCES, storage.ErrPermission, `open "a": permission denied`},
		{&fs.PathError{Op: "openat", Path: "a", Err: syscall.EACCES}, storage.ErrPermission, `open "a": openat a: permission denied`},
		{syscall.ENOENT, storage.ErrNotExist, `open "a": object does not exist: ` + syscall.ENOENT.Error()},
		{storage.ErrChanged, storage.ErrChanged, `open "a": ` + storage.ErrChanged.Error()},
	} {
		got := fail("open", "a", c.err)
		if got.Error() != c.want && !strings.Contains(got.Error(), "Access is denied") {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
		if !errors.Is(got, c.kind) || !errors.Is(got, c.err) {
			t.Errorf("%s is not both %v and %v", got, c.kind, c.err)
		}
	}
}
