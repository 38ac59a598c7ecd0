package filesystem

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"golang.org/x/sys/unix"
)

// names are those of one folder, NUL-terminated as the kernel wants them back,
// in blocks that never move. Each follows its type and its length, so that a
// folder of millions is indexed once, in one piece, when all are there.
type names struct {
	blocks [][]byte
	count  int
	refs   []ref // after index
}

// ref is one name. key holds the first bytes in which the folder's names
// differ, so that most comparisons need no look at the block.
type ref struct {
	key uint64
	at  uint64 // block<<40 | offset<<16 | length<<4 | type
}

const (
	nameBlock  = 1 << 20
	nameHeader = 3 // type, length
)

func (r ref) dtype() uint8 { return uint8(r.at & 15) }

func (r ref) dir() bool { return r.dtype() == unix.DT_DIR }

// reset empties the names and keeps one block.
func (s *names) reset() {
	s.count, s.refs = 0, s.refs[:0]
	if len(s.blocks) > 0 {
		s.blocks = append(s.blocks[:0], s.blocks[0][:0])
	}
}

// add copies a name in. Names are shorter than PATH_MAX.
func (s *names) add(name []byte, dtype uint8) {
	last := len(s.blocks) - 1
	if last < 0 || len(s.blocks[last])+nameHeader+len(name)+1 > cap(s.blocks[last]) {
		size := nameBlock
		if last < 0 {
			size = 64 << 10 // most folders are small
		}
		s.blocks = append(s.blocks, make([]byte, 0, size))
		last++
	}
	b := append(s.blocks[last], dtype, byte(len(name)), byte(len(name)>>8))
	s.blocks[last] = append(append(b, name...), 0)
	s.count++
}

// index makes the references, once all names are there.
func (s *names) index() {
	s.refs = slices.Grow(s.refs[:0], s.count)
	for i, b := range s.blocks {
		for off := 0; off < len(b); {
			n := int(b[off+1]) | int(b[off+2])<<8
			at := uint64(i)<<40 | uint64(off+nameHeader)<<16 | uint64(n)<<4 | uint64(b[off]&15)
			s.refs = append(s.refs, ref{at: at})
			off += nameHeader + n + 1
		}
	}
}

// name gives a name's bytes; one more byte, the NUL, follows them.
func (s *names) name(r ref) []byte {
	off, n := r.at>>16&(1<<24-1), r.at>>4&(1<<12-1)
	return s.blocks[r.at>>40][off : off+n]
}

// sort orders names as the paths below them: a folder's with "/".
func (s *names) sort() {
	if len(s.refs) < 2 {
		return
	}
	common := s.name(s.refs[0])
	for _, r := range s.refs[1:] {
		common = common[:shared(common, s.name(r))]
	}
	skip := len(common)
	for i, r := range s.refs {
		var b [8]byte
		rest := s.name(r)[skip:]
		if n := copy(b[:], rest); n < len(b) && r.dir() {
			b[n] = '/'
		}
		s.refs[i].key = binary.BigEndian.Uint64(b[:])
	}
	slices.SortFunc(s.refs, s.compare)
	// A folder that changes while it is read can give a name twice.
	s.refs = slices.CompactFunc(s.refs, func(a, b ref) bool { return s.compare(a, b) == 0 })
}

func (s *names) compare(a, b ref) int {
	if a.key != b.key {
		return cmp.Compare(a.key, b.key)
	}
	return compareNames(s.name(a), a.dir(), s.name(b), b.dir())
}

func shared(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// compareNames compares two names of one folder as the paths they begin.
func compareNames(a []byte, aDir bool, b []byte, bDir bool) int {
	n := min(len(a), len(b))
	if c := bytes.Compare(a[:n], b[:n]); c != 0 {
		return c
	}
	return cmp.Compare(following(a, aDir, n), following(b, bDir, n))
}

// following is the byte of a path at i; 0 where it ended.
func following(name []byte, dir bool, i int) byte {
	switch {
	case i < len(name):
		return name[i]
	case dir:
		return '/'
	}
	return 0
}
