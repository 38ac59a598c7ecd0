package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/record"
)

// On the worst day there is no Backstay: coreutils and gzip must do.
func TestCoreutilsReadACatalogue(t *testing.T) {
	for _, tool := range []string{"sha256sum", "gzip"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("this machine has no %s", tool)
		}
	}
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
	if _, err := exec.LookPath("sha256sum"); err != nil {
		t.Skip("this machine has no sha256sum")
	}
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
