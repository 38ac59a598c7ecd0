package policy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/backstay/backstay/schema"
)

// TestSignedWaiver signs a waiver with the program that users have, and changes
// what was signed.
func TestSignedWaiver(t *testing.T) {
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Fatal("ssh-keygen is missing, and it is the program whose signatures are read; install it (Debian: apt-get install openssh-client), or run make test")
	}
	cfg := onDisks(t)
	w := waiver(t, "COPY-2", "2027-01-31", "backup.docs")
	w.ApprovedBy[0].Signature = "late.sig"
	cfg.Waivers = []*schema.Waiver{w}
	cfg.Settings = schema.Settings{Origin: origin(200, "allowed_signers"), AllowedSigners: "allowed_signers"}
	dir := t.TempDir()
	key, message := filepath.Join(dir, "key"), filepath.Join(dir, "m")
	if err := os.WriteFile(message, []byte(WaiverStatement(w)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-q", "-t", "ed25519", "-N", "", "-f", key}, {"-q", "-Y", "sign", "-f", key, "-n", "backstay", message}} {
		if out, err := exec.Command("ssh-keygen", args...).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen: %v\n%s", err, out)
		}
	}
	pub, err1 := os.ReadFile(key + ".pub")
	sig, err2 := os.ReadFile(message + ".sig")
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	files := fstest.MapFS{"allowed_signers": {Data: append([]byte("qa@example.org "), pub...)}, "late.sig": {Data: sig}}
	verified := func() bool {
		r, err := compileSet(t, Set{Config: cfg, Files: files}).Config(t.Context(), testNow)
		if err != nil {
			t.Fatal(err)
		}
		got := of(r, "COPY-2")
		return len(got) == 1 && got[0].Waiver != nil && got[0].Waiver.Verified
	}
	if !verified() {
		t.Error("the signature does not verify")
	}
	w.Expires = "2027-02-01"
	if verified() {
		t.Error("a signature over another end verifies")
	}
	delete(files, "allowed_signers")
	if e, diags := Compile(t.Context(), Set{Config: cfg, Files: files}); e != nil || diags[0].Code != "policy_signers" || diags[0].Range.Start.Line != 201 {
		t.Errorf("without the file: %+v", diags)
	}
}

func TestStatementIsCanonical(t *testing.T) {
	a := waiver(t, "copy-2", "2027-01-31", "backup.b", "backup.a")
	b := waiver(t, "COPY-2", "2027-01-31", "backup.a", "backup.b")
	if WaiverStatement(a) != WaiverStatement(b) || !strings.Contains(WaiverStatement(a), "expires 2027-01-31\n") {
		t.Errorf("%s", WaiverStatement(a))
	}
	b.Expires = "2027-03-31"
	if WaiverStatement(a) == WaiverStatement(b) {
		t.Error("the end is not part of the statement")
	}
}
