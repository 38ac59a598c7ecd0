// Package erasure reads a list of erased subjects and finds the objects that
// are theirs.
//
// In goes the text of a list, one subject a line; out comes, for a path, whether
// it is of one of them. An object is a subject's if the id stands in its path
// with no letter or digit directly beside it. The package opens no file, knows
// no clock and never prints an id.
package erasure

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// List is the erased subjects.
type List struct {
	since   map[string]time.Time // when each was erased; zero where no day is told
	lengths []int                // of ids, in bytes, each once
}

// Parse reads a list. A line is an id, or an id and the day of the erasure
// (2026-11-21); blank lines and those that begin with "#" say nothing. An id
// given twice keeps the earlier day. Anything else is an error that names the
// line and not what stands there.
func Parse(r io.Reader) (*List, error) {
	l := &List{since: map[string]time.Time{}}
	in := bufio.NewScanner(r)
	for n := 1; in.Scan(); n++ {
		fields := strings.Fields(in.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		var day time.Time
		switch len(fields) {
		case 1:
		case 2:
			var err error
			if day, err = time.Parse(time.DateOnly, fields[1]); err != nil {
				return nil, fmt.Errorf("line %d: the day of the erasure is not written as 2006-01-02", n)
			}
		default:
			return nil, fmt.Errorf("line %d: more than an id and a day", n)
		}
		l.add(fields[0], day)
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("read the list of erased subjects: %w", err)
	}
	slices.Sort(l.lengths)
	return l, nil
}

func (l *List) add(id string, day time.Time) {
	if had, there := l.since[id]; there && had.Before(day) {
		day = had
	}
	l.since[id] = day
	if !slices.Contains(l.lengths, len(id)) {
		l.lengths = append(l.lengths, len(id))
	}
}

// Find tells whether a text holds the id of an erased subject, and the earliest
// day on which one of them was erased; zero where that is not told.
func (l *List) Find(text string) (since time.Time, found bool) {
	for at := 0; at < len(text); {
		if !inWord(text[:at], true) {
			for _, n := range l.lengths {
				if at+n > len(text) {
					break
				}
				if day, there := l.since[text[at:at+n]]; there && !inWord(text[at+n:], false) {
					if !found || day.Before(since) {
						since = day
					}
					found = true
				}
			}
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return since, found
}

// inWord tells whether a text ends, or begins, with a letter or digit.
func inWord(text string, end bool) bool {
	r, size := utf8.DecodeRuneInString(text)
	if end {
		r, size = utf8.DecodeLastRuneInString(text)
	}
	return size > 0 && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
