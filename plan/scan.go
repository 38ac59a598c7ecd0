package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads one JSON object member by member, without reflection. After
// the first error every method returns a zero value and loops end, so callers
// look at err once.
type scanner struct {
	b    []byte
	i    int
	name []byte // of the member whose value is next
	seen uint32 // members of the present object, by the caller's bits
	text []byte // of the last string that held an escape
	err  error
}

// maxDepth bounds how deep a skipped value may nest.
const maxDepth = 64

func (s *scanner) start(b []byte) {
	*s = scanner{b: b, text: s.text}
	if !utf8.Valid(b) {
		s.fail("the text is not UTF-8")
	}
}

func (s *scanner) finish() {
	s.space()
	if s.err == nil && s.i != len(s.b) {
		s.fail("there is more after the end")
	}
}

func (s *scanner) fail(what string) {
	if s.err == nil {
		s.err = errors.New(what + ", at byte " + strconv.Itoa(s.i))
	}
}

// once refuses a second member of one name: readers differ in which they take.
func (s *scanner) once(bit uint32) {
	if s.seen&bit != 0 {
		s.fail("a member is there twice")
	}
	s.seen |= bit
}

func (s *scanner) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\t' || s.b[s.i] == '\n' || s.b[s.i] == '\r') {
		s.i++
	}
}

// peek gives the next byte that is not space, or 0.
func (s *scanner) peek() byte {
	s.space()
	if s.err != nil || s.i >= len(s.b) {
		return 0
	}
	return s.b[s.i]
}

// take steps over the byte c if it is next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.i++
	return true
}

// member opens an object and steps to its first member's value, setting name;
// false means that it is empty. next does the same for the members after it:
//
//	for ok := s.member(); ok; ok = s.next() { ... }
func (s *scanner) member() bool {
	s.seen = 0
	if !s.take('{') {
		s.fail("an object is expected")
	}
	return s.err == nil && !s.take('}') && s.key()
}

func (s *scanner) next() bool {
	if s.take('}') {
		return false
	}
	if !s.take(',') {
		s.fail("an object lacks a comma or its end")
	}
	return s.err == nil && s.key()
}

func (s *scanner) key() bool {
	s.name = s.str()
	if !s.take(':') {
		s.fail("a member lacks its colon")
	}
	return s.err == nil
}

// element opens an array, further goes on, as member and next do for objects.
func (s *scanner) element() bool {
	if !s.take('[') {
		s.fail("an array is expected")
	}
	return s.err == nil && !s.take(']')
}

func (s *scanner) further() bool {
	if s.take(']') {
		return false
	}
	if !s.take(',') {
		s.fail("an array lacks a comma or its end")
	}
	return s.err == nil
}

// str reads a string. The bytes are the scanner's until the next line; those of
// one that held an escape only until the next such.
func (s *scanner) str() []byte {
	if !s.take('"') {
		s.fail("a string is expected")
		return nil
	}
	b, i := s.b, s.i
	for i < len(b) && plain[b[i]] {
		i++
	}
	from := s.i
	s.i = i
	switch {
	case i == len(b):
		s.fail("a string lacks its end")
	case b[i] == '"':
		s.i++
		return b[from:i]
	case b[i] == '\\':
		return s.escaped(from)
	default:
		s.fail("a string holds a control character")
	}
	return nil
}

// plain are the bytes that stand for themselves in a string and do not end it.
var plain = func() (is [256]bool) {
	for c := range is {
		is[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return is
}()

// simple are the escapes of one letter.
var simple = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escaped reads a string that holds an escape: every address does.
func (s *scanner) escaped(from int) []byte {
	text := append(s.text[:0], s.b[from:s.i]...)
	defer func() { s.text = text }()
	for s.i < len(s.b) {
		from := s.i
		for s.i < len(s.b) && plain[s.b[s.i]] {
			s.i++
		}
		text = append(text, s.b[from:s.i]...)
		if s.i == len(s.b) {
			break
		}
		c := s.b[s.i]
		s.i++
		switch {
		case c == '"':
			return text
		case c < ' ':
			s.fail("a string holds a control character")
			return nil
		case s.i < len(s.b) && simple[s.b[s.i]] != 0:
			text = append(text, simple[s.b[s.i]])
			s.i++
		default:
			text = utf8.AppendRune(text, s.unicode())
		}
		if s.err != nil {
			return nil
		}
	}
	s.fail("a string lacks its end")
	return nil
}

// unicode reads what follows the backslash of \uXXXX, and of its second half
// where it is a surrogate. A lone surrogate is no character.
func (s *scanner) unicode() rune {
	r := s.hex()
	if !utf16.IsSurrogate(r) {
		return r
	}
	if s.i < len(s.b) && s.b[s.i] == '\\' {
		s.i++
		if pair := utf16.DecodeRune(r, s.hex()); pair != utf8.RuneError {
			return pair
		}
	}
	s.fail("a string holds half a character")
	return utf8.RuneError
}

func (s *scanner) hex() rune {
	if s.i+5 > len(s.b) || s.b[s.i] != 'u' {
		s.fail("a string holds a bad escape")
		return 0
	}
	n, err := strconv.ParseUint(string(s.b[s.i+1:s.i+5]), 16, 32)
	if err != nil {
		s.fail("a string holds a bad escape")
	}
	s.i += 5
	return rune(n)
}

func (s *scanner) integer() int64 {
	s.space()
	from := s.i
	for s.i < len(s.b) && (s.b[s.i] == '-' || s.b[s.i] >= '0' && s.b[s.i] <= '9') {
		s.i++
	}
	n, err := strconv.ParseInt(string(s.b[from:s.i]), 10, 64)
	if err != nil {
		s.fail("a whole number is expected")
	}
	return n
}

func (s *scanner) boolean() bool {
	switch {
	case s.word("true"):
		return true
	case !s.word("false"):
		s.fail("true or false is expected")
	}
	return false
}

func (s *scanner) null() bool { return s.word("null") }

func (s *scanner) word(w string) bool {
	s.space()
	if s.err != nil || !bytes.HasPrefix(s.b[s.i:], []byte(w)) {
		return false
	}
	s.i += len(w)
	return true
}

// skip steps over a value of any kind.
func (s *scanner) skip() { s.skipValue(0) }

func (s *scanner) skipValue(depth int) {
	if depth > maxDepth {
		s.fail("values nest too deep")
		return
	}
	switch s.peek() {
	case '"':
		s.str()
	case '{':
		seen := s.seen
		for ok := s.member(); ok; ok = s.next() {
			s.skipValue(depth + 1)
		}
		s.seen = seen
	case '[':
		for ok := s.element(); ok; ok = s.further() {
			s.skipValue(depth + 1)
		}
	case 't', 'f':
		s.boolean()
	case 'n':
		if !s.null() {
			s.fail("null is expected")
		}
	default:
		s.number()
	}
}

func (s *scanner) number() {
	from := s.i
	for s.i < len(s.b) && bytes.IndexByte([]byte("+-.eE0123456789"), s.b[s.i]) >= 0 {
		s.i++
	}
	if !json.Valid(s.b[from:s.i]) {
		s.fail("a number is expected")
	}
}
