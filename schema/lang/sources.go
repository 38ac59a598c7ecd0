package lang

import (
	"bytes"
	"maps"
	"slices"
	"unicode/utf8"

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

// maxSnippetLines bounds a snippet: more would hide the message.
const maxSnippetLines = 8

// Snippet is the source that a range points at, with the values of what the
// expression there refers to. It is nil where the range points into no file of
// the configuration.
func (s *Sources) Snippet(r diag.Range) *diag.Snippet {
	if s == nil {
		return nil
	}
	src, ok := s.files[r.Filename]
	if !ok || r.Start.Line < 1 || r.Start.Byte < 0 || r.Start.Byte > len(src) {
		return nil
	}
	start := bytes.LastIndexByte(src[:r.Start.Byte], '\n') + 1
	end := endOfLine(src, r.Start.Byte)
	for n := 1; n < maxSnippetLines && end < min(r.End.Byte, len(src)); n++ {
		end = endOfLine(src, end+1)
	}
	high := max(min(r.End.Byte, end, r.Start.Byte+maxHighlight), r.Start.Byte)
	start, end = window(src, start, end, r.Start.Byte, high)
	return &diag.Snippet{
		Code:           string(src[start:end]),
		StartLine:      r.Start.Line,
		HighlightStart: r.Start.Byte - start,
		HighlightEnd:   high - start,
		Values:         s.values[r],
	}
}

// maxHighlight bounds the highlighted part, in bytes.
const maxHighlight = 1000

// maxSnippetSide bounds what is shown on either side of a place, in bytes: a
// generated JSON file may be one line.
const maxSnippetSide = 200

// window shortens a long line around its highlight, at whole characters.
func window(src []byte, start, end, from, to int) (int, int) {
	for start < from && (start < from-maxSnippetSide || !utf8.RuneStart(src[start])) {
		start = max(start+1, from-maxSnippetSide)
	}
	if limit := to + maxSnippetSide; end > limit {
		end = limit
		for end > to && !utf8.RuneStart(src[end]) {
			end--
		}
	}
	return start, end
}

func endOfLine(src []byte, from int) int {
	if from >= len(src) {
		return len(src)
	}
	i := bytes.IndexByte(src[from:], '\n')
	if i < 0 {
		return len(src)
	}
	return from + i
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
