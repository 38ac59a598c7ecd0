package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/record"
)

// need fails a test whose point is a program that is not there: passed over, it
// would say nothing about the worst day.
func need(t *testing.T, tools ...string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("coreutils are no part of Windows")
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing, and this test is about it; install it (Debian: apt-get install coreutils gzip sed), or run make test", tool)
		}
	}
}

// On the worst day there is no Backstay: coreutils and gzip must do.
func TestCoreutilsReadACatalogue(t *testing.T) {
	need(t, "sha256sum", "gzip")
	root := t.TempDir()
	var events []record.Event
	for _, name := range []string{"plain.txt", "a b", "back\\slash", "line\nbreak", "car\rriage", "bad\xffname", "-dash", "*star"} {
		content := []byte("content of " + name)
		sum := sha256.Sum256(content)
		e := copyEvent(name, 1, 1)
		e.Copy.Digest = "sha256:" + hex.EncodeToString(sum[:])
		events = append(events, e)
		writeFile(t, root, e.Copy.Key, content)
	}
	w := newWriter(t)
	made := must(must(NewChain(w.open("r1"), "w1")).Segment(events))
	for _, f := range made {
		writeFile(t, root, f.Key, f.Data)
	}
	check := exec.Command("sha256sum", "--check", "--strict", made[0].Key)
	check.Dir = root
	if out, err := check.CombinedOutput(); err != nil || strings.Count(string(out), ": OK") != len(events)+1 {
		t.Errorf("%v\n%s", err, out)
	}
	unpack := exec.Command("gzip", "-dc", made[1].Key)
	unpack.Dir = root
	out, err := unpack.Output()
	if err != nil || strings.Count(string(out), "\n") != len(events)+2 || !strings.Contains(string(out), `"path":"plain.txt"`) {
		t.Errorf("%v\n%s", err, out)
	}
}

func writeFile(t *testing.T, root, key string, data []byte) {
	t.Helper()
	path := filepath.Join(root, key)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// The digest inside a sealed file can be checked by hand, as FORMAT.md tells.
func TestASealIsCheckedByHand(t *testing.T) {
	need(t, "sha256sum", "sed")
	w := newWriter(t)
	path := filepath.Join(t.TempDir(), "destination.json")
	if err := os.WriteFile(path, w.store[MarkerKey], 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("sh", "-c", `sed 's/,"self":"sha256:.*$/}/' "$1" | tr -d '\n' | sha256sum | cut -c 1-64`, "sh", path).Output()
	if err != nil || !strings.Contains(string(w.store[MarkerKey]), `"sha256:`+strings.TrimSpace(string(out))+`"}`) {
		t.Errorf("%v: %s", err, out)
	}
}
