package audit

import (
	"fmt"
	"iter"
	"time"

	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/state"
)

// Break is the first place where a chain does not hold.
type Break struct {
	N      int64
	Reason string
}

// String is "entry 7: ...".
func (b *Break) String() string { return fmt.Sprintf("entry %d: %s", b.N, b.Reason) }

// Report is what a verification found. Up to a break, the chain is what was
// written; from it on, nothing can be said.
type Report struct {
	Entries     int64 // that hold
	First, Last time.Time
	Head        *catalogue.AuditRef // of the last entry that holds; nil if none
	PolicySet   *state.PolicySet    // pinned at that time
	Break       *Break              // nil: the whole chain holds
}

// Verify follows a chain from its first link. Anchors are links that are known
// from elsewhere, such as the heads of destinations: each must be in the
// chain, so that entries cut off at its end are noticed. An error is one of
// reading; what is wrong with the chain is in the report.
func Verify(chain iter.Seq2[state.AuditEntry, error], anchors ...catalogue.AuditRef) (Report, error) {
	var v verifier
	for link, err := range chain {
		if err != nil {
			return v.report, fmt.Errorf("read the audit chain: %w", err)
		}
		reason := v.next(link)
		if reason == "" {
			reason = anchored(link, anchors)
		}
		if reason != "" {
			v.report.Break = &Break{N: v.report.Entries + 1, Reason: reason}
			return v.report, nil
		}
		v.take(link)
	}
	for _, a := range anchors {
		if a.N > v.report.Entries {
			v.report.Break = &Break{
				N: v.report.Entries + 1, Reason: fmt.Sprintf("it is missing, and a destination knows entry %d", a.N),
			}
			break
		}
	}
	return v.report, nil
}

func anchored(link state.AuditEntry, anchors []catalogue.AuditRef) string {
	for _, a := range anchors {
		if a.N == link.N && a.Digest != link.Digest {
			return "a destination knows another entry under this number"
		}
	}
	return ""
}

type verifier struct {
	report Report
	last   Entry
	parsed Entry
}

// next says what is wrong with a link, or "".
func (v *verifier) next(link state.AuditEntry) string {
	want := v.report.Entries + 1
	var prev string
	if v.report.Head != nil {
		prev = v.report.Head.Digest
	}
	if link.N != want {
		return fmt.Sprintf("it is missing; entry %d comes next", link.N)
	}
	if catalogue.DigestOf(link.Entry) != link.Digest {
		return "it was changed: its digest is not the recorded one"
	}
	e, err := Parse(link.Entry)
	if err != nil {
		return "it was changed: " + err.Error()
	}
	v.parsed = e
	switch {
	case e.N != link.N || e.Prev != link.Prev:
		return "it was put under another number"
	case e.Prev != prev:
		return "it does not follow the entry before it"
	case want > 1 && e.Lineage != v.last.Lineage:
		return fmt.Sprintf("it is of lineage %s, and the chain is of %s", e.Lineage, v.last.Lineage)
	case e.SerialAfter < e.SerialBefore || e.SerialBefore < v.last.SerialAfter:
		return fmt.Sprintf("serial fell from %d to %d to %d: an old state was used", v.last.SerialAfter, e.SerialBefore, e.SerialAfter)
	}
	return ""
}

func (v *verifier) take(link state.AuditEntry) {
	if v.report.Entries == 0 {
		v.report.First = v.parsed.Started
	}
	v.last = v.parsed
	v.report.Entries++
	v.report.Last, v.report.Head, v.report.PolicySet = v.parsed.Started, Ref(link), v.parsed.PolicySet
}
