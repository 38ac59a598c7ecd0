package approval

import (
	"bytes"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const statement = "backstay-approval-v1\nwaiver\ncontrol=COPY-2\n"

// sign makes a key of a type and signs with the program that users have.
func sign(t *testing.T, keyType, namespace, text string) (public string, armored []byte) {
	t.Helper()
	dir := t.TempDir()
	key, message := filepath.Join(dir, "key"), filepath.Join(dir, "m")
	if err := os.WriteFile(message, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) {
		if out, err := exec.Command("ssh-keygen", args...).CombinedOutput(); err != nil {
			t.Fatalf("ssh-keygen %v: %v\n%s", args, err, out)
		}
	}
	run("-q", "-t", keyType, "-N", "", "-f", key)
	run("-q", "-Y", "sign", "-f", key, "-n", namespace, message)
	pub, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	sig, err := os.ReadFile(message + ".sig")
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(pub))
	return fields[0] + " " + fields[1], sig
}

func signers(t *testing.T, lines ...string) *Signers {
	t.Helper()
	s, err := ParseSigners([]byte("# who may approve\n\n" + strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func needKeygen(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Fatal("ssh-keygen is missing, and it is the program whose signatures are read; install it (Debian: apt-get install openssh-client), or run make test")
	}
}

func TestSignaturesOfSSHKeygen(t *testing.T) {
	needKeygen(t)
	for _, keyType := range []string{"ed25519", "ecdsa", "rsa"} {
		pub, sig := sign(t, keyType, Namespace, statement)
		if err := Verify([]byte(statement), sig, "qa@example.org", signers(t, "qa@example.org "+pub), now); err != nil {
			t.Errorf("%s: %v", keyType, err)
		}
		if err := Verify([]byte(statement+" "), sig, "qa@example.org", signers(t, "qa@example.org "+pub), now); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: another statement: %v", keyType, err)
		}
	}
}

func TestWhoMaySign(t *testing.T) {
	needKeygen(t)
	pub, sig := sign(t, "ed25519", Namespace, statement)
	other, _ := sign(t, "ed25519", Namespace, statement)
	for line, want := range map[string]bool{
		"qa@example.org " + pub:                                                 true,
		"a@example.org,qa@example.org " + pub:                                   true,
		"*@example.org " + pub:                                                  true,
		"*@example.org,!qa@example.org " + pub:                                  false,
		"qa@example.com " + pub:                                                 false,
		"qa@example.org " + other:                                               false,
		`qa@example.org namespaces="git,backstay" ` + pub:                       true,
		`qa@example.org namespaces="git" ` + pub:                                false,
		`qa@example.org valid-after="20261122" ` + pub:                          false,
		`qa@example.org valid-before="20261121" ` + pub:                         false,
		`qa@example.org valid-after="20261120",valid-before="20261122Z" ` + pub: true,
		"qa@example.org cert-authority " + pub:                                  false,
	} {
		err := Verify([]byte(statement), sig, "qa@example.org", signers(t, line), now)
		if (err == nil) != want || err != nil && !errors.Is(err, ErrSigner) {
			t.Errorf("%s: %v", line[:40], err)
		}
	}
	if err := Verify([]byte(statement), sig, "qa@example.org", nil, now); !errors.Is(err, ErrSigner) {
		t.Errorf("no file: %v", err)
	}
}

// TestNoFlippedByte holds that no single changed byte of a signature is
// accepted.
func TestNoFlippedByte(t *testing.T) {
	needKeygen(t)
	pub, sig := sign(t, "ed25519", Namespace, statement)
	s := signers(t, "qa@example.org "+pub)
	body := bytes.Index(sig, []byte("\n")) + 1
	end := bytes.LastIndex(sig, []byte("\n-----END"))
	for i := body; i < end; i++ {
		if sig[i] == '\n' {
			continue
		}
		bad := bytes.Clone(sig)
		if bad[i]++; !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", rune(bad[i])) {
			bad[i] = 'A'
		}
		was, _ := pem.Decode(sig)
		if is, _ := pem.Decode(bad); is != nil && bytes.Equal(is.Bytes, was.Bytes) {
			continue // bits of base64 that stand for nothing
		}
		if Verify([]byte(statement), bad, "qa@example.org", s, now) == nil {
			t.Errorf("byte %d changed, and the signature verifies", i)
		}
	}
}

func TestRefused(t *testing.T) {
	needKeygen(t)
	pub, sig := sign(t, "ed25519", "git", statement)
	if err := Verify([]byte(statement), sig, "qa@example.org", signers(t, "qa@example.org "+pub), now); !errors.Is(err, ErrSignature) {
		t.Errorf("made for git: %v", err)
	}
	for _, text := range []string{"", "x", "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n", "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n"} {
		if err := Verify([]byte(statement), []byte(text), "qa@example.org", signers(t, "qa@example.org "+pub), now); !errors.Is(err, ErrSignature) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, line := range []string{"qa@example.org", "qa@example.org ssh-ed25519", "qa@example.org ssh-ed25519 AAAA", "qa@example.org nonsense " + pub, `qa@example.org valid-after="soon" ` + pub} {
		if _, err := ParseSigners([]byte(line)); err == nil {
			t.Errorf("%q was read", line)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n"), []byte(`qa namespaces="a b",valid-after="20260101" ssh-ed25519 AAAA`))
	f.Fuzz(func(t *testing.T, sig, lines []byte) {
		s, err := ParseSigners(lines)
		if err != nil {
			return
		}
		if Verify([]byte(statement), sig, "qa", s, now) == nil {
			t.Error("an approval came out of nothing")
		}
	})
}
