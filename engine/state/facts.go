package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/schema"
)

// The facts column packs what the plan's merge reads of every copy, because
// two columns, path and facts, are read twice as fast as twenty. schema.md specifies
// the bytes; the numbers below must never change their meaning.

const factsVersion = 1

var (
	kinds    = []string{1: "file", 2: "directory", 3: "symlink"}
	statuses = []record.Status{
		1: record.Written, 2: record.Verified, 3: record.Damaged, 4: record.Missing,
		5: record.Retired, 6: record.Expired, 7: record.Entry,
	}
	tiers = []string{1: "live", 2: "archival", 3: "archived", 4: "unarchiving"}
)

const (
	flagRare     = 1 << 0 // superseded, gone, retired, locked or held
	flagSourceID = 1 << 1
	flagTier     = 1 << 2 // archived, or was
)

// factWords are the ids of the words in a facts column.
type factWords struct {
	destination     int64
	claims, class   int64
	lockMode, holds int64
}

var errFacts = errors.New("malformed facts column")

func codeOf[T comparable](names []T, name T) (byte, error) {
	for i, n := range names {
		if i > 0 && n == name {
			return byte(i), nil
		}
	}
	return 0, fmt.Errorf("%v has no code", name)
}

func rare(c *record.Copy) bool {
	return c.SupersededAt != 0 || c.GoneAt != 0 || c.RetiredAt != 0 || c.RetiredFrom != "" ||
		c.LockMode != "" || c.LockedUntil != 0 || len(c.Holds) > 0
}

// appendFacts packs a copy; w are the ids of its words.
func appendFacts(dst []byte, c *record.Copy, w factWords) ([]byte, error) {
	kind, err := codeOf(kinds, c.Kind)
	if err != nil {
		return nil, err
	}
	status, err := codeOf(statuses, c.Status)
	if err != nil {
		return nil, err
	}
	var flags byte
	if rare(c) {
		flags |= flagRare
	}
	if c.SourceID != "" {
		flags |= flagSourceID
	}
	if c.Tier != "" {
		flags |= flagTier
	}
	dst = append(dst, factsVersion, kind, status, flags)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(c.MTime))
	for _, v := range [...]int64{
		w.destination, int64(c.Seq), c.Size, c.CTime - c.MTime, int64(c.Inode), w.claims, w.class, int64(c.RetainUntil), c.CopiedAt,
		c.VerifiedAt - c.CopiedAt, int64(c.Mode), int64(c.UID), int64(c.GID), int64(c.Nlink),
	} {
		dst = binary.AppendVarint(dst, v)
	}
	if flags&flagRare != 0 {
		if dst, err = appendRare(dst, c, w); err != nil {
			return nil, err
		}
	}
	if flags&flagTier != 0 {
		tier, err := codeOf(tiers, c.Tier)
		if err != nil {
			return nil, err
		}
		dst = binary.AppendVarint(append(dst, tier), c.TieredAt)
	}
	return append(dst, c.SourceID...), nil
}

func appendRare(dst []byte, c *record.Copy, w factWords) ([]byte, error) {
	var from byte
	if c.RetiredFrom != "" {
		code, err := codeOf(statuses, c.RetiredFrom)
		if err != nil {
			return nil, err
		}
		from = code
	}
	dst = append(dst, from)
	for _, v := range [...]int64{c.SupersededAt, c.GoneAt, c.RetiredAt, int64(c.LockedUntil), w.lockMode, w.holds} {
		dst = binary.AppendVarint(dst, v)
	}
	return dst, nil
}

// readFacts unpacks into c, and gives the ids of the words, which the caller
// looks up. Every field that facts holds is set, so that a row can be reused.
func readFacts(b []byte, c *record.Copy) (w factWords, err error) {
	if len(b) < 12 || b[0] != factsVersion || int(b[1]) >= len(kinds) || b[1] == 0 ||
		int(b[2]) >= len(statuses) || b[2] == 0 || b[3]&^(flagRare|flagSourceID|flagTier) != 0 {
		return w, errFacts
	}
	c.Kind, c.Status = kinds[b[1]], statuses[b[2]]
	flags := b[3]
	c.MTime = int64(binary.LittleEndian.Uint64(b[4:]))
	r := varints{b: b[12:]}
	w.destination, c.Seq = r.next(), int(r.next())
	c.Size = r.next()
	c.CTime = c.MTime + r.next()
	c.Inode = uint64(r.next())
	w.claims, w.class = r.next(), r.next()
	c.RetainUntil = schema.Until(r.next())
	c.CopiedAt = r.next()
	c.VerifiedAt = c.CopiedAt + r.next()
	c.Mode, c.UID, c.GID, c.Nlink = r.next32(), r.next32(), r.next32(), r.next32()
	c.SupersededAt, c.GoneAt, c.RetiredAt, c.LockedUntil, c.RetiredFrom = 0, 0, 0, 0, ""
	if flags&flagRare != 0 {
		r.readRare(c, &w)
	}
	c.Tier, c.TieredAt = "", 0
	if flags&flagTier != 0 {
		c.Tier, c.TieredAt = r.code(tiers), r.next()
	}
	c.SourceID = ""
	if flags&flagSourceID != 0 {
		c.SourceID, r.b = string(r.b), nil
	}
	if r.bad || len(r.b) != 0 || c.Size < 0 || c.Seq < 1 {
		return w, errFacts
	}
	return w, nil
}

func (r *varints) readRare(c *record.Copy, w *factWords) {
	if len(r.b) == 0 || int(r.b[0]) >= len(statuses) {
		r.bad = true
		return
	}
	c.RetiredFrom = statuses[r.b[0]]
	r.b = r.b[1:]
	c.SupersededAt, c.GoneAt, c.RetiredAt = r.next(), r.next(), r.next()
	c.LockedUntil = schema.Until(r.next())
	w.lockMode, w.holds = r.next(), r.next()
}

// code reads a byte that stands for one of names.
func (r *varints) code(names []string) string {
	if len(r.b) == 0 || r.b[0] == 0 || int(r.b[0]) >= len(names) {
		r.bad, r.b = true, nil
		return ""
	}
	name := names[r.b[0]]
	r.b = r.b[1:]
	return name
}

// varints reads one number after the other; bad is set once one is cut off or
// too long. It is encoding/binary's Varint in one call, as a scan calls it a
// dozen times a row.
type varints struct {
	b   []byte
	bad bool
}

func (r *varints) next() int64 {
	var u uint64
	for i, x := range r.b {
		if x < 0x80 && (i < 9 || i == 9 && x <= 1) {
			u |= uint64(x) << (7 * i)
			r.b = r.b[i+1:]
			return int64(u>>1) ^ -int64(u&1)
		}
		if i >= 9 {
			break
		}
		u |= uint64(x&0x7f) << (7 * i)
	}
	r.bad, r.b = true, nil
	return 0
}

func (r *varints) next32() uint32 {
	v := r.next()
	if v < 0 || v > 1<<32-1 {
		r.bad = true
	}
	return uint32(v)
}

// A key mostly ends in source and path, which the row has already: then the
// column holds what stands before them and a zero byte, which no key contains.
func packKey(c *record.Copy) []byte {
	if prefix, ok := strings.CutSuffix(c.Key, c.Source+"/"+c.Path); ok {
		return append([]byte(prefix), 0)
	}
	return []byte(c.Key)
}

func unpackKey(b []byte, source, path string) string {
	if n := len(b); n > 0 && b[n-1] == 0 {
		return string(b[:n-1]) + source + "/" + path
	}
	return string(b)
}
