package record

import (
	"encoding/json"
	"fmt"
)

// RootKind is the kind of evidence that keeps a Root.
const RootKind = "root"

// Root is what a source's own folder was, which no listing has: its inventory
// begins below it. It stands in the Detail of evidence, as JSON.
type Root struct {
	Source  string            `json:"source"` // instance name
	Mode    uint32            `json:"mode"`   // as stat gives it
	UID     uint32            `json:"uid"`
	GID     uint32            `json:"gid"`
	MTimeNS int64             `json:"mtime_ns"`
	Xattrs  map[string][]byte `json:"xattrs,omitempty"` // values in base64
}

// Detail is the root as evidence has it.
func (r *Root) Detail() (string, error) {
	b, err := json.Marshal(r)
	return string(b), err
}

// ParseRoot reads what Detail wrote.
func ParseRoot(detail string) (Root, error) {
	var r Root
	if err := json.Unmarshal([]byte(detail), &r); err != nil || r.Source == "" {
		return r, fmt.Errorf("%w: evidence of a root: %q", ErrMalformed, detail)
	}
	return r, nil
}
