package diff

import (
	"math"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/retention"
)

// mask is a set of claims of one source.
type mask [4]uint64

// maxClaims is how many copy blocks may read one source.
const maxClaims = len(mask{}) * 64

func (m *mask) set(bit int)      { m[bit/64] |= 1 << (bit % 64) }
func (m *mask) clear(bit int)    { m[bit/64] &^= 1 << (bit % 64) }
func (m *mask) has(bit int) bool { return m[bit/64]&(1<<(bit%64)) != 0 }
func (m *mask) empty() bool      { return *m == mask{} }

func (m *mask) add(o *mask) {
	for i := range m {
		m[i] |= o[i]
	}
}

// within tells whether every claim of m is one of o.
func (m *mask) within(o *mask) bool {
	for i := range m {
		if m[i]&^o[i] != 0 {
			return false
		}
	}
	return true
}

// want is what a set of claims asks for: at which destinations, by whom.
// Objects share it: there are as many as sets of claims that occur.
type want struct {
	mask  mask
	dests []wanted // by the destination's instance name
}

// wanted is one destination of a want.
type wanted struct {
	dest     *destination
	first    *claim   // the first in the configuration: it owns the change
	claims   []*claim // in configuration order
	names    []string // of claims, sorted
	terms    []retention.Claim
	anchored bool  // a term waits for an event, which differs by object
	expired  int64 // ms: verified before is due for a scrub
	archive  int64 // ms: copied up to here is due for the archive
	live     bool  // somebody wants it live
}

// wants gives the want of a mask, the same one for the same mask.
func (s *source) wants(m *mask) *want {
	if s.last != nil && s.last.mask == *m {
		return s.last
	}
	w := s.known[*m]
	if w == nil {
		w = s.makeWant(m)
		s.known[*m] = w
	}
	s.last = w
	return w
}

func (s *source) makeWant(m *mask) *want {
	w := &want{mask: *m}
	for _, c := range s.claims {
		if !m.has(c.bit) {
			continue
		}
		i, found := slices.BinarySearchFunc(w.dests, c.dest.name, func(d wanted, n string) int { return strings.Compare(d.dest.name, n) })
		if !found {
			w.dests = slices.Insert(w.dests, i, wanted{dest: c.dest, first: c, expired: noScrub, archive: math.MaxInt64})
		}
		w.dests[i].add(c)
	}
	return w
}

func (d *wanted) add(c *claim) {
	d.claims = append(d.claims, c)
	d.names = append(d.names, c.name)
	slices.Sort(d.names)
	d.terms = append(d.terms, retention.Claim{Rule: c.rule})
	d.anchored = d.anchored || c.rule.Anchor != ""
	d.expired = max(d.expired, c.expired)
	d.archive, d.live = min(d.archive, c.archive), d.live || c.live
}

func (w *want) at(destination string) *wanted {
	for i := range w.dests {
		if w.dests[i].dest.name == destination {
			return &w.dests[i]
		}
	}
	return nil
}
