// Package audit is the log of runs: who ran what, when, on which digests, what
// policies decided, which brakes were let pass, and what came of it. Entries
// form a hash chain, in the state and as files at destinations, so that none
// can be changed, left out or put in unnoticed.
//
// In go entries and the last link; out come the next link and its file, and a
// report on a chain, from a state or from a destination, on any machine. The
// package writes nothing and judges nothing but the chain.
package audit

import (
	"fmt"
	"strconv"
	"time"

	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/state"
)

// FormatVersion is the format that this package writes, and the highest that
// it reads.
const FormatVersion = 1

// Entry is what is recorded of one run. Instants have milliseconds.
type Entry struct {
	Format  int    `json:"format"`
	N       int64  `json:"n"`              // set by Next
	Prev    string `json:"prev,omitempty"` // set by Next: digest of entry n-1
	Lineage string `json:"lineage"`

	Run     string    `json:"run"`
	Command string    `json:"command"`
	User    string    `json:"user"`
	Host    string    `json:"host"`
	Program string    `json:"program"` // its version
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`

	ConfigDigest string    `json:"config_digest,omitempty"`
	PolicyDigest string    `json:"policy_digest,omitempty"`
	PlanDigest   string    `json:"plan_digest,omitempty"`
	AsOf         time.Time `json:"as_of,omitzero"`

	Decisions []Decision       `json:"decisions,omitempty"` // sorted by control and result
	Allow     []string         `json:"allow,omitempty"`     // brakes that -allow let pass
	Outcome   string           `json:"outcome"`             // as in state.RunEnd
	ExitCode  int              `json:"exit_code"`
	Counts    map[string]int64 `json:"counts,omitempty"` // changes by action

	SerialBefore int64            `json:"serial_before"`
	SerialAfter  int64            `json:"serial_after"`
	PolicySet    *state.PolicySet `json:"policy_set,omitempty"` // pinned at the end of the run
}

// Decision is how often a control came to a result.
type Decision struct {
	Control string `json:"control"`
	Result  string `json:"result"` // "fail", "waived", "unknown", "warn", ...
	Count   int64  `json:"count"`
	Waiver  string `json:"waiver,omitempty"`
}

// Next makes the link after last (nil: the first of a chain), and the file
// that destinations keep of it.
func Next(last *state.AuditEntry, e Entry) (state.AuditEntry, catalogue.File, error) {
	e.Format, e.N, e.Prev = FormatVersion, 1, ""
	if last != nil {
		e.N, e.Prev = last.N+1, last.Digest
	}
	e.Started, e.Ended, e.AsOf = cut(e.Started), cut(e.Ended), cut(e.AsOf)
	data, err := catalogue.Seal(e)
	if err != nil {
		return state.AuditEntry{}, catalogue.File{}, fmt.Errorf("audit entry %d: %w", e.N, err)
	}
	link := state.AuditEntry{N: e.N, Digest: catalogue.DigestOf(data), Prev: e.Prev, Entry: data}
	return link, file(link), nil
}

func cut(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Parse reads an entry and refuses one whose own digest does not hold.
func Parse(data []byte) (Entry, error) {
	var e Entry
	if err := catalogue.Unseal(data, &e); err != nil {
		return e, err
	}
	if e.Format > FormatVersion {
		return e, fmt.Errorf("%w: audit entry with format %d", catalogue.ErrNewer, e.Format)
	}
	return e, nil
}

// Ref is how a catalogue head names a link.
func Ref(link state.AuditEntry) *catalogue.AuditRef {
	return &catalogue.AuditRef{N: link.N, Digest: link.Digest}
}

func file(link state.AuditEntry) catalogue.File {
	return catalogue.File{
		Kind: catalogue.KindAudit, Key: catalogue.AuditPrefix + strconv.FormatInt(link.N, 10) + ".json",
		Data: link.Entry, Digest: link.Digest,
	}
}
