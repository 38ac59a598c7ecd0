package addr

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// Object paths are strings of raw bytes, relative to the source's root,
// without a leading slash; a folder's path ends in "/" (the root folder is
// not an object). Their order is that of their bytes. It equals the order of
// a depth-first walk that compares a folder's entries as name + "/", and the
// order of a BLOB primary key, so walk, state and listing merge without a
// sort.

// ComparePaths is the one total order: raw bytes.
func ComparePaths(a, b string) int { return strings.Compare(a, b) }

// IsFolder tells whether an object path names a folder.
func IsFolder(path string) bool { return strings.HasSuffix(path, "/") }

// PathJSON gives the two JSON members of a path: the path itself where it is
// UTF-8; otherwise a readable form with U+FFFD in place of bad bytes, and the
// bytes in base64, which then decide.
func PathJSON(path string) (text, b64 string) {
	if utf8.ValidString(path) {
		return path, ""
	}
	return strings.ToValidUTF8(path, "\uFFFD"), base64.StdEncoding.EncodeToString([]byte(path))
}

// PathFromJSON is the inverse of PathJSON.
func PathFromJSON(text, b64 string) (string, error) {
	if b64 == "" {
		return text, nil
	}
	raw, err := base64.StdEncoding.DecodeString(b64)
	return string(raw), err
}

// CheckPath refuses a path that could leave the root it is joined to: an
// absolute one, one with an empty, "." or ".." element, or with a NUL byte.
// Paths from a plan file, a catalogue or a state pass it before any use.
func CheckPath(path string) bool {
	trimmed := strings.TrimSuffix(path, "/")
	if trimmed == "" || strings.IndexByte(path, 0) >= 0 {
		return false
	}
	for rest := trimmed; ; {
		element, tail, more := strings.Cut(rest, "/")
		if element == "" || element == "." || element == ".." {
			return false
		}
		if !more {
			return true
		}
		rest = tail
	}
}
