package keymap

import (
	"math/big"
	"strings"
)

// markCase notes which letters are capitals, on a store that folds case.
func (r rules) markCase(text string) string {
	if !r.FoldsCase {
		return text
	}
	bits, letter := new(big.Int), 0
	for i := range len(text) {
		if !isLetter(text[i]) {
			continue
		}
		if text[i] < 'a' {
			bits.SetBit(bits, letter, 1)
		}
		letter++
	}
	if bits.Sign() == 0 {
		return text
	}
	return text + ".~c" + bits.Text(16) + "~"
}

// readCase is the inverse of markCase. Case comes from the mark alone, because
// the store may give back any.
func (r rules) readCase(text string) (string, error) {
	if !r.FoldsCase {
		return text, nil
	}
	bits := new(big.Int)
	if base, token := cutMark(text); len(token) > 1 && token[0]|0x20 == 'c' {
		if _, ok := bits.SetString(token[1:], 16); !ok || bits.Sign() <= 0 {
			return "", errMark
		}
		text = base
	}
	out, letter := []byte(text), 0
	for i, c := range out {
		if !isLetter(c) {
			continue
		}
		out[i] = c | 0x20
		if bits.Bit(letter) == 1 {
			out[i] = c &^ 0x20
		}
		letter++
	}
	return string(out), nil
}

// same compares keys as the store does; what is no ASCII stands in no key of a
// store that folds.
func (r rules) same(a, b string) bool {
	if !r.FoldsCase {
		return a == b
	}
	return lower(a) == lower(b)
}

// lower turns ASCII capitals to small letters, and leaves all else alone.
func lower(s string) string {
	return strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c | 0x20
		}
		return c
	}, s)
}
