// Package digest computes and compares the digests of contents: "sha256:<hex>"
// or "blake3:<hex>".
//
// In go readers; out come digests, and readers that hand their bytes on while a
// digest is made of them. Contents stream through a few pooled buffers whatever
// their size. The package never opens, writes or keeps anything.
package digest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"sync"

	"github.com/zeebo/blake3"
)

// The algorithms.
const (
	SHA256 = "sha256"
	BLAKE3 = "blake3"
)

// ErrAlgorithm says that a digest names an algorithm that this program lacks.
var ErrAlgorithm = errors.New("unknown digest algorithm")

// New gives a hash for an algorithm; "" takes SHA256.
func New(algorithm string) (hash.Hash, error) {
	switch algorithm {
	case SHA256, "":
		return sha256.New(), nil
	case BLAKE3:
		return blake3.New(), nil
	}
	return nil, fmt.Errorf("%w: %q", ErrAlgorithm, algorithm)
}

// Algorithm is the part of a digest before the colon.
func Algorithm(digest string) string {
	name, _, _ := strings.Cut(digest, ":")
	return name
}

// Format spells the sum of a hash.
func Format(algorithm string, h hash.Hash) string {
	if algorithm == "" {
		algorithm = SHA256
	}
	var sum [64]byte
	digits := h.Sum(sum[:0])
	buf := make([]byte, 0, 2*len(sum)+16)
	buf = append(append(buf, algorithm...), ':')
	return string(hex.AppendEncode(buf, digits))
}

// hashes are of SHA256, to be used again.
var hashes = sync.Pool{New: func() any { return sha256.New() }}

// borrow gives a fresh hash; giveBack takes it when nobody uses it any more.
func borrow(algorithm string) (hash.Hash, error) {
	if algorithm != SHA256 && algorithm != "" {
		return New(algorithm)
	}
	h := hashes.Get().(hash.Hash)
	h.Reset()
	return h, nil
}

func giveBack(algorithm string, h hash.Hash) {
	if algorithm == SHA256 || algorithm == "" {
		hashes.Put(h)
	}
}

// bufferSize is how much is read at once: large enough that a system call costs
// nothing beside it, small enough to stay in the processor's cache.
const bufferSize = 256 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, bufferSize); return &b }}

// Of reads all of r and gives its digest and length in bytes.
func Of(algorithm string, r io.Reader) (string, int64, error) {
	h, err := borrow(algorithm)
	if err != nil {
		return "", 0, err
	}
	defer giveBack(algorithm, h)
	b := buffers.Get().(*[]byte)
	defer buffers.Put(b)
	var n int64
	for {
		k, err := r.Read(*b)
		h.Write((*b)[:k])
		n += int64(k)
		if err == io.EOF {
			return Format(algorithm, h), n, nil
		}
		if err != nil {
			return "", n, err
		}
	}
}
