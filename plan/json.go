package plan

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/backstay/backstay/schema/addr"
)

// header is a Header as it stands in a file.
type header struct {
	FormatVersion string    `json:"format_version"`
	Program       string    `json:"program"`
	ConfigDigest  string    `json:"config_digest"`
	PolicyDigest  string    `json:"policy_digest"`
	Lineage       string    `json:"lineage"`
	Serial        int64     `json:"serial"`
	AsOf          time.Time `json:"as_of"`
	MaxAge        int64     `json:"max_age_seconds"`
	Refresh       string    `json:"refresh"`
	Checksum      bool      `json:"checksum"`
	Targets       []string  `json:"targets"`
	Excludes      []string  `json:"excludes"`
	Allow         []string  `json:"allow"`
}

// MarshalJSON writes the maximum age as whole seconds and empty lists as [].
func (h Header) MarshalJSON() ([]byte, error) {
	return json.Marshal(header{
		h.FormatVersion, h.Program, h.ConfigDigest, h.PolicyDigest, h.Lineage, h.Serial,
		h.AsOf.UTC(), int64(h.MaxAge / time.Second), h.Refresh, h.Checksum,
		list(h.Targets), list(h.Excludes), list(h.Allow),
	})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (h *Header) UnmarshalJSON(b []byte) error {
	var f header
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	const year = 366 * 24 * 60 * 60
	if f.MaxAge < 0 || f.MaxAge > year {
		return fmt.Errorf("a plan cannot be valid for %d seconds", f.MaxAge)
	}
	*h = Header{
		f.FormatVersion, f.Program, f.ConfigDigest, f.PolicyDigest, f.Lineage, f.Serial,
		f.AsOf, time.Duration(f.MaxAge) * time.Second, f.Refresh, f.Checksum,
		some(f.Targets), some(f.Excludes), some(f.Allow),
	}
	return nil
}

// summary is a Summary as it stands in a file and in -json output.
type summary struct {
	Actions      json.RawMessage     `json:"actions"`
	Unchanged    Count               `json:"unchanged"`
	Gone         Count               `json:"gone"`
	Orphans      Count               `json:"orphans"`
	Cost         Cost                `json:"cost"`
	Sources      []SourceTotals      `json:"sources"`
	Backups      []BackupTotals      `json:"backups"`
	Destinations []DestinationTotals `json:"destinations"`
}

// MarshalJSON writes every action, those without a change as zero, in the
// order of Actions: who reads the number need not ask whether it is there.
func (s Summary) MarshalJSON() ([]byte, error) {
	actions := []byte{'{'}
	for i, a := range Actions {
		if i > 0 {
			actions = append(actions, ',')
		}
		count, err := json.Marshal(s.Actions[a])
		if err != nil {
			return nil, err
		}
		actions = fmt.Appendf(actions, "%q:%s", a, count)
	}
	return json.Marshal(summary{
		append(actions, '}'), s.Unchanged, s.Gone, s.Orphans, s.Cost,
		list(s.Sources), list(s.Backups), list(s.Destinations),
	})
}

// UnmarshalJSON reads what MarshalJSON wrote; actions without a change are
// left out of the map.
func (s *Summary) UnmarshalJSON(b []byte) error {
	var f summary
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	var actions map[Action]Count
	if err := json.Unmarshal(f.Actions, &actions); err != nil {
		return err
	}
	for a, c := range actions {
		if c == (Count{}) {
			delete(actions, a)
		}
	}
	*s = Summary{
		actions, f.Unchanged, f.Gone, f.Orphans, f.Cost,
		some(f.Sources), some(f.Backups), some(f.Destinations),
	}
	return nil
}

// list makes an absent list an empty one, some the reverse, so that what was
// written is read back equal.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

func some[T any](l []T) []T {
	if len(l) == 0 {
		return nil
	}
	return l
}

type specialJSON struct {
	Path string `json:"path"`
	B64  string `json:"path_b64,omitempty"`
	Kind string `json:"kind"`
}

// MarshalJSON writes a path that is not UTF-8 as path_b64 too.
func (s Special) MarshalJSON() ([]byte, error) {
	text, b64 := addr.PathJSON(s.Path)
	return json.Marshal(specialJSON{text, b64, s.Kind})
}

// UnmarshalJSON takes path_b64 where it is set.
func (s *Special) UnmarshalJSON(b []byte) error {
	var j specialJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	path, err := addr.PathFromJSON(j.Path, j.B64)
	s.Path, s.Kind = path, j.Kind
	return err
}
