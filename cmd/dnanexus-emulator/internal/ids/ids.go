// Package ids makes and reads the platform's names for entities: a class, a
// dash and 24 signs of a fixed alphabet. In goes a source of randomness, out
// come identifiers that never repeat within a run by any likelihood. It keeps no
// list of what exists.
package ids

import (
	"encoding/hex"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
)

// Alphabet holds the 32 signs that identifiers are made of.
const Alphabet = "0123456789BFGJKPQVXYZbfgjkpqvxyz"

// Length is the number of signs after the dash.
const Length = 24

// Source makes identifiers; it may be used by many goroutines at once.
type Source struct {
	mu  sync.Mutex
	rng *rand.ChaCha8
}

// New makes a source; equal seeds give equal identifiers.
func New(seed [32]byte) *Source { return &Source{rng: rand.NewChaCha8(seed)} }

// Next makes an identifier of a class.
func (s *Source) Next(class string) string { return class + "-" + s.Signs(Length) }

// Signs makes so many random signs of the alphabet.
func (s *Source) Signs(n int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for b.Len() < n {
		for v, i := s.rng.Uint64(), 0; i < 12 && b.Len() < n; i++ {
			b.WriteByte(Alphabet[v&31])
			v >>= 5
		}
	}
	return b.String()
}

// Secret makes a token of 64 hexadecimal digits.
func (s *Source) Secret() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b [32]byte
	_, _ = s.rng.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

var (
	random = regexp.MustCompile(`^(project|container|file|record|applet|workflow|app|globalworkflow|job|analysis|database|dbcluster|drive)-[0-9A-Za-z]{24}$`)
	named  = regexp.MustCompile(`^(user|org)-[0-9A-Za-z._-]+$`)
	apps   = regexp.MustCompile(`^(app|globalworkflow)-[A-Za-z_][0-9A-Za-z._-]*$`)
)

// Class finds the class of an entity's identifier, or an app's name; "" if it
// is neither.
func Class(id string) string {
	if random.MatchString(id) || named.MatchString(id) || apps.MatchString(id) {
		class, _, _ := strings.Cut(id, "-")
		return class
	}
	return ""
}

// Data tells whether a class is one of data objects.
func Data(class string) bool {
	switch class {
	case "file", "record", "applet", "workflow", "database", "drive", "dbcluster":
		return true
	}
	return false
}
