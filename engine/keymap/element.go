package keymap

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/backstay/backstay/engine/storage"
)

const (
	markEscaped = ".~x~"
	markPlain   = ".~1~"
	markKey     = ".~k~"
	markCut     = ".~+~"
	shortest    = 32 // bytes of the last piece of a name that is cut
	narrowest   = 96 // what MaxNameBytes is at least: a digest with its marks fits
)

var errMark = errors.New("mark does not fit")

// rules are what a store demands of names.
type rules struct{ storage.Abilities }

// element says where a name stands.
type element struct {
	first bool // of the whole key
	aside bool // a folder beside a file of its name
	seq   int  // of the last element; 0 and 1 take no mark
}

// element encodes one name.
func (r rules) element(name string, e element) string {
	out := r.markCase(r.body(name, e.first, ""))
	if e.aside {
		out += markAside
	}
	return r.cut(out + version(e.seq))
}

// body is a name as the store can hold it and a reader can tell it from marks;
// also are bytes that must be escaped besides the usual.
func (r rules) body(name string, first bool, also string) string {
	if out, escaped := r.escape(name, first, also); escaped {
		return out + markEscaped
	}
	if endsInMark(name) {
		return name + markPlain
	}
	return name
}

// escape writes a name so that the store can hold it, if it must be escaped.
func (r rules) escape(name string, first bool, also string) (out string, escaped bool) {
	bad := r.badBytes(name, also)
	start, end := r.badWhole(name, first)
	if len(bad) == 0 && !start && !end && name != "" {
		return name, false
	}
	return encode(name, bad, start, end), true
}

// encode escapes the bytes at bad, every "%", and the first or last byte.
func encode(name string, bad map[int]bool, start, end bool) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if c == '%' || bad[i] || start && i == 0 || end && i == len(name)-1 {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// badBytes finds the bytes that must be escaped; nil if there are none.
func (r rules) badBytes(name, also string) map[int]bool {
	var bad map[int]bool
	mark := func(i int) {
		if bad == nil {
			bad = map[int]bool{}
		}
		bad[i] = true
	}
	for i := 0; i < len(name); {
		c, size := name[i], 1
		switch {
		case c == 0 || strings.IndexByte(also, c) >= 0:
			mark(i)
		case r.NamesDOS && (c < 0x20 || strings.IndexByte(`"*:<>?\|`, c) >= 0):
			mark(i)
		case c < utf8.RuneSelf:
		case r.FoldsCase || r.FoldsUnicode:
			mark(i)
		case r.NamesUTF8:
			var ru rune
			if ru, size = utf8.DecodeRuneInString(name[i:]); ru == utf8.RuneError && size == 1 {
				mark(i)
			}
		}
		i += size
	}
	return bad
}

// badWhole tells whether the first or the last byte is to be escaped because
// the store cannot take the name as a whole.
func (r rules) badWhole(name string, first bool) (start, end bool) {
	if name == "." || name == ".." || first && strings.EqualFold(name, Reserved) {
		return true, false
	}
	if !r.NamesDOS || name == "" {
		return false, false
	}
	last := name[len(name)-1]
	return dosDevice(name), last == ' ' || last == '.'
}

// dosDevice tells whether Windows takes a name for a device.
func dosDevice(name string) bool {
	base, _, _ := strings.Cut(name, ".")
	base = strings.ToLower(strings.TrimRight(base, " "))
	switch base {
	case "con", "prn", "aux", "nul", "conin$", "conout$":
		return true
	}
	return len(base) == 4 && (base[:3] == "com" || base[:3] == "lpt") && '0' <= base[3] && base[3] <= '9'
}

// unescape is the inverse of encode.
func unescape(text string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			b.WriteByte(text[i])
			continue
		}
		if i+3 > len(text) {
			return "", errMark
		}
		c, err := strconv.ParseUint(text[i+1:i+3], 16, 8)
		if err != nil {
			return "", errMark
		}
		b.WriteByte(byte(c))
		i += 2
	}
	return b.String(), nil
}

// cutMark splits a mark off a name; token is "" if there is none.
func cutMark(name string) (base, token string) {
	body, ok := strings.CutSuffix(name, "~")
	if !ok {
		return name, ""
	}
	at := strings.LastIndex(body, ".~")
	if at < 0 {
		return name, ""
	}
	token = body[at+2:]
	for i := range len(token) {
		c := token[i]
		if c != '+' && c != '-' && !('0' <= c && c <= '9') && !isLetter(c) {
			return name, ""
		}
	}
	return name[:at], token
}

func endsInMark(name string) bool {
	_, token := cutMark(name)
	return token != ""
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// cut breaks an encoded element into pieces that the store can hold.
func (r rules) cut(text string) string {
	limit := r.MaxNameBytes
	if limit <= 0 || len(text) <= limit {
		return text
	}
	var b strings.Builder
	for len(text) > limit {
		n := min(limit-len(markCut), len(text)-shortest)
		for back := 0; back < utf8.UTFMax-1 && !utf8.RuneStart(text[n]); back++ {
			n--
		}
		if r.NamesDOS && dosDevice(text[n:]) {
			n--
		}
		b.WriteString(text[:n])
		b.WriteString(markCut)
		b.WriteByte('/')
		text = text[n:]
	}
	b.WriteString(text)
	return b.String()
}

// parseElement reads an element, its pieces joined. Whether it is exactly what
// the map would give is for the caller to check.
func (r rules) parseElement(text string, last bool) (name string, e element, err error) {
	e.seq = 1
	base, token := cutMark(text)
	if n, ok := number(token); ok && n > 1 && last {
		e.seq, text = n, base
	} else if token == "d" && !last {
		e.aside, text = true, base
	}
	if text, err = r.readCase(text); err != nil {
		return "", e, err
	}
	switch base, token = cutMark(text); token {
	case "x":
		name, err = unescape(base)
	case "1":
		name = base
	default:
		name = text
	}
	return name, e, err
}

// number reads a version's number as the map writes it.
func number(token string) (int, bool) {
	n, err := strconv.Atoi(token)
	return n, err == nil && n > 0 && strconv.Itoa(n) == token
}
