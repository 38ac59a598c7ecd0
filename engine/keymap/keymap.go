// Package keymap gives every copy its key, and reads keys back.
//
// In go the name of a source, the path of an object and a version's number;
// out comes a key that the destination can hold, or the other way round. The
// map is injective and is specified in KEYS.md. It is pure: it never looks at
// a store and never decides which version a copy is.
package keymap

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/backstay/backstay/engine/storage"
)

// Reserved is the folder of the catalogue. No key lies in it.
const Reserved = ".backstay"

var (
	// ErrForeign is what Parse gives for a key that the map did not make.
	ErrForeign = errors.New("key was not made by backstay")
	// ErrHashed is what Parse gives for a key too long to be spelt out: only
	// the catalogue knows whose it is.
	ErrHashed = errors.New("key holds a digest in place of its path")
)

// Map is the map for one destination. It is immutable and safe for concurrent
// use.
type Map struct {
	rules  rules
	prefix string // encoded, with a final "/" unless empty
}

// New makes the map for a store with these abilities, below a prefix. Lengths
// of zero are unlimited.
func New(a storage.Abilities, prefix string) *Map {
	if a.MaxNameBytes > 0 {
		a.MaxNameBytes = max(a.MaxNameBytes, narrowest)
	}
	m := &Map{rules: rules{a}}
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		parts := strings.Split(prefix, "/")
		for i, p := range parts {
			parts[i] = m.rules.element(p, element{first: i == 0})
		}
		m.prefix = strings.Join(parts, "/") + "/"
	}
	return m
}

// Key gives the key of the seq-th version of an object; seq counts from 1.
func (m *Map) Key(source, path string, seq int) string { return m.key(source, path, seq, false) }

// Aside gives the key to take if an element of Key is an object of its own at
// the destination (storage.ErrNotFolder): its folders are other ones.
func (m *Map) Aside(source, path string, seq int) string { return m.key(source, path, seq, true) }

// SourcePrefix is what all keys of a source begin with, and no other's do.
func (m *Map) SourcePrefix(source string) string {
	return m.prefix + m.rules.source(source, m.prefix == "") + "/"
}

func (m *Map) key(source, path string, seq int, aside bool) string {
	head := m.SourcePrefix(source)
	var b strings.Builder
	b.Grow(len(head) + len(path) + 16)
	b.WriteString(head)
	for rest := path; ; {
		name, tail, more := strings.Cut(rest, "/")
		if !more {
			b.WriteString(m.rules.element(name, element{seq: seq}))
			break
		}
		b.WriteString(m.rules.element(name, element{aside: aside}))
		b.WriteByte('/')
		rest = tail
	}
	if limit := m.rules.MaxKeyBytes; limit > 0 && b.Len() > limit {
		return head + hashed(path, seq, aside)
	}
	return b.String()
}

const (
	longFolder = ".~long~"
	markAside  = ".~d~"
)

// hashed is the end of a key whose path is too long.
func hashed(path string, seq int, aside bool) string {
	sum := sha256.Sum256([]byte(path))
	text := hex.EncodeToString(sum[:])
	folder := longFolder
	if aside {
		folder += markAside
	}
	return folder + "/" + text[:2] + "/" + text + version(seq)
}

// version is the mark of a version, none for the first.
func version(seq int) string {
	if seq <= 1 {
		return ""
	}
	return ".~" + strconv.Itoa(seq) + "~"
}

// Parse reads a key back, one that stands aside too. It gives ErrForeign for a
// key that the map never gives, and ErrHashed for one that holds a digest.
func (m *Map) Parse(key string) (source, path string, seq int, err error) {
	rest, ok := m.cutPrefix(key)
	if !ok {
		return "", "", 0, foreign(key)
	}
	first, rest, ok := cutElement(rest)
	if source, err = m.rules.parseSource(first); !ok || err != nil {
		return "", "", 0, foreign(key)
	}
	if strings.HasPrefix(rest, longFolder+"/") || strings.HasPrefix(rest, longFolder+markAside+"/") {
		return "", "", 0, fmt.Errorf("%q: %w", key, ErrHashed)
	}
	var b strings.Builder
	aside, more := false, true
	for more {
		var raw string
		raw, rest, more = cutElement(rest)
		name, e, err := m.rules.parseElement(raw, !more)
		if err != nil {
			return "", "", 0, foreign(key)
		}
		b.WriteString(name)
		if more {
			b.WriteByte('/')
			aside = e.aside
		}
		seq = e.seq
	}
	path = b.String()
	if !m.rules.same(m.key(source, path, seq, aside), key) {
		return "", "", 0, foreign(key)
	}
	return source, path, seq, nil
}

func (m *Map) cutPrefix(key string) (string, bool) {
	n := len(m.prefix)
	if len(key) < n || !m.rules.same(key[:n], m.prefix) {
		return "", false
	}
	return key[n:], true
}

func foreign(key string) error { return fmt.Errorf("%q: %w", key, ErrForeign) }

// cutElement takes the first element off a key, its pieces joined, and tells
// whether more follow.
func cutElement(key string) (element, rest string, more bool) {
	for {
		piece, tail, ok := strings.Cut(key, "/")
		key = tail
		body, cut := strings.CutSuffix(piece, markCut)
		if !cut || !ok {
			return element + piece, tail, ok
		}
		element += body
	}
}
