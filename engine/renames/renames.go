// Package renames pairs objects that vanished from a source with new ones that
// look like them: files that were moved or renamed there.
//
// In go, while a source is compared, the objects that are new and those that
// are gone; out come pairs, each object in at most one, ordered by either path.
// A pair is a likeness, not a proof: apply compares digests before a copy changes
// its owner. The package never looks at a source, and never holds all objects:
// what does not fit in a bound on memory is spilled and sorted.
//
//	f := renames.New(dir)
//	err := f.Add(&renames.Object{Source: "papers", Path: "a.txt", Gone: true, Size: 3, MTime: 7, Inode: 12, Places: was})
//	err = f.Add(&renames.Object{Source: "papers", Path: "b.txt", Size: 3, MTime: 7, Inode: 12, Places: wanted})
//	pairs, err := f.Pair() // a.txt is b.txt now
package renames

import (
	"cmp"
	"encoding/json"
	"errors"
	"iter"
	"slices"

	"github.com/backstay/backstay/engine/internal/sorted"
)

// Object is one object that is new at its source, or gone from it.
type Object struct {
	Source string // instance name
	Path   string // raw bytes
	Gone   bool
	Size   int64
	MTime  int64 // ns
	Inode  uint64
	ID     string // where its system knows objects by one
	// Places are the destinations where a gone object's present version has a copy
	// that may change its owner, or where a new object is to have one.
	Places []Place
}

// Place is a destination, and the claims on the copy there, sorted.
type Place struct {
	Destination string
	Claims      []string
}

// Pair is an object that was at From and is at To.
type Pair struct {
	Source       string
	From, To     string
	Destinations []string // where the copy of one becomes the other's, sorted
}

// memory bounds what each of the three sorts holds.
const memory = 8 << 20

// Finder collects objects. It is used by one goroutine.
type Finder struct {
	dir        string
	memory     int64
	all        *sorted.Sorter[Object]
	fresh, old bool // there is one of the kind
}

// New makes a finder that spills into dir, a folder that is there.
func New(dir string) *Finder { return newFinder(dir, memory) }

func newFinder(dir string, memory int64) *Finder {
	return &Finder{dir: dir, memory: memory, all: sorted.New(options(dir, memory, likeness, objectBytes))}
}

// Add takes in an object. One without a place has nothing to give or to take.
func (f *Finder) Add(o *Object) error {
	if len(o.Places) == 0 {
		return nil
	}
	if o.Gone {
		f.old = true
	} else {
		f.fresh = true
	}
	return f.all.Add(*o)
}

// Close lets go of what was spilled. It may be called after Pair too.
func (f *Finder) Close() error { return f.all.Close() }

// likeness brings objects together that look alike, the closest side by side.
func likeness(a, b Object) int {
	return cmp.Or(
		cmp.Compare(a.Source, b.Source), cmp.Compare(a.Size, b.Size), cmp.Compare(a.MTime, b.MTime),
		cmp.Compare(a.ID, b.ID), cmp.Compare(a.Inode, b.Inode), cmp.Compare(a.Path, b.Path),
	)
}

// Pair finds the pairs. nil: there are none.
func (f *Finder) Pair() (*Pairs, error) {
	if !f.old || !f.fresh {
		return nil, nil
	}
	p := &Pairs{
		to:   sorted.New(options(f.dir, f.memory, byTo, pairBytes)),
		from: sorted.New(options(f.dir, f.memory, byFrom, pairBytes)),
	}
	if err := p.match(f.all.All()); err != nil || p.n == 0 {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func byTo(a, b Pair) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.To, b.To))
}

func byFrom(a, b Pair) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.From, b.From))
}

func (p *Pairs) match(all iter.Seq2[Object, error]) error {
	m := matcher{found: p.add}
	for o, err := range all {
		if err != nil {
			return err
		}
		if err := m.next(o); err != nil {
			return err
		}
	}
	return m.end()
}

// Pairs are what a Finder found.
type Pairs struct {
	to, from *sorted.Sorter[Pair]
	n        int64
}

// Len is how many pairs there are.
func (p *Pairs) Len() int64 { return p.n }

// To gives the pairs in the order of source and new path, once.
func (p *Pairs) To() iter.Seq2[Pair, error] { return p.to.All() }

// From gives the pairs in the order of source and old path, once.
func (p *Pairs) From() iter.Seq2[Pair, error] { return p.from.All() }

// Close lets go of what was spilled.
func (p *Pairs) Close() error { return errors.Join(p.to.Close(), p.from.Close()) }

func (p *Pairs) add(old, fresh *Object) error {
	pair := Pair{Source: old.Source, From: old.Path, To: fresh.Path}
	for i := range old.Places {
		if fresh.takes(&old.Places[i]) {
			pair.Destinations = append(pair.Destinations, old.Places[i].Destination)
		}
	}
	if len(pair.Destinations) == 0 {
		return nil
	}
	slices.Sort(pair.Destinations)
	p.n++
	return errors.Join(p.to.Add(pair), p.from.Add(pair))
}

// takes tells whether everybody who claims an old copy wants the new object
// there: nobody's copy becomes somebody else's alone.
func (o *Object) takes(was *Place) bool {
	for i := range o.Places {
		if o.Places[i].Destination == was.Destination {
			return !slices.ContainsFunc(was.Claims, func(c string) bool { return !slices.Contains(o.Places[i].Claims, c) })
		}
	}
	return false
}

// What is spilled are JSON objects whose paths are bytes: names need not be UTF-8.
type spilled struct {
	S    string   `json:",omitempty"`
	P, Q []byte   `json:",omitempty"`
	G    bool     `json:",omitempty"`
	N, M int64    `json:",omitempty"`
	I    uint64   `json:",omitempty"`
	D    string   `json:",omitempty"`
	W    []Place  `json:",omitempty"`
	L    []string `json:",omitempty"`
}

type shape[T any] struct {
	size   func(*T) int64
	encode func(*T) spilled
	decode func(*spilled) T
}

var objectBytes = shape[Object]{
	size: func(o *Object) int64 { return int64(len(o.Path)+len(o.ID)) + 160 + 64*int64(len(o.Places)) },
	encode: func(o *Object) spilled {
		return spilled{S: o.Source, P: []byte(o.Path), G: o.Gone, N: o.Size, M: o.MTime, I: o.Inode, D: o.ID, W: o.Places}
	},
	decode: func(s *spilled) Object {
		return Object{Source: s.S, Path: string(s.P), Gone: s.G, Size: s.N, MTime: s.M, Inode: s.I, ID: s.D, Places: s.W}
	},
}

var pairBytes = shape[Pair]{
	size: func(p *Pair) int64 { return int64(len(p.From)+len(p.To)) + 96 + 32*int64(len(p.Destinations)) },
	encode: func(p *Pair) spilled {
		return spilled{S: p.Source, P: []byte(p.From), Q: []byte(p.To), L: p.Destinations}
	},
	decode: func(s *spilled) Pair { return Pair{Source: s.S, From: string(s.P), To: string(s.Q), Destinations: s.L} },
}

func options[T any](dir string, memory int64, compare func(a, b T) int, how shape[T]) sorted.Options[T] {
	return sorted.Options[T]{
		Dir: dir, Memory: memory, Compare: compare,
		Size: func(v T) int64 { return how.size(&v) },
		Append: func(dst []byte, v T) []byte {
			b, err := json.Marshal(how.encode(&v))
			if err != nil {
				panic("bug: a spilled value cannot be written: " + err.Error())
			}
			return append(dst, b...)
		},
		Decode: func(b []byte) (T, error) {
			var s spilled
			err := json.Unmarshal(b, &s)
			return how.decode(&s), err
		},
	}
}
