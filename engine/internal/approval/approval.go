// Package approval verifies that a person approved a statement: an SSH signature
// over it, made with a key that an allowed_signers file gives that person.
//
// In go a statement, an armored signature as `ssh-keygen -Y sign -n backstay`
// writes it, the name of the person, and the file's text; out comes nil or why
// the approval is no more than a claim. The package reads no file and no clock.
package approval

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"
)

// Namespace keeps a signature that was made for something else from counting
// here.
const Namespace = "backstay"

// What errors wrap.
var (
	ErrSignature = errors.New("signature does not verify")
	ErrSigner    = errors.New("signer is not allowed")
)

const (
	magic      = "SSHSIG"
	pemType    = "SSH SIGNATURE"
	maxArmored = 64 << 10
)

// blob is the body of a signature after its magic, as OpenSSH's PROTOCOL.sshsig
// lays it out.
type blob struct {
	Version   uint32
	PublicKey []byte
	Namespace string
	Reserved  string
	Hash      string
	Signature []byte
}

// signed is what the key signs: the statement's digest in its context.
type signed struct {
	Namespace string
	Reserved  string
	Hash      string
	Digest    []byte
}

// Verify checks that who signed statement, at an instant at which the file
// allows the key.
func Verify(statement, armored []byte, who string, signers *Signers, now time.Time) error {
	b, err := parse(armored)
	if err != nil {
		return err
	}
	key, err := ssh.ParsePublicKey(b.PublicKey)
	if err != nil {
		return fmt.Errorf("read the signature's key: %w", errors.Join(ErrSignature, err))
	}
	if err := verify(key, b, statement); err != nil {
		return err
	}
	return signers.allow(who, key, now)
}

func parse(armored []byte) (*blob, error) {
	if len(armored) > maxArmored {
		return nil, fmt.Errorf("%w: it is larger than %d bytes", ErrSignature, maxArmored)
	}
	block, rest := pem.Decode(armored)
	if block == nil || block.Type != pemType || len(bytes.TrimSpace(rest)) > 0 {
		return nil, fmt.Errorf("%w: it is not an armored SSH signature", ErrSignature)
	}
	body, ok := bytes.CutPrefix(block.Bytes, []byte(magic))
	if !ok {
		return nil, fmt.Errorf("%w: it lacks its magic", ErrSignature)
	}
	b := &blob{}
	if err := ssh.Unmarshal(body, b); err != nil {
		return nil, fmt.Errorf("read the signature: %w", errors.Join(ErrSignature, err))
	}
	switch {
	case b.Version != 1:
		return nil, fmt.Errorf("%w: version %d is not known", ErrSignature, b.Version)
	case b.Namespace != Namespace:
		return nil, fmt.Errorf("%w: it was made for %q, not for %q", ErrSignature, b.Namespace, Namespace)
	}
	return b, nil
}

// strong are the signature formats that count; ssh-rsa, which is SHA-1, does
// not.
var strong = []string{
	ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
	ssh.KeyAlgoSKECDSA256, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512,
}

func verify(key ssh.PublicKey, b *blob, statement []byte) error {
	var digest []byte
	switch b.Hash {
	case "sha256":
		sum := sha256.Sum256(statement)
		digest = sum[:]
	case "sha512":
		sum := sha512.Sum512(statement)
		digest = sum[:]
	default:
		return fmt.Errorf("%w: digest %q is not known", ErrSignature, b.Hash)
	}
	sig := &ssh.Signature{}
	if err := ssh.Unmarshal(b.Signature, sig); err != nil {
		return fmt.Errorf("read the signature: %w", errors.Join(ErrSignature, err))
	}
	if !slices.Contains(strong, sig.Format) {
		return fmt.Errorf("%w: format %q is not strong enough", ErrSignature, sig.Format)
	}
	message := append([]byte(magic), ssh.Marshal(signed{b.Namespace, b.Reserved, b.Hash, digest})...)
	if err := key.Verify(message, sig); err != nil {
		return fmt.Errorf("verify: %w", errors.Join(ErrSignature, err))
	}
	return nil
}
