package server

import (
	"slices"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// sheet is a description while it is filled in: it takes the fields that the
// caller wants, in either dialect. With {fields: {f: true}} these alone count,
// with defaultFields the usual ones too, and false removes one; without it the
// usual ones and each key of the input that is true.
type sheet struct {
	fields   map[string]any
	older    map[string]any
	defaults []string // nil: not wanted
	out      hash
}

// newSheet reads what the caller wants. A field of the input that is no hash is
// refused by name.
func newSheet(in *wire.Input, id string, defaults []string) *sheet {
	s := &sheet{fields: in.Hash("fields"), defaults: defaults, out: hash{"id": id}}
	for name, value := range s.fields {
		if _, ok := value.(bool); !ok {
			in.Fail(wire.InvalidInput("Expected key %q of \"fields\" of input to be a boolean", name))
		}
	}
	if !in.Bool("defaultFields", s.fields == nil) {
		s.defaults = nil
	}
	if s.fields == nil {
		s.older = in.Keys()
	}
	return s
}

func (s *sheet) wants(name string) bool {
	if want, ok := s.fields[name].(bool); ok {
		return want
	}
	return slices.Contains(s.defaults, name) || s.older[name] == true
}

// put fills a field in if it is wanted; value is asked only then.
func (s *sheet) put(name string, value func() any) {
	if s.wants(name) {
		s.out[name] = value()
	}
}

// set is put for values that cost nothing.
func (s *sheet) set(name string, value any) {
	if s.wants(name) {
		s.out[name] = value
	}
}

// describeInput reads a key that is either a boolean or the input of a
// describe; nil means that no description is wanted.
func describeInput(in *wire.Input, key string) *wire.Input {
	switch v := in.Keys()[key].(type) {
	case nil:
		return nil
	case bool:
		if v {
			return wire.Of(hash{})
		}
		return nil
	case map[string]any:
		return wire.Of(v)
	}
	in.Fail(wire.InvalidInput("Expected key %q of input to be a boolean or a hash", key))
	return nil
}
