package keymap

import "strings"

// source encodes the name of a source: one element.
func (r rules) source(name string, first bool) string {
	base, key, ok := r.instance(name)
	if !ok {
		return r.cut(r.markCase(r.body(name, first, "/")))
	}
	text := base + "." + encode(key, r.badBytes(key, "/"), false, false) + markKey
	return r.cut(r.markCase(text))
}

// instance takes NAME["KEY"] apart.
func (r rules) instance(name string) (base, key string, ok bool) {
	base, rest, _ := strings.Cut(name, `["`)
	for i := range len(base) {
		if c := base[i]; !isLetter(c) && !('0' <= c && c <= '9') && c != '_' && c != '-' {
			return "", "", false
		}
	}
	key, ok = strings.CutSuffix(rest, `"]`)
	return base, key, ok && base != "" && !(r.NamesDOS && dosDevice(base))
}

// parseSource is the inverse of source; whether text is exactly what source
// gives is checked with the whole key.
func (r rules) parseSource(text string) (string, error) {
	plain, err := r.readCase(text)
	if err != nil {
		return "", err
	}
	body, ok := strings.CutSuffix(plain, markKey)
	if !ok {
		name, _, err := r.parseElement(text, false)
		return name, err
	}
	base, key, _ := strings.Cut(body, ".")
	key, err = unescape(key)
	return base + `["` + key + `"]`, err
}
