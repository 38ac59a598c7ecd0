// Package catalogue is what a destination says about itself: whose it is
// (marker), who wrote to it (heads), what happened to its copies (segments,
// joined by manifests), and now and then the sum of it all (checkpoints). From
// it a lost state is rebuilt, by this package or by hand: FORMAT.md is the
// specification.
//
// In go events and rows; out come files with their keys and digests, which
// others write, because their names must stand in the journal first. From a
// Store come the same events again, every digest and chain verified. The
// package writes nothing, and never trusts a file that it cannot check.
package catalogue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/backstay/backstay/engine/storage"
)

// Where the catalogue's files lie, relative to the destination's root.
const (
	MarkerKey        = ".backstay/destination.json"
	HeadPrefix       = ".backstay/heads/"
	RunPrefix        = ".backstay/catalogue/"
	CheckpointPrefix = ".backstay/catalogue/checkpoints/"
	AuditPrefix      = ".backstay/audit/"
)

// FormatVersion is the format that this package writes, and the highest that
// it reads.
const FormatVersion = 1

// The kinds of File, as the journal's intents name them.
const (
	KindMarker     = "marker"
	KindHead       = "head"
	KindSegment    = "segment"
	KindSums       = "sums"
	KindManifest   = "manifest"
	KindCheckpoint = "checkpoint"
	KindAudit      = "audit"
)

// File is one file of a catalogue, ready to be written under its key. Files
// are created exclusively and never changed.
type File struct {
	Kind   string
	Key    string
	Data   []byte
	Digest string // "sha256:<hex>" of Data
}

func newFile(kind, key string, data []byte) File {
	return File{Kind: kind, Key: key, Data: data, Digest: DigestOf(data)}
}

// DigestOf is the digest of a file's bytes as the catalogue writes it.
func DigestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Store reads a destination's files.
type Store interface {
	// Get opens a file; the error wraps storage.ErrNotExist if there is none.
	Get(ctx context.Context, key string) (io.ReadCloser, error)
	// List streams the keys of all files below a prefix that ends in "/", in
	// any order. What cannot be listed whole ends the stream with an error.
	List(ctx context.Context, prefix string) iter.Seq2[string, error]
}

// Dated is a store that tells which files below a prefix were made last.
type Dated interface {
	Newest(ctx context.Context, prefix string, most int) ([]string, error)
}

// ErrDamaged is wrapped by every error about a file that is not what was
// written; its text names the file.
var ErrDamaged = errors.New("catalogue is damaged")

// ErrNewer is wrapped where a file has a format that this program is too old
// for.
var ErrNewer = errors.New("catalogue was written by a newer Backstay")

func damaged(key string, err error) error {
	return fmt.Errorf("%w: %s: %w", ErrDamaged, key, err)
}

// maxSmall bounds what is read into memory at once: a segment has at most
// 1,000 records.
const maxSmall = 256 << 20

// get reads a small file whole. A missing one is damage: it is only asked for
// because another file names it.
func get(ctx context.Context, s Store, key string) ([]byte, error) {
	r, err := s.Get(ctx, key)
	if errors.Is(err, storage.ErrNotExist) {
		return nil, damaged(key, err)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxSmall+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	if len(data) > maxSmall {
		return nil, damaged(key, errors.New("larger than any such file can be"))
	}
	return data, nil
}

// number reads a decimal number without sign or leading zeros, greater than 0.
func number(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n > 0 && strconv.FormatInt(n, 10) == s
}

// plainName tells whether a run or worker can be part of a key: letters,
// digits, "_", "." and, if dash is set, "-"; and not only dots.
func plainName(s string, dash bool) bool {
	if strings.Trim(s, ".") == "" || len(s) > 128 {
		return false
	}
	for _, r := range s {
		ok := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '.' || dash && r == '-'
		if !ok {
			return false
		}
	}
	return true
}
