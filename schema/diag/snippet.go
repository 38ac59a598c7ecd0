package diag

import (
	"bytes"
	"unicode/utf8"
)

const (
	// maxSnippetLines bounds a snippet: more would hide the message.
	maxSnippetLines = 8
	// maxHighlight bounds the highlighted part, in bytes.
	maxHighlight = 1000
	// maxSnippetSide bounds what is shown on either side of a place, in bytes: a
	// generated JSON file may be one line.
	maxSnippetSide = 200
)

// Cut is the snippet of a source text that a range points at: whole lines, of
// which a very long one is shortened around the place. It is nil where the range
// lies outside of the text.
func Cut(src []byte, r Range) *Snippet {
	if r.Start.Line < 1 || r.Start.Byte < 0 || r.Start.Byte > len(src) {
		return nil
	}
	start := bytes.LastIndexByte(src[:r.Start.Byte], '\n') + 1
	end := endOfLine(src, r.Start.Byte)
	for n := 1; n < maxSnippetLines && end < min(r.End.Byte, len(src)); n++ {
		end = endOfLine(src, end+1)
	}
	high := max(min(r.End.Byte, end, r.Start.Byte+maxHighlight), r.Start.Byte)
	start, end = window(src, start, end, r.Start.Byte, high)
	return &Snippet{
		Code:           string(src[start:end]),
		StartLine:      r.Start.Line,
		HighlightStart: r.Start.Byte - start,
		HighlightEnd:   high - start,
	}
}

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
