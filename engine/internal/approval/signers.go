package approval

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// Signers are the lines of an allowed_signers file, as git's users keep it; see
// ssh-keygen(1), ALLOWED SIGNERS. Certificates are not read: a line with
// cert-authority allows nobody.
type Signers struct {
	entries []entry
}

type entry struct {
	principals   []string
	namespaces   []string // patterns; nil allows every one
	after, until time.Time
	key          []byte // as in the signature
}

// ParseSigners reads an allowed_signers file. A line that cannot be read is an
// error that names it: who is left out by mistake must learn of it.
func ParseSigners(text []byte) (*Signers, error) {
	s := &Signers{}
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		e, ok, err := parseEntry(line)
		if err != nil {
			return nil, fmt.Errorf("line %d of the allowed signers: %w", i+1, err)
		}
		if ok {
			s.entries = append(s.entries, e)
		}
	}
	return s, nil
}

func parseEntry(line string) (e entry, ok bool, err error) {
	fields := splitQuoted(line)
	if len(fields) < 3 {
		return e, false, fmt.Errorf("%q has no key", line)
	}
	e.principals = strings.Split(fields[0], ",")
	rest := fields[1:]
	ok = true
	if !isKeyType(rest[0]) {
		if ok, err = e.options(rest[0]); err != nil {
			return e, false, err
		}
		rest = rest[1:]
	}
	if len(rest) < 2 || !isKeyType(rest[0]) {
		return e, false, fmt.Errorf("%q has no key", line)
	}
	e.key, err = base64.StdEncoding.DecodeString(rest[1])
	if err == nil {
		_, err = ssh.ParsePublicKey(e.key)
	}
	return e, ok, err
}

func isKeyType(s string) bool {
	return strings.HasPrefix(s, "ssh-") || strings.HasPrefix(s, "ecdsa-") || strings.HasPrefix(s, "sk-")
}

// options reads what stands between principals and key; ok is false for a line
// about certificates.
func (e *entry) options(s string) (ok bool, err error) {
	ok = true
	for _, option := range splitOutsideQuotes(s) {
		name, v, _ := strings.Cut(option, "=")
		v = strings.Trim(v, `"`)
		switch strings.ToLower(name) {
		case "cert-authority":
			ok = false
		case "namespaces":
			e.namespaces = strings.Split(v, ",")
		case "valid-after":
			e.after, err = parseTime(v)
		case "valid-before":
			e.until, err = parseTime(v)
		default:
			err = fmt.Errorf("option %q is not known", name)
		}
		if err != nil {
			return false, err
		}
	}
	return ok, nil
}

// parseTime reads YYYYMMDD[HHMM[SS]][Z]. Without Z ssh-keygen means the
// machine's zone; here it is UTC, so that every machine decides alike.
func parseTime(s string) (time.Time, error) {
	s = strings.TrimSuffix(s, "Z")
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if len(s) == len(layout) {
			return time.Parse(layout, s)
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time such as 20270131 or 202701312359", s)
}

// allow tells whether a person may sign with a key at an instant.
func (s *Signers) allow(who string, key ssh.PublicKey, now time.Time) error {
	if s == nil || who == "" {
		return fmt.Errorf("%w: nobody is", ErrSigner)
	}
	for _, e := range s.entries {
		if !bytes.Equal(e.key, key.Marshal()) || !matches(e.principals, who) {
			continue
		}
		if e.namespaces != nil && !matches(e.namespaces, Namespace) {
			continue
		}
		if !e.after.IsZero() && now.Before(e.after) || !e.until.IsZero() && !now.Before(e.until) {
			continue
		}
		return nil
	}
	return fmt.Errorf("%w: no line gives %s the key %s", ErrSigner, who, ssh.FingerprintSHA256(key))
}

// matches tells whether a name fits a pattern list of * and ?; a pattern that
// begins with ! takes out what it fits.
func matches(patterns []string, name string) bool {
	fits := func(p string) bool {
		ok, err := path.Match(strings.NewReplacer("[", `\[`, `\`, `\\`).Replace(p), name)
		return ok && err == nil
	}
	if slices.ContainsFunc(patterns, func(p string) bool { return strings.HasPrefix(p, "!") && fits(p[1:]) }) {
		return false
	}
	return slices.ContainsFunc(patterns, func(p string) bool { return !strings.HasPrefix(p, "!") && fits(p) })
}

// splitQuoted splits at blanks outside double quotes.
func splitQuoted(s string) []string {
	quoted := false
	return strings.FieldsFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && (r == ' ' || r == '\t')
	})
}

func splitOutsideQuotes(s string) []string {
	quoted := false
	return strings.FieldsFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && r == ','
	})
}
