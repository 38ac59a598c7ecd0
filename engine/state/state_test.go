package state

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

var testNow = time.Date(2026, 9, 21, 14, 13, 20, 0, time.UTC)

// newState opens a fresh state and takes its lease.
func newState(t testing.TB) *State {
	t.Helper()
	return leased(t, filepath.Join(t.TempDir(), "a b?c#d", "state.db"))
}

func leased(t testing.TB, path string) *State {
	t.Helper()
	s, err := Open(t.Context(), path, Options{Create: true, Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := s.Acquire(t.Context(), Holder{Host: "here", PID: 1, Run: "r1", User: "me"}, testNow); err != nil {
		t.Fatal(err)
	}
	return s
}

func fileCopy(source, path, destination string, seq int) *record.Copy {
	c := &record.Copy{
		Destination: destination, Source: source, Path: path, Seq: seq, Kind: "file", Status: record.Verified,
		Key: "pre/" + source + "/" + path, ID: "4711", Size: 42, MTime: 1790000000123456789, CTime: 1790000001123456789,
		Digest: "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
		Inode:  77, Mode: 0o100644, UID: 1000, GID: 100, Nlink: 1, Claims: []string{"backup.runs/" + destination},
		CopiedAt: 1790000002000, VerifiedAt: 1790000003000, VerifyMethod: "read-back", RetainUntil: 1790000009000,
		TermReason: "keep 7y", Run: "r1", Class: "raw",
	}
	if addr.IsFolder(path) {
		c.Kind, c.Status, c.Key = "directory", record.Entry, ""
	}
	return c
}

// fullCopy has every field set.
func fullCopy() *record.Copy {
	c := fileCopy("home", "a/\xff\"\n.txt", "vault", 3)
	c.Status, c.RetiredFrom, c.RetiredAt = record.Retired, record.Verified, 1790000006000
	c.SupersededAt, c.GoneAt = 1790000004000, 1790000005000
	c.RetainUntil, c.LockMode, c.LockedUntil = schema.UntilForever, "governance", schema.UntilOpen
	c.Holds, c.SourceID, c.Inode = []string{"a", "b"}, "file-B0", 1<<64-1
	c.HardLink, c.Target, c.Xattrs = "grp\xfe", "../x", map[string]string{"user.a": "\x00"}
	c.Tier, c.TieredAt = "archived", 1790000007000
	c.Key = "pre/escaped~/x.~3~"
	return c
}

func commit(t testing.TB, s *State, copies ...*record.Copy) {
	t.Helper()
	o := Outcome{Run: "r1", N: 1}
	for _, c := range copies {
		o.Events = append(o.Events, record.Event{Op: record.OpCopy, At: testNow, Run: "r1", Copy: c})
	}
	if err := s.Commit(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

func list(t testing.TB, s *State, source string) []record.Copy {
	t.Helper()
	l, err := collect(s.Copies(t.Context(), source))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestEveryFieldOfACopySurvives(t *testing.T) {
	s := newState(t)
	full := fullCopy()
	v := reflect.ValueOf(full).Elem()
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("field %s is zero in the test's copy", v.Type().Field(i).Name)
		}
	}
	entry := &record.Copy{Destination: "vault", Source: "home", Path: "a/", Seq: 1, Kind: "directory", Status: record.Entry}
	commit(t, s, full, entry)
	got := list(t, s, "home")
	if want := []record.Copy{*entry, *full}; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestOrderIsThatOfBytes(t *testing.T) {
	s := newState(t)
	paths := []string{"a", "a!", "a/", "a/\x01", "a/b", "a0", "b\x7f", "b\x80", "b\xff", "é"}
	var copies []*record.Copy
	for i := range paths {
		p := paths[(i*7+3)%len(paths)]
		copies = append(copies, fileCopy("home", p, "w", 1), fileCopy("home", p, "v", 2), fileCopy("home", p, "v", 1),
			fileCopy("work", p, "v", 1))
	}
	commit(t, s, copies...)
	var got, want []string
	for _, c := range list(t, s, "home") {
		got = append(got, fmt.Sprintf("%q %s %d", c.Path, c.Destination, c.Seq))
	}
	for _, p := range paths {
		for _, rest := range []string{"v 1", "v 2", "w 1"} {
			want = append(want, fmt.Sprintf("%q %s", p, rest))
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	at, err := collect(s.CopiesAt(t.Context(), "v"))
	if err != nil || len(at) != 3*len(paths) {
		t.Fatalf("%d copies at v, %v", len(at), err)
	}
	for i := 1; i < len(at); i++ {
		if compareCopies(&at[i-1], &at[i]) >= 0 {
			t.Errorf("%q before %q", at[i-1].Path, at[i].Path)
		}
	}
	names, err := s.SourceNames(t.Context())
	if err != nil || !reflect.DeepEqual(names, []string{"home", "work"}) {
		t.Errorf("sources %v, %v", names, err)
	}
}

func TestScanGivesWhatDiffNeeds(t *testing.T) {
	s := newState(t)
	commit(t, s, fullCopy(), fileCopy("home", "b", "vault", 1), fileCopy("home", "c", "other", 1))
	want := list(t, s, "home")
	for i := range want {
		c := &want[i]
		c.Key, c.ID, c.Digest, c.HardLink, c.Target, c.VerifyMethod, c.TermReason, c.Run = "", "", "", "", "", "", "", ""
		c.Xattrs = nil
	}
	for name, r := range map[string]rowReader{"fast": &fastReader{path: s.path}, "plain": &plainReader{s}} {
		var got []record.Copy
		err := scan(t.Context(), r, "home", func(c *record.Copy) bool { got = append(got, *c); return true })
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, want)
		}
	}
	for range s.Scan(t.Context(), "home") {
		break // ending early is no error
	}
}

// Both readers give the same whole rows; one of them could go.
func TestReadersAgree(t *testing.T) {
	s := newState(t)
	commit(t, s, fullCopy(), fileCopy("home", "b", "vault", 1), fileCopy("home", "c/", "vault", 1))
	fast, err := collect(s.copies(t.Context(), &fastReader{path: s.path}, queryCopiesAt, "vault"))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := collect(s.copies(t.Context(), &plainReader{s}, queryCopiesAt, "vault"))
	if err != nil || len(plain) != 3 || !reflect.DeepEqual(fast, plain) {
		t.Errorf("%v\nfast  %+v\nplain %+v", err, fast, plain)
	}
	object, err := s.Object(t.Context(), "home", fullCopy().Path)
	if err != nil || !reflect.DeepEqual(object, []record.Copy{*fullCopy()}) {
		t.Errorf("%+v, %v", object, err)
	}
}

func TestLongPathsAreScannedWhole(t *testing.T) {
	s := newState(t)
	long := make([]byte, 70000)
	for i := range long {
		long[i] = 'a' + byte(i%26)
	}
	commit(t, s, fileCopy("home", string(long), "vault", 1), fileCopy("home", string(long[:1024]), "vault", 1))
	var n []int
	for c, err := range s.Scan(t.Context(), "home") {
		if err != nil {
			t.Fatal(err)
		}
		if c.Path != string(long[:len(c.Path)]) {
			t.Error("path was cut or mixed up")
		}
		n = append(n, len(c.Path))
	}
	if !reflect.DeepEqual(n, []int{1024, 70000}) {
		t.Errorf("lengths %v", n)
	}
}

func TestScanStopsWithItsContext(t *testing.T) {
	s := newState(t)
	commit(t, s, fileCopy("home", "a", "v", 1), fileCopy("home", "b", "v", 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range s.Scan(ctx, "home") {
		if err == nil {
			t.Error("a row after cancel")
		}
		return
	}
	t.Error("a cancelled scan ended as if it were whole")
}

func TestSerialRisesWithOutcomes(t *testing.T) {
	s := newState(t)
	c := fileCopy("home", "a", "v", 1)
	commit(t, s, c)
	if n := s.Identity().Serial; n != 1 {
		t.Errorf("serial %d after an outcome", n)
	}
	verify := func(op record.Op) int64 {
		o := Outcome{
			Run: "r2", N: 1, Clean: true, Events: []record.Event{{Op: op, At: testNow, Copy: c}},
			Evidence: []record.Evidence{{Kind: "verify", Outcome: "pass"}},
		}
		if err := s.Commit(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		return s.Identity().Serial
	}
	if n := verify(record.OpVerify); n != 1 {
		t.Errorf("serial %d after a clean verify", n)
	}
	evidence := record.Event{Op: record.OpEvidence, Evidence: &record.Evidence{Kind: "restore_test", Outcome: "pass"}}
	if err := s.Commit(t.Context(), Outcome{Run: "r2", N: 2, Clean: true, Events: []record.Event{evidence}}); err != nil {
		t.Fatal(err)
	}
	if n := s.Identity().Serial; n != 1 {
		t.Errorf("serial %d after evidence", n)
	}
	if n := verify(record.OpDamage); n != 2 {
		t.Errorf("serial %d after damage was found", n)
	}
	before := s.Identity()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), s.path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if again.Identity() != before {
		t.Errorf("got %+v, want %+v", again.Identity(), before)
	}
}

func TestLastEventOfABatchWins(t *testing.T) {
	s := newState(t)
	first, second := fileCopy("home", "a", "v", 1), fileCopy("home", "a", "v", 1)
	second.Status = record.Damaged
	commit(t, s, first, fileCopy("home", "b", "v", 1), second)
	got := list(t, s, "home")
	if len(got) != 2 || got[0].Status != record.Damaged {
		t.Errorf("got %+v", got)
	}
}

func TestExpiredCopiesLeaveATombstoneWithoutName(t *testing.T) {
	s := newState(t)
	c := fileCopy("home", "secret-name", "v", 7)
	commit(t, s, c)
	gone := *c
	gone.Status = record.Expired
	err := s.Commit(t.Context(), Outcome{Run: "r2", N: 1, Events: []record.Event{{Op: record.OpExpire, At: testNow, Run: "r2", Copy: &gone}}})
	if err != nil {
		t.Fatal(err)
	}
	if l := list(t, s, "home"); len(l) != 0 {
		t.Errorf("still there: %+v", l)
	}
	stones, err := collect(s.Tombstones(t.Context(), ""))
	if err != nil || len(stones) != 1 {
		t.Fatalf("tombstones %v, %v", stones, err)
	}
	want := record.Tombstone{
		Destination: "v", Source: "home", Seq: 7, Size: 42, Digest: c.Digest, NameHash: stones[0].NameHash,
		ExpiredAt: testNow.UnixMilli(), Run: "r2",
	}
	if stones[0] != want || len(stones[0].NameHash) != 32 {
		t.Errorf("got %+v", stones[0])
	}
	if n, err := s.LastSeq(t.Context(), "home", "secret-name", "v"); n != 7 || err != nil {
		t.Errorf("last version %d, %v: it would be given again", n, err)
	}
	if n, err := s.LastSeq(t.Context(), "home", "other", "v"); n != 0 || err != nil {
		t.Errorf("last version of an unknown object: %d, %v", n, err)
	}
	before, after := testNow.UnixMilli()-1, testNow.UnixMilli()
	for _, c := range []struct {
		path  string
		since int64
		want  bool
	}{{"secret-name", before, true}, {"secret-name", after, false}, {"other", before, false}} {
		if got, err := s.Buried(t.Context(), "home", c.path, []string{"u", "v"}, c.since); got != c.want || err != nil {
			t.Errorf("%s since %d: %v, %v", c.path, c.since, got, err)
		}
	}
	for since, want := range map[int64]int64{before: 1, after: 0} {
		if got, err := s.BuriedNames(t.Context(), "home", since); got != want || err != nil {
			t.Errorf("names since %d: %d, %v", since, got, err)
		}
	}
}

// A copy that another object took over leaves its number, and no word of a loss.
func TestMovedCopiesLeaveTheirNumber(t *testing.T) {
	s := newState(t)
	old := fileCopy("home", "old", "v", 1)
	commit(t, s, old)
	now := *old
	now.Path = "new"
	events := []record.Event{{Op: record.OpAdopt, At: testNow, Run: "r2", Copy: &now}, {Op: record.OpMove, At: testNow, Run: "r2", Copy: old}}
	for n := range int64(2) { // replayed, nothing changes
		if err := s.Commit(t.Context(), Outcome{Run: "r2", N: n + 1, Events: events}); err != nil {
			t.Fatal(err)
		}
		if l := list(t, s, "home"); len(l) != 1 || l[0].Path != "new" {
			t.Errorf("got %+v", l)
		}
		if n, err := s.LastSeq(t.Context(), "home", "old", "v"); n != 1 || err != nil {
			t.Errorf("last version %d, %v: it would be given again", n, err)
		}
		if n, err := s.BuriedNames(t.Context(), "home", 0); n != 0 || err != nil {
			t.Errorf("%d names are said to have lost a copy, %v", n, err)
		}
	}
}

func TestTotals(t *testing.T) {
	s := newState(t)
	old := fileCopy("home", "a", "v", 1)
	old.SupersededAt = 5
	commit(t, s, old, fileCopy("home", "a", "v", 2), fileCopy("home", "b", "v", 1), fileCopy("work", "b", "w", 1))
	got, err := s.Totals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []Total{
		{"v", "home", "file", record.Verified, false, 2, 84},
		{"v", "home", "file", record.Verified, true, 1, 42},
		{"w", "work", "file", record.Verified, false, 1, 42},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestBadEventsChangeNothing(t *testing.T) {
	s := newState(t)
	bad := fileCopy("home", "../out", "v", 1)
	err := s.Commit(t.Context(), Outcome{Run: "r", N: 1, Events: []record.Event{
		{Op: record.OpCopy, Copy: fileCopy("home", "a", "v", 1)}, {Op: record.OpCopy, Copy: bad},
	}})
	if err == nil {
		t.Error("a path that leads out was recorded")
	}
	if l := list(t, s, "home"); len(l) != 0 || s.Identity().Serial != 0 {
		t.Errorf("half a batch is there: %+v", l)
	}
}

// Who has the bytes under a key is found however the key is kept, and at its
// destination alone.
func TestUnderKey(t *testing.T) {
	s := newState(t)
	plain, moved, other := fileCopy("home", "pre/home/a", "v", 1), fileCopy("home", "z", "v", 1), fileCopy("home", "pre/home/a", "w", 1)
	version := fileCopy("home", "a", "v", 2)
	moved.Key, version.Key = plain.Key, "pre/home/a.~2~"
	commit(t, s, plain, moved, other, version, fileCopy("home", "d/", "v", 1))
	for key, want := range map[string]string{
		plain.Key: " z pre/home/a", version.Key: " a", "pre/home/a": "", "home/pre/home/a": "", "": "", "/": "",
	} {
		rows, err := s.UnderKey(t.Context(), "v", key)
		got := ""
		for i := range rows {
			got += " " + rows[i].Path
		}
		if got != want || err != nil {
			t.Errorf("%q: got %q, %v; want %q", key, got, err, want)
		}
	}
	var plan string
	row := s.writer.QueryRowContext(t.Context(), "EXPLAIN QUERY PLAN "+queryUnderKey, "v", []byte("k"))
	if err := row.Scan(new(int), new(int), new(int), &plan); err != nil || !strings.Contains(plan, "copies_by_key") {
		t.Errorf("a lookup reads %s, %v", plan, err)
	}
}
