package state

import (
	"encoding/hex"
	"strings"
)

// A digest is kept as one byte for its algorithm and the raw bytes, 33 instead
// of 71; what has another shape is kept as text after a zero byte.

const digestAsText = 0

var digestPrefixes = []string{1: "sha256:", 2: "blake3:"}

func packDigest(digest string) []byte {
	if digest == "" {
		return []byte{}
	}
	for i, prefix := range digestPrefixes {
		if i == 0 {
			continue
		}
		text, ok := strings.CutPrefix(digest, prefix)
		if !ok {
			continue
		}
		packed := make([]byte, 1+hex.DecodedLen(len(text)))
		packed[0] = byte(i)
		if _, err := hex.Decode(packed[1:], []byte(text)); err == nil && strings.ToLower(text) == text {
			return packed
		}
	}
	return append([]byte{digestAsText}, digest...)
}

func unpackDigest(b []byte) string {
	switch {
	case len(b) == 0:
		return ""
	case b[0] == digestAsText || int(b[0]) >= len(digestPrefixes):
		return string(b[1:])
	}
	return digestPrefixes[b[0]] + hex.EncodeToString(b[1:])
}
