package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// Input is the hash that a method was called with. Its getters return the zero
// value, or the given default, where a key is absent or null; the first wrong
// key is kept and told by Err, so that a handler reads all keys and asks once.
type Input struct {
	keys map[string]any
	name string // how messages call this hash
	err  error
}

// Parse reads a request's body. Numbers keep their digits.
func Parse(body []byte) (*Input, error) {
	value, err := Decode(body)
	if err != nil {
		return nil, MalformedJSON("The request body is not valid JSON: %v", err)
	}
	keys, ok := value.(map[string]any)
	if !ok {
		return nil, InvalidInput("input is not a hash")
	}
	return Of(keys), nil
}

// Of takes a hash that is already decoded.
func Of(keys map[string]any) *Input { return &Input{keys: keys, name: "input"} }

// Decode reads one JSON value and nothing after it.
func Decode(body []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one value")
	}
	return value, nil
}

// Keys is the hash itself.
func (in *Input) Keys() map[string]any { return in.keys }

// Err is the first refusal that a getter met.
func (in *Input) Err() error { return in.err }

// Fail keeps a refusal unless there is one already.
func (in *Input) Fail(err error) {
	if in.err == nil {
		in.err = err
	}
}

// Has tells whether a key is there and not null.
func (in *Input) Has(key string) bool { return in.keys[key] != nil }

// Names tells whether a key is there, null or not.
func (in *Input) Names(key string) bool {
	_, ok := in.keys[key]
	return ok
}

func (in *Input) expected(key, what string) {
	in.Fail(InvalidInput("Expected key %q of %s to be %s", key, in.name, what))
}

// Text reads a string.
func (in *Input) Text(key, otherwise string) string {
	switch v := in.keys[key].(type) {
	case nil:
		return otherwise
	case string:
		return v
	}
	in.expected(key, "a string")
	return otherwise
}

// NeedText reads a string that must be there and not be empty.
func (in *Input) NeedText(key string) string {
	v, _ := in.keys[key].(string)
	if v == "" {
		in.expected(key, "a nonempty string")
	}
	return v
}

// Choice reads a string that must be one of a few.
func (in *Input) Choice(key, otherwise string, choices ...string) string {
	v := in.Text(key, otherwise)
	if v != otherwise && !slices.Contains(choices, v) {
		in.expected(key, fmt.Sprintf("one of %q", choices))
	}
	return v
}

// Bool reads a boolean.
func (in *Input) Bool(key string, otherwise bool) bool {
	switch v := in.keys[key].(type) {
	case nil:
		return otherwise
	case bool:
		return v
	}
	in.expected(key, "a boolean")
	return otherwise
}

// Int reads an integer between two bounds, both allowed.
func (in *Input) Int(key string, otherwise, least, most int64) int64 {
	raw := in.keys[key]
	if raw == nil {
		return otherwise
	}
	v, ok := Integer(raw)
	if !ok {
		in.expected(key, "an integer")
		return otherwise
	}
	if v < least || v > most {
		in.expected(key, fmt.Sprintf("in the range [%d, %d]", least, most))
	}
	return v
}

// Integer reads a whole number, also one that was written as 1.0 or 1e3.
func Integer(raw any) (int64, bool) {
	number, ok := raw.(json.Number)
	if !ok {
		return 0, false
	}
	if v, err := number.Int64(); err == nil {
		return v, true
	}
	f, err := number.Float64()
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// Texts reads an array of strings.
func (in *Input) Texts(key string) []string {
	raw := in.keys[key]
	if raw == nil {
		return nil
	}
	list, ok := raw.([]any)
	if !ok {
		in.expected(key, "an array of strings")
		return nil
	}
	texts := make([]string, 0, len(list))
	for _, item := range list {
		text, ok := item.(string)
		if !ok {
			in.expected(key, "an array of strings")
			return nil
		}
		texts = append(texts, text)
	}
	return texts
}

// List reads an array.
func (in *Input) List(key string) []any {
	switch v := in.keys[key].(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	in.expected(key, "an array")
	return nil
}

// Hash reads a hash; absent gives nil.
func (in *Input) Hash(key string) map[string]any {
	switch v := in.keys[key].(type) {
	case nil:
		return nil
	case map[string]any:
		return v
	}
	in.expected(key, "a hash")
	return nil
}

// Properties reads a hash of strings; what may be null is left out of the
// result and listed in cleared.
func (in *Input) Properties(key string, nulls bool) (set map[string]string, cleared []string) {
	set = map[string]string{}
	for name, raw := range in.Hash(key) {
		switch v := raw.(type) {
		case string:
			set[name] = v
		case nil:
			if !nulls {
				in.expected(key, "a hash of strings")
			}
			cleared = append(cleared, name)
		default:
			in.expected(key, "a hash of strings")
		}
		if name == "" || len(name) > 100 {
			in.Fail(InvalidInput("Expected the names in key %q of %s to be nonempty strings of at most 100 bytes", key, in.name))
		}
	}
	slices.Sort(cleared)
	return set, cleared
}
