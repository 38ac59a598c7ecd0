package dnanexus

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema/addr"
)

// A key is a folder and a name. What the platform refuses in them, control
// characters, is written "%" and two upper-case hexadecimal digits, and so is a
// "%" that stands before two such digits: the map is injective.

const (
	maxNameBytes = 255  // of one element; the platform tells no bound, this one is safe elsewhere too
	maxKeyBytes  = 1024 // of a whole key
	hexDigits    = "0123456789ABCDEF"
)

// checkKey refuses what cannot be a key.
func checkKey(key string) error {
	if !addr.CheckPath(key) || addr.IsFolder(key) || !utf8.ValidString(key) {
		return fmt.Errorf("key %q: %w", key, storage.ErrEscape)
	}
	return nil
}

// placeOf is the folder and the name of a key.
func placeOf(key string) (folder, name string) {
	text := keyText(key)
	cut := strings.LastIndexByte(text, '/')
	if cut < 0 {
		return "/", text
	}
	return "/" + text[:cut], text[cut+1:]
}

// keyOf is the key of what lies in a folder; false for what no key leads to.
func keyOf(folder, name string) (string, bool) {
	if name == "" || strings.Contains(name, "/") {
		return "", false
	}
	text := name
	if folder != "/" {
		text = strings.TrimPrefix(folder, "/") + "/" + name
	}
	key := plainText(text)
	return key, checkKey(key) == nil && keyText(key) == text
}

// keyText escapes a key.
func keyText(key string) string {
	var b strings.Builder
	for i := range len(key) {
		c := key[i]
		if c < ' ' || c == 0x7f || c == '%' && i+2 < len(key) && isHex(key[i+1]) && isHex(key[i+2]) {
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// plainText takes escapes off.
func plainText(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]) {
			high, low := strings.IndexByte(hexDigits, text[i+1]), strings.IndexByte(hexDigits, text[i+2])
			b.WriteByte(byte(high<<4 | low))
			i += 2
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

func isHex(c byte) bool { return strings.IndexByte(hexDigits, c) >= 0 }
