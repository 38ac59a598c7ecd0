package lang

import (
	"maps"
	"slices"

	"github.com/backstay/backstay/schema/diag"
)

// Sources keeps the text of a configuration, so that whoever finds something
// wrong later can show the place. Files of variables are not kept: their lines
// may hold secrets.
type Sources struct {
	files  map[string][]byte
	values map[diag.Range][]diag.Value
}

func newSources() *Sources {
	return &Sources{files: map[string][]byte{}, values: map[diag.Range][]diag.Value{}}
}

// Files are the names of the configuration's files, sorted.
func (s *Sources) Files() []string { return slices.Sorted(maps.Keys(s.files)) }

// Bytes is the text of one file; nil if there is none of that name.
func (s *Sources) Bytes(name string) []byte { return s.files[name] }

// Snippet is the source that a range points at, with the values of what the
// expression there refers to. It is nil where the range points into no file of
// the configuration.
func (s *Sources) Snippet(r diag.Range) *diag.Snippet {
	if s == nil {
		return nil
	}
	src, ok := s.files[r.Filename]
	if !ok {
		return nil
	}
	snippet := diag.Cut(src, r)
	if snippet != nil {
		snippet.Values = s.values[r]
	}
	return snippet
}

// remember keeps the values that an expression referred to. An expression that
// is evaluated again with other values (for_each) keeps what stayed the same:
// a later snippet cannot tell which instance it is about.
func (s *Sources) remember(r diag.Range, values []diag.Value) {
	old, seen := s.values[r]
	if !seen {
		s.values[r] = values
		return
	}
	s.values[r] = slices.DeleteFunc(slices.Clone(old), func(v diag.Value) bool { return !slices.Contains(values, v) })
}
