package server

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/ids"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// nonceLife is how long a repeated call gets its first answer, in milliseconds.
const nonceLife = 60 * 60 * 1000

// nonce is an answer that may be asked for again.
type nonce struct {
	Input  string `json:"input"` // digest
	Answer []byte `json:"answer"`
	Until  int64  `json:"until"`
}

// repeatable lists the methods that take a nonce, by class.
var repeatable = map[string][]string{
	"new": {"app", "applet", "file", "job", "org", "record", "workflow", "globalworkflow"},
	"run": {"app", "applet", "workflow", "globalworkflow"},
}

// once runs a call, or gives the answer that the same call already got.
func (c *call) once(run func() ([]byte, error)) ([]byte, error) {
	class := c.subject
	if c.method == "run" {
		class = ids.Class(subjectID(c.subject))
	}
	if !c.in.Has("nonce") || !slices.Contains(repeatable[c.method], class) {
		return run()
	}
	word := c.in.Text("nonce", "")
	if len(word) > 128 {
		c.in.Fail(wire.InvalidInput("Expected key \"nonce\" of input to be a string of at most 128 bytes"))
	}
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	key := c.user + " " + c.subject + "/" + c.method + " " + word
	digest := c.digest()
	if had, ok := c.s.nonces[key]; ok && c.now < had.Until {
		if had.Input != digest {
			return nil, wire.InvalidInput("The nonce %q was already used with other input", word)
		}
		return had.Answer, nil
	}
	answer, err := run()
	if err == nil {
		kept := nonce{Input: digest, Answer: answer, Until: c.now + nonceLife}
		c.s.nonces[key] = kept
		c.w.Remember("nonce", key, kept)
		c.s.sweep(c.now)
	}
	return answer, err
}

// digest is the same for equal inputs, whatever the order of their keys.
func (c *call) digest() string {
	body, _ := wire.Encode(c.in.Keys()) // was JSON before
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// sweep forgets what is too old, once there is enough to make it worth a walk.
func (s *Server) sweep(now int64) {
	if len(s.nonces)%1000 != 0 {
		return
	}
	maps.DeleteFunc(s.nonces, func(key string, n nonce) bool {
		if n.Until > now {
			return false
		}
		s.world.Forget("nonce", key)
		return true
	})
}
