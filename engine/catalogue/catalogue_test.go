package catalogue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
)

var testNow = time.Date(2026, 9, 21, 14, 13, 20, 0, time.UTC)

// place of test files: a map, as the key is all that a store knows of them.
type files map[string][]byte

func (f files) Get(_ context.Context, key string) (io.ReadCloser, error) {
	data, ok := f[key]
	if !ok {
		return nil, fmt.Errorf("%s: %w", key, storage.ErrNotExist)
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

func (f files) List(_ context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, key := range slices.Sorted(maps.Keys(f)) {
			if strings.HasPrefix(key, prefix) && !yield(key, nil) {
				return
			}
		}
	}
}

func (f files) put(t testing.TB, list ...File) {
	t.Helper()
	for _, x := range list {
		if _, taken := f[x.Key]; taken {
			t.Fatalf("%s is written twice", x.Key)
		}
		f[x.Key] = x.Data
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func copyEvent(path string, seq int, at int) record.Event {
	return record.Event{Op: record.OpCopy, At: testNow.Add(time.Duration(at) * time.Second), Run: "r", Copy: &record.Copy{
		Destination: "vault", Source: "home", Path: path, Seq: seq, Kind: "file", Status: record.Verified, Key: "home/" + path,
		Digest: "sha256:" + strings.Repeat("ab", 32), Size: 5,
	}}
}

// writer plays a run: it does what apply does with the files of a catalogue.
type writer struct {
	t      testing.TB
	store  files
	marker Marker
	head   *Head
}

func newWriter(t testing.TB) *writer {
	w := &writer{t: t, store: files{}, marker: NewMarker("lineage-1", "vault", testNow)}
	w.store.put(t, must(MarkerFile(w.marker)))
	return w
}

func (w *writer) write(h Head) *Head {
	w.store.put(w.t, must(HeadFile(&h)))
	w.head = &h
	return w.head
}

func (w *writer) open(run string) *Head {
	return w.write(w.head.Next(w.marker, HeadOpen, run, 1, testNow))
}

func (w *writer) segment(c *Chain, events ...record.Event) {
	w.t.Helper()
	w.store.put(w.t, must(c.Segment(events))...)
}

func (w *writer) close(open *Head, checkpoint *CheckpointRef, chains ...*Chain) {
	f, m, err := ManifestFile(open, chains...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.store.put(w.t, f)
	h := w.head.Next(w.marker, HeadClose, open.Run, 2, testNow)
	h.Opened, h.Manifest = open.N, &Ref{f.Key, f.Digest}
	h.Segments += int64(len(m.Segments))
	h.Records += m.Records()
	if checkpoint != nil {
		h.Checkpoint, h.Segments, h.Records = checkpoint, 0, 0
	}
	w.write(h)
}

func (w *writer) checkpoint(rows []record.Copy, rest ...record.Event) *CheckpointRef {
	w.t.Helper()
	var b bytes.Buffer
	ref, err := WriteCheckpoint(&b, w.head, "vault", seq(rows), seq(rest))
	if err != nil {
		w.t.Fatal(err)
	}
	w.store[ref.Key] = b.Bytes()
	return &ref
}

func seq[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range list {
			if !yield(v, nil) {
				return
			}
		}
	}
}

func replay(s Store) (events []record.Event, err error) {
	c, err := Open(context.Background(), s)
	if err != nil {
		return nil, err
	}
	for e, err := range c.Events(context.Background()) {
		if err != nil {
			return events, err
		}
		events = append(events, e)
	}
	return events, nil
}

func paths(events []record.Event) (list []string) {
	for _, e := range events {
		if e.Copy == nil {
			list = append(list, "hold "+e.Hold.Name)
			continue
		}
		list = append(list, fmt.Sprintf("%s %s %d", e.Op, e.Copy.Path, e.Copy.Seq))
	}
	return list
}

// history writes a catalogue with everything in it: two closed runs, one with
// two workers, a checkpoint, a closed run after it, a run that died.
func history(t testing.TB) *writer {
	w := newWriter(t)
	open := w.open("r1")
	one, two := must(NewChain(open, "w1")), must(NewChain(open, "w2"))
	w.segment(one, copyEvent("a", 1, 1), copyEvent("b", 1, 4))
	w.segment(two, copyEvent("c", 1, 2))
	w.segment(one, copyEvent("a", 1, 5))
	w.segment(two, copyEvent("d", 1, 3))
	w.close(open, nil, one, two)

	open = w.open("r2")
	c := must(NewChain(open, "w1"))
	w.segment(c, copyEvent("e", 1, 1))
	rows := []record.Copy{
		*copyEvent("a", 1, 0).Copy, *copyEvent("b", 1, 0).Copy, *copyEvent("c", 1, 0).Copy,
		*copyEvent("d", 1, 0).Copy, *copyEvent("e", 1, 0).Copy,
	}
	w.close(open, w.checkpoint(rows, record.Event{Op: record.OpHold, Hold: &record.Hold{Name: "trial"}}), c)

	open = w.open("r3")
	c = must(NewChain(open, "w1"))
	w.segment(c, copyEvent("f", 1, 1))
	w.close(open, nil, c)

	open = w.open("r4")
	c = must(NewChain(open, "w1"))
	w.segment(c, copyEvent("g", 1, 1))
	w.segment(c, copyEvent("g", 2, 2))
	return w
}

func TestReplayGivesCheckpointThenTail(t *testing.T) {
	w := history(t)
	events, err := replay(w.store)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"record a 1", "record b 1", "record c 1", "record d 1", "record e 1", "hold trial",
		"copy f 1", "copy g 1", "copy g 2",
	}
	if got := paths(events); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

// A clock that stands still or jumps back does not change what came last.
func TestSegmentsComeInTheOrderInWhichTheyWereMade(t *testing.T) {
	w := newWriter(t)
	open := *w.open("r1") // copies of a head number together
	two, one := must(NewChain(w.head, "w2")), must(NewChain(&open, "w1"))
	w.segment(two, copyEvent("a", 1, 9), copyEvent("b", 1, 9))
	w.segment(one, copyEvent("a", 2, 9))
	w.segment(one, copyEvent("c", 1, 0))
	w.segment(two, copyEvent("a", 3, -5))
	w.segment(one, copyEvent("a", 4, -5))
	w.close(&open, nil, one, two)
	events, err := replay(w.store)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"copy a 1", "copy b 1", "copy a 2", "copy c 1", "copy a 3", "copy a 4"}
	if got := paths(events); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestAResumedRunGoesOn(t *testing.T) {
	w := newWriter(t)
	open := w.open("r1")
	c := must(NewChain(open, "w1"))
	w.segment(c, copyEvent("a", 1, 1))
	w.segment(c, copyEvent("b", 1, 2))
	again := w.open("r1")
	more := must(NewChain(again, "w1"))
	w.segment(more, copyEvent("c", 1, 3))
	w.close(again, nil, more)
	events, err := replay(w.store)
	if got, want := paths(events), []string{"copy a 1", "copy b 1", "copy c 1"}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestAPlaceWithoutMarkerIsNotOurs(t *testing.T) {
	if _, err := replay(files{}); !errors.Is(err, ErrNoMarker) {
		t.Errorf("got %v", err)
	}
	w := newWriter(t)
	if events, err := replay(w.store); err != nil || len(events) != 0 {
		t.Errorf("a marked place without heads: %v, %v", events, err)
	}
}

func TestLatestHeadIsTheHighestNumber(t *testing.T) {
	w := newWriter(t)
	for range 11 {
		w.open("r1")
	}
	w.store[HeadPrefix+"012"] = []byte("not a head's name")
	w.store[HeadPrefix+".12.tmp"] = []byte("neither")
	h, err := LatestHead(t.Context(), w.store)
	if err != nil || h.N != 11 || h.Digest != w.head.Digest {
		t.Errorf("got %+v, %v", h, err)
	}
}

// newest is a store that tells which files were made last.
type newest struct {
	files
	keys []string
}

func (n newest) Newest(context.Context, string, int) ([]string, error) { return n.keys, nil }

func (n newest) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	if len(n.keys) > 0 && n.keys[0] == HeadKey(11) {
		panic("listed, though it was told")
	}
	return n.files.List(ctx, prefix)
}

// A store that tells which heads were made last is asked for these alone, but
// where something else stands among them.
func TestLatestHeadOfADatedStore(t *testing.T) {
	w := newWriter(t)
	for range 11 {
		w.open("r1")
	}
	for _, keys := range [][]string{{HeadKey(11), HeadKey(9)}, {HeadPrefix + "junk", HeadKey(2)}, nil} {
		h, err := LatestHead(t.Context(), newest{w.store, keys})
		if err != nil || h.N != 11 {
			t.Errorf("%q: %+v, %v", keys, h, err)
		}
	}
}

func TestCheckpointDue(t *testing.T) {
	for _, c := range []struct {
		segments, records, last int64
		want                    bool
	}{{63, 1e6, 0, false}, {64, 10, 9, true}, {64, 10, 10, false}, {64, 1, 0, true}} {
		h := Head{Segments: c.segments, Records: c.records}
		if c.last > 0 {
			h.Checkpoint = &CheckpointRef{Records: c.last}
		}
		if h.CheckpointDue() != c.want {
			t.Errorf("%+v: %v", c, !c.want)
		}
	}
}

func TestCheckpointRefusesDisorder(t *testing.T) {
	w := newWriter(t)
	w.open("r1")
	for name, rows := range map[string][]record.Copy{
		"swapped":           {*copyEvent("b", 1, 0).Copy, *copyEvent("a", 1, 0).Copy},
		"twice":             {*copyEvent("a", 1, 0).Copy, *copyEvent("a", 1, 0).Copy},
		"other destination": {{Destination: "w", Source: "s", Path: "p", Seq: 1, Kind: "file", Status: record.Written}},
		"path leads out":    {*copyEvent("../a", 1, 0).Copy},
	} {
		if _, err := WriteCheckpoint(io.Discard, w.head, "vault", seq(rows), seq[record.Event](nil)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Every file that a replay reads is changed in every byte, cut off at every
// place and taken away: each time the replay fails and names a file, or gives
// exactly what it gave before (a bit that no reader looks at, in the last
// segment of a run that died, which no other file names).
func TestNoDamageIsAccepted(t *testing.T) {
	w := history(t)
	want, err := replay(w.store)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range slices.Sorted(maps.Keys(w.store)) {
		if strings.HasSuffix(key, "SHA256SUMS") || !readByReplay(key) {
			continue
		}
		data := w.store[key]
		last := strings.Contains(key, "/r4/") && strings.HasSuffix(key, "-2.jsonl.gz")
		check := func(what string, changed []byte) {
			t.Helper()
			w.store[key] = changed
			got, err := replay(w.store)
			switch {
			case err == nil && !(last && reflect.DeepEqual(got, want)):
				t.Fatalf("%s: %s was accepted", key, what)
			case err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer):
				t.Fatalf("%s: %s: error %v", key, what, err)
			}
		}
		for i := range data {
			changed := bytes.Clone(data)
			changed[i] ^= 1 << (i % 8)
			check(fmt.Sprintf("a flipped bit in byte %d", i), changed)
		}
		for n := range len(data) {
			check(fmt.Sprintf("%d of %d bytes", n, len(data)), data[:n])
		}
		check("a byte more", append(bytes.Clone(data), '\n'))
		delete(w.store, key)
		if _, err := replay(w.store); err == nil && !last && key != HeadKey(w.head.N) {
			t.Errorf("%s was taken away unnoticed", key)
		}
		w.store[key] = data
	}
}

// readByReplay leaves out what lies before the checkpoint.
func readByReplay(key string) bool {
	return !strings.Contains(key, "/r1/") && !strings.Contains(key, "/r2/") && key != HeadKey(1) && key != HeadKey(2) &&
		key != HeadKey(3) && key != HeadKey(4)
}

func TestSwappedFilesAreNoticed(t *testing.T) {
	w := history(t)
	a, b := RunPrefix+"r4/7-w1-1.jsonl.gz", RunPrefix+"r4/7-w1-2.jsonl.gz"
	w.store[a], w.store[b] = w.store[b], w.store[a]
	if _, err := replay(w.store); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), a) {
		t.Errorf("swapped segments: %v", err)
	}
	w = history(t)
	w.store[HeadKey(8)] = w.store[HeadKey(7)]
	if _, err := replay(w.store); !errors.Is(err, ErrDamaged) {
		t.Errorf("a head under another number: %v", err)
	}
	w, other := history(t), history(t)
	w.store[HeadKey(7)] = other.store[HeadKey(7)]
	if _, err := replay(w.store); !errors.Is(err, ErrDamaged) {
		t.Errorf("a head of another destination: %v", err)
	}
}

func TestChecksumListIsThatOfCoreutils(t *testing.T) {
	e := copyEvent("a\\b\nc", 1, 0)
	other := copyEvent("z", 1, 0)
	other.Copy.Digest = "blake3:00"
	verify := copyEvent("v", 1, 0)
	verify.Op = record.OpVerify
	sum := strings.Repeat("ab", 32)
	got := string(Sums([]record.Event{e, copyEvent("plain é", 1, 0), other, verify}, File{Key: "k", Digest: "sha256:00"}))
	want := "\\" + sum + "  home/a\\\\b\\nc\n" + sum + "  home/plain é\n00  k\n"
	if got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestNamesThatCannotBeKeysAreRefused(t *testing.T) {
	w := newWriter(t)
	open := w.open("r1")
	for _, worker := range []string{"", ".", "..", "a/b", "a-b", "é", strings.Repeat("a", 129)} {
		if _, err := NewChain(open, worker); err == nil {
			t.Errorf("worker %q was accepted", worker)
		}
	}
	h := w.head.Next(w.marker, HeadOpen, "../r", 1, testNow)
	if _, err := HeadFile(&h); err == nil {
		t.Error("a run with a slash was accepted")
	}
}

func TestSegmentsAreBounded(t *testing.T) {
	w := newWriter(t)
	c := must(NewChain(w.open("r1"), "w1"))
	events := make([]record.Event, MaxEvents+1)
	for i := range events {
		events[i] = copyEvent(fmt.Sprint("f", i), 1, i)
	}
	if _, err := c.Segment(events); err == nil {
		t.Error("too many events were accepted")
	}
	if _, err := c.Segment(nil); err == nil {
		t.Error("no events were accepted")
	}
	got, err := c.Segment(events[:MaxEvents])
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for e, err := range ReadSegment(bytes.NewReader(got[1].Data)) {
		if err != nil || !reflect.DeepEqual(e, events[n]) {
			t.Fatal(n, e, err)
		}
		n++
	}
	if n != MaxEvents {
		t.Errorf("%d events came back", n)
	}
}

func TestSameEventsGiveTheSameBytes(t *testing.T) {
	w := newWriter(t)
	w.open("r1")
	var made [2][]File
	for i := range made {
		open := must(ReadHead(t.Context(), w.store, 1))
		made[i] = must(must(NewChain(open, "w1")).Segment([]record.Event{copyEvent("a", 1, 1)}))
	}
	if !reflect.DeepEqual(made[0], made[1]) {
		t.Error("they differ")
	}
}
