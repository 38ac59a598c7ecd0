package catalogue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/backstay/backstay/engine/storage"
)

// The kinds of head: one is made before a run's first act, one after its last.
const (
	HeadOpen  = "open"
	HeadClose = "close"
)

// Ref names a file by key and digest.
type Ref struct {
	Key    string `json:"key"`
	Digest string `json:"digest"`
}

// CheckpointRef names the checkpoint that is in force.
type CheckpointRef struct {
	Ref
	Covers  int64 `json:"covers"`  // the number of the head that first named it
	Records int64 `json:"records"` // lines but the first and last
}

// AuditRef names the last entry of the audit chain.
type AuditRef struct {
	N      int64  `json:"n"`
	Digest string `json:"digest"`
}

// Head is one link in the chain of who wrote to a destination. Heads are
// numbered from 1 without gaps; the highest is the present one.
type Head struct {
	Format     int            `json:"format"`
	N          int64          `json:"n"`
	Kind       string         `json:"kind"`
	Marker     string         `json:"marker"` // the marker's id
	Lineage    string         `json:"lineage"`
	Run        string         `json:"run"`
	At         time.Time      `json:"at"`
	Serial     int64          `json:"serial"`           // of the state before this head was recorded
	Prev       string         `json:"prev,omitempty"`   // digest of head N-1
	Opened     int64          `json:"opened,omitempty"` // of a close: the number of the open head that it ends
	Manifest   *Ref           `json:"manifest,omitempty"`
	Checkpoint *CheckpointRef `json:"checkpoint,omitempty"`
	Audit      *AuditRef      `json:"audit,omitempty"`
	// Segments and Records count the tail: all that closed runs wrote since the
	// checkpoint.
	Segments int64 `json:"segments"`
	Records  int64 `json:"records"`

	Digest string `json:"-"` // of the file; set by HeadFile and by reading

	// order counts the segments of all chains under this head; copies of the
	// head share it.
	order *atomic.Int64
}

// CheckpointDue tells whether the tail is long enough for a new checkpoint: at
// least 64 segments, and more records than the last checkpoint has, so that
// the cost of all checkpoints together stays linear.
func (h *Head) CheckpointDue() bool {
	var last int64
	if h.Checkpoint != nil {
		last = h.Checkpoint.Records
	}
	return h.Segments >= 64 && h.Records > last
}

// Next begins the head that follows this one (nil: the first of a place).
// What lasts is carried over; Manifest is not.
func (h *Head) Next(m Marker, kind, run string, serial int64, now time.Time) Head {
	next := Head{
		Format: FormatVersion, N: 1, Kind: kind, Marker: m.ID, Lineage: m.Lineage,
		Run: run, Serial: serial, At: now.UTC().Truncate(time.Millisecond),
	}
	if h == nil {
		return next
	}
	next.N, next.Prev = h.N+1, h.Digest
	next.Checkpoint, next.Audit, next.Segments, next.Records = h.Checkpoint, h.Audit, h.Segments, h.Records
	return next
}

// HeadKey is where head n lies.
func HeadKey(n int64) string { return HeadPrefix + strconv.FormatInt(n, 10) }

// HeadFile encodes a head and sets its digest.
func HeadFile(h *Head) (File, error) {
	if err := h.validate(); err != nil {
		return File{}, fmt.Errorf("bug: head %d: %w", h.N, err)
	}
	data, err := Seal(h)
	f := newFile(KindHead, HeadKey(h.N), data)
	h.Digest, h.order = f.Digest, new(atomic.Int64)
	return f, err
}

func (h *Head) validate() error {
	switch {
	case h.N < 1 || (h.N == 1) != (h.Prev == ""):
		return errors.New("it does not follow another one")
	case h.Kind != HeadOpen && h.Kind != HeadClose:
		return fmt.Errorf("kind %q is not known", h.Kind)
	case (h.Kind == HeadClose) != (h.Manifest != nil) || (h.Kind == HeadClose) != (h.Opened > 0):
		return errors.New("a close, and only a close, names a manifest and the head that it ends")
	case h.Opened >= h.N || h.Checkpoint != nil && (h.Checkpoint.Covers > h.N || h.Checkpoint.Covers < 1):
		return errors.New("it names a later head")
	case !plainName(h.Run, true):
		return fmt.Errorf("run %q cannot be part of a key", h.Run)
	case h.Marker == "" || h.Lineage == "":
		return errors.New("it names no marker or no lineage")
	}
	return nil
}

// ReadHead reads head n.
func ReadHead(ctx context.Context, s Store, n int64) (*Head, error) {
	key := HeadKey(n)
	data, err := get(ctx, s, key)
	if err != nil {
		return nil, err
	}
	return parseHead(key, data, n)
}

func parseHead(key string, data []byte, n int64) (*Head, error) {
	var h Head
	if err := Unseal(data, &h); err != nil {
		return nil, damaged(key, err)
	}
	if h.Format > FormatVersion {
		return nil, fmt.Errorf("%w: %s has format %d", ErrNewer, key, h.Format)
	}
	if err := h.validate(); err != nil {
		return nil, damaged(key, err)
	}
	if h.N != n {
		return nil, damaged(key, fmt.Errorf("it holds head %d", h.N))
	}
	h.Digest, h.order = DigestOf(data), new(atomic.Int64)
	return &h, nil
}

// newestHeads is how many heads are looked at where the store tells which were
// made last: each follows the one before, so that one would do if clocks did.
const newestHeads = 100

// LatestHead reads the present head; nil if there is none yet. It lists the
// names of all heads, two a run, or of the last ones where the store can tell,
// and reads one.
func LatestHead(ctx context.Context, s Store) (*Head, error) {
	last, err := newestHead(ctx, s)
	if err != nil {
		return nil, err
	}
	if last == 0 {
		last, err = highestHead(ctx, s)
	}
	if last == 0 || err != nil {
		return nil, err
	}
	return ReadHead(ctx, s, last)
}

// newestHead is the highest of the heads that were made last; 0 if the store
// cannot tell, or has something else in their place, among which they might be
// missing.
func newestHead(ctx context.Context, s Store) (last int64, err error) {
	dated, ok := s.(Dated)
	if !ok {
		return 0, nil
	}
	keys, err := dated.Newest(ctx, HeadPrefix, newestHeads)
	if err != nil && !errors.Is(err, storage.ErrNotExist) {
		return 0, fmt.Errorf("list heads: %w", err)
	}
	for _, key := range keys {
		n, ok := number(strings.TrimPrefix(key, HeadPrefix))
		if !ok {
			return 0, nil
		}
		last = max(last, n)
	}
	return last, nil
}

func highestHead(ctx context.Context, s Store) (last int64, err error) {
	for key, err := range s.List(ctx, HeadPrefix) {
		if errors.Is(err, storage.ErrNotExist) {
			break
		}
		if err != nil {
			return 0, fmt.Errorf("list heads: %w", err)
		}
		if n, ok := number(strings.TrimPrefix(key, HeadPrefix)); ok {
			last = max(last, n)
		}
	}
	return last, nil
}
