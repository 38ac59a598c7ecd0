package dnanexus

import (
	"cmp"
	"strings"

	"github.com/backstay/backstay/engine/internal/sorted"
	"github.com/backstay/backstay/engine/storage"
)

// item is an entry on its way through the sort, with what tells same-named ones
// apart and what remarks are made of.
type item struct {
	Path  string
	Kind  storage.Kind
	ID    string
	Size  int64
	MTime int64 // ns, as all its times
	CTime int64
	Note  string // the code of a remark
	Facts *storage.Facts
}

func (i *item) entry() storage.Entry {
	return storage.Entry{
		Path: i.Path, Kind: i.Kind, Size: i.Size, MTime: i.MTime, CTime: i.CTime, ID: i.ID, Facts: i.Facts, Nlink: 1,
	}
}

func byPath(a, b item) int { return strings.Compare(a.Path, b.Path) }

// byClaim orders items of one path by who keeps it.
func byClaim(a, b item) int {
	return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.created(), b.created()), strings.Compare(a.ID, b.ID))
}

func (i *item) created() int64 {
	if i.Facts == nil {
		return 0
	}
	return i.Facts.Created
}

// sortMemory bounds what one of the two sorts of a listing holds: some sixty
// thousand objects.
const sortMemory = 32 << 20

func (s *Source) sorting(compare func(a, b item) int) sorted.Options[item] {
	return sorted.Options[item]{
		Dir: s.scratch, Memory: s.memory, Compare: compare, Size: itemSize,
		Append: s.appendItem, Decode: s.decodeItem,
	}
}

// itemSize is about what an item holds in memory.
func itemSize(i item) int64 {
	n := 300 + len(i.Path) + len(i.ID)
	if f := i.Facts; f != nil {
		n += 200 + len(f.CreatedBy)
		for _, t := range f.Tags {
			n += 16 + len(t)
		}
		for _, t := range f.Types {
			n += 16 + len(t)
		}
		for k, v := range f.Properties {
			n += 48 + len(k) + len(v)
		}
	}
	return int64(n)
}
