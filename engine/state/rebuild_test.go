package state

import (
	"errors"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/record"
)

func events(list ...record.Event) iter.Seq2[record.Event, error] {
	return func(yield func(record.Event, error) bool) {
		for _, e := range list {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func tagged(c *record.Copy) record.Event {
	return record.Event{Op: record.OpTag, At: testNow, Copy: c}
}

func TestRebuildMergesDestinations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "state.db")
	a, b := fileCopy("home", "a", "v", 1), fileCopy("home", "b", "w", 1)
	old := fileCopy("home", "c", "label-of-old", 1)
	c := *old
	c.Destination = "v"
	gone := *fileCopy("home", "d", "v", 4)
	gone.Status = record.Expired
	stone := record.Tombstone{Destination: "v", Source: "home", NameHash: "00112233445566778899aabbccddeeff", Seq: 2, ExpiredAt: 1}
	proof := record.Evidence{Kind: "verify", At: 1, Outcome: "pass"}
	set, released := record.Hold{Name: "h", SetAt: 5}, record.Hold{Name: "h", SetAt: 5, ReleasedAt: 9, ReleasedBy: "qa"}
	head := Head{Destination: "v", MarkerID: "m", N: 4, Digest: "d"}
	in := Rebuilding{
		Lineage: "00000000-0000-4000-8000-000000000000", Serial: 42, Heads: []Head{head}, PolicySet: &PolicySet{Digest: "p"},
		Audit: func(yield func(AuditEntry, error) bool) {
			yield(AuditEntry{N: 1, Digest: "x", Entry: []byte("e")}, nil)
		},
		Streams: []RebuildStream{
			{"v", events(tagged(a), tagged(old), tagged(fileCopy("home", "d", "v", 4)), record.Event{Op: record.OpHold, Hold: &released},
				record.Event{Op: record.OpExpire, At: testNow, Copy: &gone}, record.Event{Op: record.OpExpire, Tombstone: &stone},
				record.Event{Op: record.OpEvidence, Evidence: &proof})},
			{"w", events(tagged(b), record.Event{Op: record.OpHold, Hold: &set}, record.Event{Op: record.OpEvidence, Evidence: &proof})},
		},
	}
	done, err := Rebuild(t.Context(), path, in, testNow)
	if err != nil {
		t.Fatal(err)
	}
	if done.Holds != 1 || done.Audit != 1 || done.Records != 8 || done.Copies != 3 {
		t.Errorf("done %+v", done)
	}
	s := again(t, path)
	if id := s.Identity(); id.Lineage != in.Lineage || id.Serial != 42 {
		t.Errorf("identity %+v", id)
	}
	if got, want := list(t, s, "home"), []record.Copy{*a, *b, c}; !reflect.DeepEqual(got, want) {
		t.Errorf("copies %+v", got)
	}
	if got, err := s.Holds(t.Context()); err != nil || !reflect.DeepEqual(got, []record.Hold{released}) {
		t.Errorf("holds %+v, %v", got, err)
	}
	if n, err := s.LastSeq(t.Context(), "home", "d", "v"); err != nil || n != 4 {
		t.Errorf("last version %d, %v", n, err)
	}
	if got, err := collect(s.Evidence(t.Context(), "")); err != nil || len(got) != 1 {
		t.Errorf("evidence %+v, %v", got, err)
	}
	if got, err := s.Heads(t.Context()); err != nil || got["v"] != head {
		t.Errorf("heads %+v, %v", got, err)
	}
	if held, err := s.Locked(t.Context()); held != nil || err != nil {
		t.Errorf("the rebuild still holds the lease: %v, %v", held, err)
	}
	leftOver(t, filepath.Dir(path), "state.db")
}

// leftOver fails if a folder holds other files than the state and its lock.
func leftOver(t *testing.T, folder string, allowed ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		ok := false
		for _, name := range allowed {
			ok = ok || e.Name() == name || e.Name() == name+".lock" || e.Name() == name+"-wal" || e.Name() == name+"-shm"
		}
		if !ok {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestRebuildKeepsWhatWasThere(t *testing.T) {
	s := newState(t)
	commit(t, s, fileCopy("home", "old", "v", 1))
	old := s.Identity()
	var locked *LockedError
	if _, err := Rebuild(t.Context(), s.path, Rebuilding{Lineage: "x"}, testNow); !errors.As(err, &locked) || locked.Holder.Run != "r1" || !locked.Since.Equal(testNow) {
		t.Errorf("a state in use: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	failed := errors.New("bad segment")
	bad := RebuildStream{"v", func(yield func(record.Event, error) bool) { yield(record.Event{}, failed) }}
	if _, err := Rebuild(t.Context(), s.path, Rebuilding{Lineage: "x", Streams: []RebuildStream{bad}}, testNow); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	leftOver(t, filepath.Dir(s.path), "state.db")
	if id := again(t, s.path).Identity(); id != old {
		t.Errorf("a failed rebuild changed the state: %+v", id)
	}
	if err := os.WriteFile(s.path, []byte("damage"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := Rebuild(t.Context(), s.path, Rebuilding{Lineage: "x", Serial: 9}, testNow); err != nil {
			t.Fatal(err)
		}
		if id := again(t, s.path).Identity(); id.Lineage != "x" || id.Serial != 9 {
			t.Errorf("rebuilt %+v", id)
		}
	}
}

// What a destination was called when its catalogue was written does not matter:
// two that swapped their labels are each rebuilt under their present one.
func TestRebuildFollowsLabels(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	a, b := fileCopy("home", "a", "w", 1), fileCopy("home", "b", "v", 1)
	stone := record.Tombstone{Destination: "w", Source: "home", NameHash: "00112233445566778899aabbccddeeff", Seq: 2, ExpiredAt: 1}
	proof := record.Evidence{Kind: "verify", At: 1, Destination: "w", Outcome: "pass"}
	in := Rebuilding{Lineage: "l", Streams: []RebuildStream{
		{"v", events(tagged(a), record.Event{Op: record.OpRecord, Tombstone: &stone}, record.Event{Op: record.OpRecord, Evidence: &proof})},
		{"w", events(tagged(b))},
	}}
	if _, err := Rebuild(t.Context(), path, in, testNow); err != nil {
		t.Fatal(err)
	}
	s := again(t, path)
	for _, c := range list(t, s, "home") {
		if want := map[string]string{"a": "v", "b": "w"}[c.Path]; c.Destination != want {
			t.Errorf("%s is at %s", c.Path, c.Destination)
		}
	}
	if got, err := collect(s.Tombstones(t.Context(), "v")); err != nil || len(got) != 1 {
		t.Errorf("tombstones %+v, %v", got, err)
	}
	if got, err := collect(s.Evidence(t.Context(), "")); err != nil || len(got) != 1 || got[0].Destination != "v" {
		t.Errorf("evidence %+v, %v", got, err)
	}
	if a.Destination != "w" || stone.Destination != "w" || proof.Destination != "w" {
		t.Error("what the stream gave was changed")
	}
}

func TestListingsAreBaselines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	told := func(at time.Time, n int64) record.Event {
		return record.Event{Op: record.OpEvidence, Evidence: &record.Evidence{
			Kind: "listing", At: at.UnixMilli(), Run: "r", Detail: "home", Objects: n, Bytes: 2 * n,
		}}
	}
	in := Rebuilding{Lineage: "l", Streams: []RebuildStream{
		{"v", events(told(testNow, 1), told(testNow.Add(time.Hour), 7))}, {"w", events(told(testNow, 1))},
	}}
	if _, err := Rebuild(t.Context(), path, in, testNow); err != nil {
		t.Fatal(err)
	}
	s := again(t, path)
	want := Baseline{Source: "home", Run: "r", AppliedAt: testNow.Add(time.Hour), LiveObjects: 7, LiveBytes: 14}
	if b, err := s.Baseline(t.Context(), "home"); err != nil || b == nil || *b != want {
		t.Errorf("baseline %+v, %v", b, err)
	}
	if got, err := collect(s.Evidence(t.Context(), "listing")); err != nil || len(got) != 2 {
		t.Errorf("evidence %+v, %v", got, err)
	}
}
