package engine

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
)

// A copy lies under the key on record, not under the one that it would get today:
// prefixes change, and an object may be in the way.
func TestKeysAreThoseOnRecord(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	st, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), state.Options{Create: true, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if _, err := st.Acquire(t.Context(), state.Holder{Run: "r"}, now); err != nil {
		t.Fatal(err)
	}
	row := record.Copy{
		Destination: "disk", Source: "docs", Path: "a/b", Seq: 2, Kind: "file", Status: record.Verified, Key: "old-prefix/docs/.aside/b",
	}
	events := []record.Event{{Op: record.OpCopy, At: now, Run: "r", Copy: &row}}
	if err := st.Commit(t.Context(), state.Outcome{Run: "r", N: 1, Destination: "disk", Events: events}); err != nil {
		t.Fatal(err)
	}
	p := &planning{st: st}
	scanned := row
	scanned.Key = ""
	if got, err := p.keyOf(t.Context(), &scanned); got != row.Key || err != nil {
		t.Errorf("key %q, %v", got, err)
	}
	scanned.Seq = 3
	if got, err := p.keyOf(t.Context(), &scanned); got != "" || err != nil {
		t.Errorf("a copy that nobody has: key %q, %v", got, err)
	}
}
