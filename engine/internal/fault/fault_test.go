package fault

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

func TestArm(t *testing.T) {
	disarm, err := Arm("a=error,b:2=enospc,c.*:3=error")
	if err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		point string
		want  error
	}{
		{"a", ErrInjected},
		{"a", ErrInjected},
		{"aa", nil},
		{"b", nil},
		{"b", syscall.ENOSPC},
		{"b", nil},
		{"c.1", nil},
		{"c.2", nil},
		{"c.9", ErrInjected},
		{"c.9", nil},
	}
	for i, s := range steps {
		if got := Point(s.point); !errors.Is(got, s.want) {
			t.Errorf("step %d, %s: %v, want %v", i, s.point, got, s.want)
		}
	}
	disarm()
	if err := Point("a"); err != nil {
		t.Errorf("after disarm: %v", err)
	}
}

func TestArmRefuses(t *testing.T) {
	for _, spec := range []string{"", "a", "=kill", "a=explode", "a:0=kill", "a:x=error", "a=error,"} {
		if _, err := Arm(spec); err == nil {
			t.Errorf("Arm(%q) accepted", spec)
		}
	}
}

// The victim is this test binary itself, run again with the variable set.
func TestKill(t *testing.T) {
	if os.Getenv("FAULT_VICTIM") != "" {
		if _, err := Arm("*:2=kill"); err != nil {
			t.Fatal(err)
		}
		_ = Point("first")
		_ = Point("second")
		t.Fatal("still alive")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestKill$")
	cmd.Env = append(os.Environ(), "FAULT_VICTIM=1")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("the victim was not killed: %v\n%s", err, out)
	}
}

func BenchmarkUnarmed(b *testing.B) {
	for b.Loop() {
		_ = Point("x")
	}
}
