package dnanexus

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"github.com/backstay/backstay/engine/storage"
)

// An item as bytes, for what a sort spills and for the listing that is kept:
// numbers are varints, texts and lists have their length before them, times are
// in ms as the platform gives them. What the project is, is known to the reader.

var errItem = errors.New("a listed object cannot be read back")

// facts that are yes or no.
const (
	withFacts = 1 << iota
	sharedFact
	elsewhereFact // of another project than the source's
)

// appendItem encodes an item after dst. The same item gives the same bytes.
func (s *Source) appendItem(dst []byte, i item) []byte {
	flags := byte(0)
	if i.Facts != nil {
		flags |= withFacts
		if i.Facts.Shared {
			flags |= sharedFact
		}
		if i.Facts.Project != s.project.ID {
			flags |= elsewhereFact
		}
	}
	dst = append(dst, flags, byte(i.Kind))
	for _, text := range []string{i.Path, i.ID, i.Note} {
		dst = appendText(dst, text)
	}
	for _, n := range []int64{i.Size, i.MTime / millisecond, i.CTime / millisecond} {
		dst = binary.AppendVarint(dst, n)
	}
	f := i.Facts
	if f == nil {
		return dst
	}
	dst = binary.AppendVarint(dst, f.Created/millisecond)
	for _, text := range []string{f.Class, string(f.Tier), f.CreatedBy} {
		dst = appendText(dst, text)
	}
	if flags&elsewhereFact != 0 {
		dst = appendText(dst, f.Project)
	}
	for _, list := range [][]string{f.Tags, f.Types} {
		dst = binary.AppendUvarint(dst, uint64(len(list)))
		for _, text := range list {
			dst = appendText(dst, text)
		}
	}
	dst = binary.AppendUvarint(dst, uint64(len(f.Properties)))
	for _, key := range slices.Sorted(maps.Keys(f.Properties)) {
		dst = appendText(appendText(dst, key), f.Properties[key])
	}
	return dst
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// decodeItem reads what appendItem wrote.
func (s *Source) decodeItem(b []byte) (i item, err error) {
	if len(b) < 2 || b[1] > byte(storage.Special) {
		return i, errItem
	}
	d := decoder{text: string(b[2:])}
	flags := b[0]
	i = item{Kind: storage.Kind(b[1]), Path: d.string(), ID: d.string(), Note: d.string()}
	i.Size, i.MTime, i.CTime = d.varint(), d.varint()*millisecond, d.varint()*millisecond
	if flags&withFacts != 0 {
		f := &storage.Facts{Shared: flags&sharedFact != 0, Project: s.project.ID}
		f.Created = d.varint() * millisecond
		f.Class, f.Tier, f.CreatedBy = d.string(), storage.Tier(d.string()), d.string()
		if flags&elsewhereFact != 0 {
			f.Project = d.string()
		}
		f.Tags, f.Types = d.list(), d.list()
		for range d.count() {
			if f.Properties == nil {
				f.Properties = map[string]string{}
			}
			key := d.string()
			f.Properties[key] = d.string()
		}
		i.Facts = f
	}
	if d.bad || d.text != "" {
		return item{}, errItem
	}
	return i, nil
}

// decoder takes values off a text. Once something is wrong it gives nothing.
type decoder struct {
	text string
	bad  bool
}

func (d *decoder) fail() {
	d.bad, d.text = true, ""
}

func (d *decoder) uvarint() uint64 {
	var n uint64
	for at, shift := 0, 0; at < len(d.text) && shift < 64; at, shift = at+1, shift+7 {
		c := d.text[at]
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			d.text = d.text[at+1:]
			return n
		}
	}
	d.fail()
	return 0
}

func (d *decoder) varint() int64 {
	n := d.uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

func (d *decoder) string() string {
	n := d.uvarint()
	if n > uint64(len(d.text)) {
		d.fail()
		return ""
	}
	s := d.text[:n]
	d.text = d.text[n:]
	return s
}

// count is how many values follow, each of a byte at least.
func (d *decoder) count() uint64 {
	n := d.uvarint()
	if n > uint64(len(d.text)) {
		d.fail()
		return 0
	}
	return n
}

func (d *decoder) list() []string {
	n := d.count()
	if n == 0 {
		return nil
	}
	out := make([]string, 0, n)
	for range n {
		out = append(out, d.string())
	}
	return out
}
