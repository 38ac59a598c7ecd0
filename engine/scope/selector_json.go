package scope

import (
	"encoding/json"
	"fmt"

	"github.com/backstay/backstay/schema"
)

// text is a selector as a recorded hold keeps it: what it selects, without the
// place it was written at. Absent attributes are left out.
type text struct {
	Paths       []string          `json:"paths,omitempty"`
	Names       []string          `json:"names,omitempty"`
	Kinds       []string          `json:"kinds,omitempty"`
	Types       []string          `json:"types,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
	Properties  map[string]string `json:"properties,omitempty"`
	IDs         []string          `json:"ids,omitempty"`
	LargerThan  *int64            `json:"larger_than,omitempty"`
	SmallerThan *int64            `json:"smaller_than,omitempty"`
	OlderThan   *schema.Term      `json:"older_than,omitempty"`
	NewerThan   *schema.Term      `json:"newer_than,omitempty"`
}

// Encode gives a selector's JSON, the same bytes for the same selector; a nil
// selector, which selects everything, gives "".
func Encode(s *schema.Selector) string {
	if s == nil {
		return ""
	}
	t := text{
		Paths: s.Paths, Names: s.Names, Kinds: s.Kinds, Types: s.Types, Tags: s.Tags,
		Properties: s.Properties, IDs: s.IDs, OlderThan: s.OlderThan, NewerThan: s.NewerThan,
	}
	if s.LargerThan >= 0 {
		t.LargerThan = &s.LargerThan
	}
	if s.SmallerThan >= 0 {
		t.SmallerThan = &s.SmallerThan
	}
	b, err := json.Marshal(t)
	if err != nil {
		panic("bug: a selector has no JSON: " + err.Error())
	}
	return string(b)
}

// Decode reads what Encode wrote. A hold that cannot be read must not shrink
// to nothing: callers refuse to go on.
func Decode(encoded string) (*schema.Selector, error) {
	if encoded == "" {
		return nil, nil
	}
	var t text
	if err := json.Unmarshal([]byte(encoded), &t); err != nil {
		return nil, fmt.Errorf("reading a recorded selector: %w", err)
	}
	s := &schema.Selector{
		Paths: t.Paths, Names: t.Names, Kinds: t.Kinds, Types: t.Types, Tags: t.Tags,
		Properties: t.Properties, IDs: t.IDs, LargerThan: -1, SmallerThan: -1,
		OlderThan: t.OlderThan, NewerThan: t.NewerThan,
	}
	if t.LargerThan != nil {
		s.LargerThan = *t.LargerThan
	}
	if t.SmallerThan != nil {
		s.SmallerThan = *t.SmallerThan
	}
	return s, nil
}
