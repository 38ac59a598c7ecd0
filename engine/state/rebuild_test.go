package state

import (
	"errors"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"testing"

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
	rumour := *b
	rumour.Status = record.Damaged
	orphan := fileCopy("home", "c", "lost", 1)
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
			{"v", events(tagged(a), tagged(orphan), tagged(fileCopy("home", "d", "v", 4)), record.Event{Op: record.OpHold, Hold: &released},
				record.Event{Op: record.OpExpire, At: testNow, Copy: &gone}, record.Event{Op: record.OpExpire, Tombstone: &stone},
				record.Event{Op: record.OpEvidence, Evidence: &proof}, tagged(&rumour))},
			{"w", events(tagged(b), record.Event{Op: record.OpHold, Hold: &set}, record.Event{Op: record.OpEvidence, Evidence: &proof})},
		},
	}
	done, err := Rebuild(t.Context(), path, in, testNow)
	if err != nil {
		t.Fatal(err)
	}
	if done.Holds != 1 || done.Audit != 1 || done.Records != 7 {
		t.Errorf("done %+v", done)
	}
	s := again(t, path)
	if id := s.Identity(); id.Lineage != in.Lineage || id.Serial != 42 {
		t.Errorf("identity %+v", id)
	}
	if got, want := list(t, s, "home"), []record.Copy{*a, *b, *orphan}; !reflect.DeepEqual(got, want) {
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
	if _, err := Rebuild(t.Context(), s.path, Rebuilding{Lineage: "x"}, testNow); err == nil {
		t.Error("a state in use was replaced")
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
