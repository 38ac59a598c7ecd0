package store

import (
	"encoding/binary"
	"io"
)

// Generated is a blob that takes no room: its bytes follow from a seed.
type Generated struct {
	Seed uint64
	Size int64
}

var _ Blob = Generated{}

// ReadAt makes the bytes at a place.
func (g Generated) ReadAt(p []byte, at int64) (int, error) {
	if at >= g.Size {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), g.Size-at))
	var word [8]byte
	for i := 0; i < n; {
		offset := (at + int64(i)) & 7
		binary.LittleEndian.PutUint64(word[:], mix(g.Seed+uint64(at+int64(i))>>3))
		i += copy(p[i:n], word[offset:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Close does nothing.
func (g Generated) Close() error { return nil }

// mix spreads a counter over all bits.
func mix(v uint64) uint64 {
	v += 0x9e3779b97f4a7c15
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
	v = (v ^ v>>27) * 0x94d049bb133111eb
	return v ^ v>>31
}
