package catalogue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Manifest joins the chains that a run wrote under one open head.
type Manifest struct {
	Format   int          `json:"format"`
	Run      string       `json:"run"`
	Head     int64        `json:"head"`
	Opened   string       `json:"opened"` // digest of the open head
	Segments []SegmentRef `json:"segments"`
}

// ManifestFile makes the manifest of all chains that were begun under a head.
// A close head names it.
func ManifestFile(open *Head, chains ...*Chain) (File, Manifest, error) {
	m := Manifest{Format: FormatVersion, Run: open.Run, Head: open.N, Opened: open.Digest, Segments: []SegmentRef{}}
	for _, c := range chains {
		if c.head.Head != open.N || c.head.Run != open.Run {
			return File{}, m, fmt.Errorf("bug: a chain of head %d in the manifest of head %d", c.head.Head, open.N)
		}
		m.Segments = append(m.Segments, c.segments...)
	}
	slices.SortFunc(m.Segments, func(a, b SegmentRef) int { return strings.Compare(a.Key, b.Key) })
	data, err := Seal(m)
	return newFile(KindManifest, manifestKey(open.Run, open.N), data), m, err
}

func manifestKey(run string, head int64) string {
	return RunPrefix + run + "/" + strconv.FormatInt(head, 10) + "-manifest.json"
}

// Records is how many events the manifest's segments hold.
func (m *Manifest) Records() (n int64) {
	for _, s := range m.Segments {
		n += s.Records
	}
	return n
}

// readManifest reads what a close head names, and checks that it is the one.
func readManifest(ctx context.Context, s Store, closing, open *Head) (*Manifest, error) {
	key := closing.Manifest.Key
	if key != manifestKey(open.Run, open.N) {
		return nil, damaged(HeadKey(closing.N), fmt.Errorf("it names the manifest %q", key))
	}
	data, err := get(ctx, s, key)
	if err != nil {
		return nil, err
	}
	if DigestOf(data) != closing.Manifest.Digest {
		return nil, damaged(key, errors.New("digest is not the one in its head"))
	}
	var m Manifest
	if err := Unseal(data, &m); err != nil {
		return nil, damaged(key, err)
	}
	if m.Run != open.Run || m.Head != open.N || m.Opened != open.Digest {
		return nil, damaged(key, errors.New("it belongs to another run"))
	}
	return &m, nil
}
