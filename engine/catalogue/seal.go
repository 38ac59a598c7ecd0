package catalogue

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// A sealed file is one JSON object on one line whose last member, "self", is
// the digest of the object without it. So a flipped byte in a file that no
// other file names is found too, and the file is still plain JSON.

const sealStart, sealEnd = `,"self":"sha256:`, "\"}\n"

// Seal encodes v, which must be a JSON object with at least one member.
func Seal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	body := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if len(body) < len(`{"a":1}`) || body[len(body)-1] != '}' {
		return nil, errors.New("bug: only an object with members can be sealed")
	}
	sum := sha256.Sum256(body)
	out := append(bytes.Clone(body[:len(body)-1]), sealStart...)
	out = hex.AppendEncode(out, sum[:])
	return append(out, sealEnd...), nil
}

// Unseal decodes what Seal wrote and refuses every other bytes.
func Unseal(data []byte, v any) error {
	const digits = 2 * sha256.Size
	at := len(data) - len(sealEnd) - digits - len(sealStart)
	if at < 1 {
		return errors.New("file is cut off")
	}
	tail := data[at:]
	if string(tail[:len(sealStart)]) != sealStart || string(tail[len(sealStart)+digits:]) != sealEnd {
		return errors.New("file does not end in its digest")
	}
	body := append(bytes.Clone(data[:at]), '}')
	sum := sha256.Sum256(body)
	if string(tail[len(sealStart):len(sealStart)+digits]) != hex.EncodeToString(sum[:]) {
		return errors.New("digest does not match")
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return nil
}
