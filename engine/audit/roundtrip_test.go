package audit

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/schema"
)

// history plays years of runs on two destinations: every batch goes into the
// state and into the catalogue of its destination, as apply does it.
type history struct {
	t     *testing.T
	rng   *rand.Rand
	s     *state.State
	sites []*site
	batch int64
	now   time.Time
}

type site struct {
	name   string
	store  files
	marker catalogue.Marker
	head   *catalogue.Head
	last   map[string]*record.Copy // by path: the copy of the present version
}

func newHistory(t *testing.T, seed uint64) *history {
	s, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), state.Options{Create: true, Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Acquire(t.Context(), state.Holder{Run: "test"}, testNow); err != nil {
		t.Fatal(err)
	}
	h := &history{t: t, rng: rand.New(rand.NewPCG(seed, 1)), s: s, now: testNow}
	for _, name := range []string{"vault", "tape"} {
		m := catalogue.NewMarker(s.Identity().Lineage, name, testNow)
		f, err := catalogue.MarkerFile(m)
		if err != nil {
			t.Fatal(err)
		}
		h.sites = append(h.sites, &site{name: name, marker: m, store: files{f.Key: f.Data}, last: map[string]*record.Copy{}})
	}
	return h
}

func (h *history) put(st *site, list ...catalogue.File) {
	h.t.Helper()
	for _, f := range list {
		if _, taken := st.store[f.Key]; taken {
			h.t.Fatalf("%s is written twice", f.Key)
		}
		st.store[f.Key] = f.Data
	}
}

func (h *history) writeHead(st *site, head catalogue.Head) {
	h.t.Helper()
	f, err := catalogue.HeadFile(&head)
	if err != nil {
		h.t.Fatal(err)
	}
	h.put(st, f)
	st.head = &head
	h.commit(state.Outcome{Destination: st.name, Head: &state.Head{Destination: st.name, MarkerID: st.marker.ID, N: head.N, Digest: head.Digest}})
}

func (h *history) commit(o state.Outcome) {
	h.t.Helper()
	h.batch++
	o.Run, o.N = "r", h.batch
	if err := h.s.Commit(h.t.Context(), o); err != nil {
		h.t.Fatal(err)
	}
}

// run is one run at one destination. It may die before it closes its head.
func (h *history) run(i int, st *site) {
	h.t.Helper()
	run := fmt.Sprintf("r%d", i)
	h.writeHead(st, st.head.Next(st.marker, catalogue.HeadOpen, run, h.s.Identity().Serial, h.now))
	open := st.head
	chain, err := catalogue.NewChain(open, "w1")
	if err != nil {
		h.t.Fatal(err)
	}
	for range 1 + h.rng.IntN(3) {
		var events []record.Event
		for range 1 + h.rng.IntN(20) {
			h.now = h.now.Add(time.Duration(h.rng.IntN(3)) * time.Second)
			events = append(events, h.event(st, run)...)
		}
		made, err := chain.Segment(events)
		if err != nil {
			h.t.Fatal(err)
		}
		h.put(st, made...)
		h.commit(state.Outcome{Destination: st.name, Events: events})
	}
	if h.rng.IntN(5) > 0 {
		h.closeRun(st, open, chain)
	}
}

func (h *history) closeRun(st *site, open *catalogue.Head, chain *catalogue.Chain) {
	h.t.Helper()
	f, m, err := catalogue.ManifestFile(open, chain)
	if err != nil {
		h.t.Fatal(err)
	}
	h.put(st, f)
	head := st.head.Next(st.marker, catalogue.HeadClose, open.Run, h.s.Identity().Serial, h.now)
	head.Opened, head.Manifest = open.N, &catalogue.Ref{Key: f.Key, Digest: f.Digest}
	head.Segments, head.Records = head.Segments+int64(len(m.Segments)), head.Records+m.Records()
	if h.rng.IntN(4) == 0 {
		var b bytes.Buffer
		ref, err := catalogue.WriteCheckpoint(&b, st.head, st.name, h.s.CopiesAt(h.t.Context(), st.name), h.s.RestAt(h.t.Context(), st.name))
		if err != nil {
			h.t.Fatal(err)
		}
		st.store[ref.Key] = b.Bytes()
		head.Checkpoint, head.Segments, head.Records = &ref, 0, 0
	}
	h.writeHead(st, head)
}

// event is a change of one object: a new version, a later state of the present
// one, its end, or a hold.
func (h *history) event(st *site, run string) []record.Event {
	path := fmt.Sprintf("dir/file-%02d\xff", h.rng.IntN(25))
	stamp := func(op record.Op, c record.Copy) record.Event {
		c.Run = run
		if op != record.OpExpire {
			st.last[path] = &c
		}
		return record.Event{Op: op, At: h.now, Run: run, Copy: &c}
	}
	old := st.last[path]
	switch n := h.rng.IntN(10); {
	case n == 0:
		hold := record.Hold{Name: fmt.Sprint("h", h.rng.IntN(3)), Reason: run, Targets: []string{"backup.a"}, SetAt: h.now.UnixMilli()}
		return []record.Event{{Op: record.OpHold, At: h.now, Run: run, Hold: &hold}}
	case old == nil || n < 5:
		seq, err := h.s.LastSeq(h.t.Context(), "home", path, st.name)
		if err != nil {
			h.t.Fatal(err)
		}
		if old != nil && old.Seq > seq {
			seq = old.Seq
		}
		c := record.Copy{
			Destination: st.name, Source: "home", Path: path, Seq: seq + 1, Kind: "file", Status: record.Verified,
			Key: fmt.Sprintf("home/%x.~%d~", path, seq+1), Digest: "sha256:00", Size: int64(n), Claims: []string{"backup.a/" + st.name},
			RetainUntil: schema.UntilOpen, TermReason: "keep 7y", CopiedAt: h.now.UnixMilli(), Class: "raw", VerifyMethod: "read-back",
		}
		var list []record.Event
		if old != nil {
			was := *old
			was.SupersededAt = h.now.UnixMilli()
			list = append(list, stamp(record.OpSupersede, was))
		}
		return append(list, stamp(record.OpCopy, c))
	case n < 8:
		c := *old
		c.Status, c.RetiredFrom, c.RetiredAt = record.Retired, record.Verified, h.now.UnixMilli()
		return []record.Event{stamp(record.OpRetire, c)}
	}
	c := *old
	c.Status = record.Expired
	delete(st.last, path)
	return []record.Event{stamp(record.OpExpire, c)}
}

// A state that is lost and rebuilt from the catalogues knows what it knew:
// every row, hold and tombstone, whatever checkpoints and dead runs lie between.
func TestRebuildEqualsWhatWasLost(t *testing.T) {
	for seed := range uint64(6) {
		h := newHistory(t, seed)
		for i := range 30 {
			h.run(i, h.sites[h.rng.IntN(len(h.sites))])
		}
		in := state.Rebuilding{Lineage: h.s.Identity().Lineage, Serial: h.s.Identity().Serial + 1}
		for _, st := range h.sites {
			c, err := catalogue.Open(t.Context(), st.store)
			if err != nil {
				t.Fatal(err)
			}
			in.Streams = append(in.Streams, state.RebuildStream{Destination: st.name, Events: c.Events(t.Context())})
			in.Heads = append(in.Heads, state.Head{Destination: st.name, MarkerID: c.Marker.ID, N: c.Head.N, Digest: c.Head.Digest})
		}
		path := filepath.Join(t.TempDir(), "again.db")
		if _, err := state.Rebuild(t.Context(), path, in, h.now); err != nil {
			t.Fatal(err)
		}
		rebuilt, err := state.Open(t.Context(), path, state.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		was, is := snapshot(t, h.s), snapshot(t, rebuilt)
		if len(was.Copies) < 10 || len(was.Tombstones) == 0 || len(was.Holds) == 0 {
			t.Errorf("seed %d: a history without %d copies, %d tombstones, %d holds proves little",
				seed, len(was.Copies), len(was.Tombstones), len(was.Holds))
		}
		if !reflect.DeepEqual(was, is) {
			t.Errorf("seed %d:\nwas %+v\nis  %+v", seed, was, is)
		}
		if err := rebuilt.Close(); err != nil {
			t.Error(err)
		}
	}
}

type contents struct {
	Copies     []record.Copy
	Holds      []record.Hold
	Tombstones []record.Tombstone
	Heads      map[string]state.Head
}

func snapshot(t *testing.T, s *state.State) (c contents) {
	t.Helper()
	for row, err := range s.Copies(t.Context(), "home") {
		if err != nil {
			t.Fatal(err)
		}
		c.Copies = append(c.Copies, row)
	}
	for stone, err := range s.Tombstones(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		c.Tombstones = append(c.Tombstones, stone)
	}
	var err error
	if c.Holds, err = s.Holds(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c.Heads, err = s.Heads(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}
