//go:build unix

package apply_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/plan"
)

// A file that may not be read is a failure of that file, and the others go on.
// The superuser reads everything, so it has another user run the test.
func TestUnreadableSourceFails(t *testing.T) {
	dir := os.Getenv("APPLY_UNREADABLE")
	if dir == "" && os.Geteuid() == 0 {
		asNobody(t, "^TestUnreadableSourceFails$", "APPLY_UNREADABLE")
		return
	}
	if dir == "" {
		dir = t.TempDir()
	}
	w := worldAt(t, dir, day0)
	w.put("secret", "x")
	w.put("open", "y")
	w.must(os.Chmod(w.path("tree", "secret"), 0))
	res := w.apply(w.plan()...)
	if res.Failed != 1 || res.Problems[0].What != apply.Unreadable || res.Done[plan.Copy].Objects != 1 {
		t.Errorf("result: %+v", res)
	}
	w.audit()
}

// asNobody runs one test of this binary as a user without rights, in a folder of
// that user's that variable names.
func asNobody(t *testing.T, test, variable string) {
	t.Helper()
	const nobody = 65534
	public, err := os.MkdirTemp("/tmp", "nobody")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(public) })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(self) // it lies where only root can go
	if err != nil {
		t.Fatal(err)
	}
	program, dir := filepath.Join(public, "test"), filepath.Join(public, "world")
	err = errors.Join(os.Chmod(public, 0o755), os.WriteFile(program, binary, 0o755), os.Mkdir(dir, 0o700), os.Chown(dir, nobody, nobody))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run="+test, "-test.v")
	cmd.Dir, cmd.Env = "/", append(os.Environ(), variable+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("as another user: %v\n%s", err, out)
	}
}
