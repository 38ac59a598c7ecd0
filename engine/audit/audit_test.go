package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
)

var testNow = time.Date(2026, 9, 21, 14, 13, 20, 0, time.UTC)

func entry(i int) Entry {
	return Entry{
		Lineage: "l1", Run: fmt.Sprint("r", i), Command: "apply", User: "u", Host: "h", Program: "0.1",
		Started: testNow.Add(time.Duration(i) * time.Hour), Ended: testNow.Add(time.Duration(i)*time.Hour + 1500*time.Microsecond),
		ConfigDigest: "c", PolicyDigest: "p", PlanDigest: "q", AsOf: testNow, Outcome: "done", ExitCode: 0,
		Decisions: []Decision{{Control: "COPY-3", Result: "waived", Count: 1, Waiver: "one-medium"}}, Allow: []string{"retire"},
		Counts: map[string]int64{"copy": 3}, SerialBefore: int64(10 * i), SerialAfter: int64(10*i + 5),
		PolicySet: &state.PolicySet{Location: "/policies", Digest: fmt.Sprint("sha256:", i)},
	}
}

func chain(t testing.TB, n int) []state.AuditEntry {
	t.Helper()
	var links []state.AuditEntry
	var last *state.AuditEntry
	for i := range n {
		link, f, err := Next(last, entry(i))
		if err != nil {
			t.Fatal(err)
		}
		if f.Digest != link.Digest || f.Key != fmt.Sprintf(".backstay/audit/%d.json", i+1) || !bytes.Equal(f.Data, link.Entry) {
			t.Fatalf("file %+v", f)
		}
		links = append(links, link)
		last = &links[i]
	}
	return links
}

func seq(links []state.AuditEntry) iter.Seq2[state.AuditEntry, error] {
	return func(yield func(state.AuditEntry, error) bool) {
		for _, l := range links {
			if !yield(l, nil) {
				return
			}
		}
	}
}

func verify(t *testing.T, links []state.AuditEntry, anchors ...catalogue.AuditRef) Report {
	t.Helper()
	r, err := Verify(seq(links), anchors...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAWholeChainHolds(t *testing.T) {
	links := chain(t, 5)
	got := verify(t, links, *Ref(links[2]), *Ref(links[4]))
	want := Report{Entries: 5, First: testNow, Last: testNow.Add(4 * time.Hour), Head: Ref(links[4]), PolicySet: entry(4).PolicySet}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if got := verify(t, nil); !reflect.DeepEqual(got, Report{}) {
		t.Errorf("an empty chain: %+v", got)
	}
	back, err := Parse(links[1].Entry)
	want1 := entry(1)
	want1.Format, want1.N, want1.Prev = 1, 2, links[0].Digest
	want1.Ended = want1.Ended.Truncate(time.Millisecond)
	if err != nil || !reflect.DeepEqual(back, want1) {
		t.Errorf("got %+v, %v", back, err)
	}
}

func TestTheFirstBrokenLinkIsNamed(t *testing.T) {
	other, _, err := Next(nil, Entry{Lineage: "l2"})
	if err != nil {
		t.Fatal(err)
	}
	links := chain(t, 5)
	foreign, _, err := Next(&links[1], Entry{Lineage: "l2", SerialBefore: 100, SerialAfter: 100})
	if err != nil {
		t.Fatal(err)
	}
	old, _, err := Next(&links[1], Entry{Lineage: "l1", SerialBefore: 3, SerialAfter: 4})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spoil   func(l []state.AuditEntry) []state.AuditEntry
		anchors []catalogue.AuditRef
		n       int64
		reason  string
	}{
		"changed":         {func(l []state.AuditEntry) []state.AuditEntry { l[2].Entry[9] ^= 1; return l }, nil, 3, "it was changed"},
		"changed whole":   {func(l []state.AuditEntry) []state.AuditEntry { l[0] = other; return l }, nil, 2, "does not follow"},
		"left out":        {func(l []state.AuditEntry) []state.AuditEntry { return append(l[:2], l[3:]...) }, nil, 3, "it is missing"},
		"first left out":  {func(l []state.AuditEntry) []state.AuditEntry { return l[1:] }, nil, 1, "it is missing"},
		"renumbered":      {func(l []state.AuditEntry) []state.AuditEntry { l[3].N = 3; return append(l[:2], l[3:]...) }, nil, 3, "under another number"},
		"other lineage":   {func(l []state.AuditEntry) []state.AuditEntry { l[2] = foreign; return l }, nil, 3, "of lineage l2"},
		"old state":       {func(l []state.AuditEntry) []state.AuditEntry { l[2] = old; return l }, nil, 3, "an old state was used"},
		"cut off":         {func(l []state.AuditEntry) []state.AuditEntry { return l[:3] }, []catalogue.AuditRef{*Ref(links[4])}, 4, "a destination knows entry 5"},
		"known otherwise": {func(l []state.AuditEntry) []state.AuditEntry { return l }, []catalogue.AuditRef{{N: 4, Digest: "sha256:0"}}, 4, "knows another entry"},
	} {
		got := verify(t, c.spoil(chain(t, 5)), c.anchors...)
		if got.Break == nil || got.Break.N != c.n || !strings.Contains(got.Break.Reason, c.reason) || got.Entries != c.n-1 {
			t.Errorf("%s: %+v, break %v", name, got, got.Break)
		}
	}
}

type files map[string][]byte

func (f files) Get(_ context.Context, key string) (io.ReadCloser, error) {
	data, ok := f[key]
	if !ok {
		return nil, storage.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

func (f files) List(_ context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for key := range f { // in any order, as the interface says
			if strings.HasPrefix(key, prefix) && !yield(key, nil) {
				return
			}
		}
	}
}

func TestDestinationsKeepTheChain(t *testing.T) {
	links := chain(t, 12)
	store := files{catalogue.AuditPrefix + "x.json": nil, catalogue.AuditPrefix + "03.json": nil}
	for round := range 2 {
		var wrote int
		for f, err := range Missing(t.Context(), seq(links), store) {
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := store[f.Key]; ok {
				t.Errorf("%s is there", f.Key)
			}
			store[f.Key] = f.Data
			wrote++
		}
		if want := []int{12, 1}[round]; wrote != want {
			t.Errorf("round %d wrote %d", round, wrote)
		}
		if round == 0 {
			delete(store, catalogue.AuditPrefix+"7.json")
		}
	}
	var got []state.AuditEntry
	for l, err := range FromStore(t.Context(), store) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, l)
	}
	if !reflect.DeepEqual(got, links) {
		t.Errorf("got %+v", got)
	}
	store[catalogue.AuditPrefix+"5.json"] = []byte("rubbish")
	r, err := Verify(FromStore(t.Context(), store))
	if err != nil || r.Break == nil || r.Break.N != 5 {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestReadingErrorsAreNoBreaks(t *testing.T) {
	failed := errors.New("network gone")
	_, err := Verify(func(yield func(state.AuditEntry, error) bool) { yield(state.AuditEntry{}, failed) })
	if !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
}

// The chain in a real state is the one that was appended.
func TestChainInAState(t *testing.T) {
	s, err := state.Open(t.Context(), t.TempDir()+"/state.db", state.Options{Create: true, Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Acquire(t.Context(), state.Holder{Run: "r"}, testNow); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		last, err := s.AuditHead(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		link, _, err := Next(last, entry(i))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AppendAudit(t.Context(), link); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Verify(s.AuditEntries(t.Context()))
	if err != nil || r.Entries != 3 || r.Break != nil {
		t.Errorf("got %+v, %v", r, err)
	}
}

func FuzzAFlippedBitBreaksTheChain(f *testing.F) {
	f.Add(0, 5, 1)
	f.Fuzz(func(t *testing.T, which, at, bit int) {
		links := chain(t, 3)
		l := &links[(which&0xffff)%3]
		l.Entry[(at&0xffffff)%len(l.Entry)] ^= 1 << (bit & 7)
		for _, recomputed := range []bool{false, true} {
			if recomputed {
				l.Digest = catalogue.DigestOf(l.Entry)
			}
			if r, err := Verify(seq(links)); err != nil || r.Break == nil {
				t.Errorf("entry %d was changed unnoticed", l.N)
			}
		}
	})
}
