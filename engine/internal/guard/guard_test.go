package guard

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The victim is this test binary itself, run again with the variable set.
func TestRecoverEndsWithOne(t *testing.T) {
	if os.Getenv("GUARD_VICTIM") != "" {
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer Recover()
			panic("broken")
		}()
		<-done
		return
	}
	victim := exec.Command(os.Args[0], "-test.run=^TestRecoverEndsWithOne$")
	victim.Env = append(os.Environ(), "GUARD_VICTIM=1")
	out, err := victim.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("got %v, want exit code 1\n%s", err, out)
	}
	for _, want := range []string{"panic: broken", "a bug in Backstay", "TestRecoverEndsWithOne"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the report does not hold %q:\n%s", want, out)
		}
	}
}

func TestRecoverLetsPass(t *testing.T) {
	func() { defer Recover() }()
}
