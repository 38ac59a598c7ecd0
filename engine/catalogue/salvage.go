package catalogue

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
)

// Loss is a file of a catalogue that is not there, or not what was written.
type Loss struct {
	Key     string
	Records int64 // that it held; -1 where nothing tells
	Err     error
}

// Salvage is what can still be read of a damaged catalogue. It is for a rebuild
// that has another, whole catalogue: what only a lost file told of is gone, and
// of copies that a lost file may have spoken of nothing is claimed that needs
// another look.
type Salvage struct {
	*Catalogue
	Losses []Loss // in the order of reading

	summed bool  // the checkpoint can be read
	doubt  int64 // what heads up to this one tell may have been overtaken by what is lost
}

// OpenDamaged reads all that there is and notes what cannot be used. Marker and
// present head must be whole: without them nothing says whose place it is and
// what it should hold.
func OpenDamaged(ctx context.Context, s Store) (*Salvage, error) {
	m, err := ReadMarker(ctx, s)
	if err != nil {
		return nil, err
	}
	v := &Salvage{Catalogue: &Catalogue{Marker: m, store: s}}
	if v.Head, err = LatestHead(ctx, s); err != nil || v.Head == nil {
		return v, err
	}
	if v.Head.Marker != m.ID {
		return nil, damaged(HeadKey(v.Head.N), errors.New("it belongs to another destination"))
	}
	if err := v.walk(ctx); err != nil {
		return nil, err
	}
	for _, err := range v.events(ctx, v.lose) {
		if err != nil {
			return nil, err
		}
	}
	return v, nil
}

// Events yields what is left, in the order of Catalogue.Events. A copy that was
// last told of before something that is lost is written, not verified, and not
// retired: the lost record may have said that it is damaged, or that a hold was
// put on it. The next plan reads it.
func (v *Salvage) Events(ctx context.Context) iter.Seq2[record.Event, error] {
	return func(yield func(record.Event, error) bool) {
		if v.Head == nil {
			return
		}
		for t, err := range v.events(ctx, func(_ int64, l Loss) error { return lasting(l.Err) }) {
			if t.head <= v.doubt {
				t.event = doubted(t.event)
			}
			if !yield(t.event, err) || err != nil {
				return
			}
		}
	}
}

// doubted is an event without what may have been taken back later.
func doubted(e record.Event) record.Event {
	if e.Copy == nil {
		return e
	}
	c := *e.Copy
	if c.Status == record.Retired {
		c.Status, c.RetiredFrom, c.RetiredAt = c.RetiredFrom, "", 0
	}
	if c.Status == record.Verified || c.Status == "" {
		c.Status, c.VerifiedAt, c.VerifyMethod = record.Written, 0, ""
	}
	e.Copy = &c
	return e
}

// lose notes a file that cannot be used; head is the one that it belongs to.
func (v *Salvage) lose(head int64, l Loss) error {
	v.doubt = max(v.doubt, head)
	v.Losses = append(v.Losses, l)
	return lasting(l.Err)
}

// lasting gives an error that every other file would meet too, or that says
// nothing about the file.
func lasting(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, storage.ErrUnreachable) || errors.Is(err, ErrNewer) {
		return err
	}
	return nil
}

// walk reads the checkpoint, and goes back from the present head to it. Without
// a checkpoint it goes back as far as there are heads: those that a checkpoint
// covers may be gone, and then what it held is lost.
func (v *Salvage) walk(ctx context.Context) error {
	covered := int64(0)
	ref := v.Head.Checkpoint
	var lost error
	if ref != nil {
		if lost = v.readSum(ctx); lost == nil {
			covered, v.summed = ref.Covers, true
		} else if err := lasting(lost); err != nil {
			return err
		}
	}
	reached, err := v.back(ctx, covered)
	if err != nil || lost == nil {
		return err
	}
	l := Loss{Key: ref.Key, Err: lost}
	if reached > 1 {
		l.Records = ref.Records
		return v.lose(ref.Covers, l)
	}
	return v.lose(0, l) // all that it summed up is told of by what it covers
}

func (v *Salvage) readSum(ctx context.Context) error {
	for _, err := range v.checkpoint(ctx) {
		if err != nil {
			return err
		}
	}
	return nil
}

// back reads heads down to the one after covered, and gives the lowest there is.
func (v *Salvage) back(ctx context.Context, covered int64) (reached int64, err error) {
	prev := v.Head.Prev
	if v.Head.N > covered {
		v.tail = append(v.tail, v.Head)
	}
	n := v.Head.N - 1
	for ; n > covered; n-- {
		h, err := ReadHead(ctx, v.store, n)
		switch {
		case errors.Is(err, storage.ErrNotExist) && v.Head.Checkpoint != nil && n <= v.Head.Checkpoint.Covers:
			slices.Reverse(v.tail)
			return n + 1, nil
		case err == nil && prev != "" && h.Digest != prev:
			err = damaged(HeadKey(n), fmt.Errorf("digest is not the one in head %d", n+1))
		case err == nil && h.Marker != v.Marker.ID:
			err = damaged(HeadKey(n), errors.New("it belongs to another destination"))
		}
		if err != nil {
			prev = ""
			if err := v.lose(n, Loss{HeadKey(n), -1, err}); err != nil {
				return n, err
			}
			continue
		}
		prev = h.Prev
		v.tail = append(v.tail, h)
	}
	slices.Reverse(v.tail)
	return n + 1, nil
}

// told is an event with the head that it stands under.
type told struct {
	event record.Event
	head  int64
}

// events yields what can be read, and gives what cannot to lose.
func (v *Salvage) events(ctx context.Context, lose func(head int64, l Loss) error) iter.Seq2[told, error] {
	return func(yield func(told, error) bool) {
		if v.summed {
			for e, err := range v.checkpoint(ctx) {
				if !yield(told{e, v.Head.Checkpoint.Covers}, err) || err != nil {
					return
				}
			}
		}
		closing := v.closingsLeft()
		var names listing
		for _, h := range v.tail {
			if h.Kind != HeadOpen {
				continue
			}
			chains, err := v.chainsLeft(ctx, h, closing[h.N], &names, lose)
			if err != nil {
				yield(told{}, err)
				return
			}
			for e, err := range mergeChains(ctx, chains) {
				if !yield(told{e, h.N}, err) || err != nil {
					return
				}
			}
		}
	}
}

// closingsLeft finds for each open head the one that ends it, where both are
// there.
func (v *Salvage) closingsLeft() map[int64]*Head {
	runs := make(map[int64]string)
	closing := make(map[int64]*Head)
	for _, h := range v.tail {
		switch {
		case h.Kind == HeadOpen:
			runs[h.N] = h.Run
		case runs[h.Opened] == h.Run:
			closing[h.Opened] = h
		}
	}
	return closing
}

// chainsLeft finds the chains under an open head, by the names that are there
// and those that its manifest has.
func (v *Salvage) chainsLeft(ctx context.Context, open, closing *Head, names *listing, lose func(int64, Loss) error) ([]*chainReader, error) {
	places, err := names.read(ctx, v.store, open.Run)
	if err != nil {
		return nil, err
	}
	var digests map[string]string
	records := map[string]int64{}
	if closing != nil {
		m, err := readManifest(ctx, v.store, closing, open)
		if err != nil {
			if err := lose(open.N, Loss{closing.Manifest.Key, -1, err}); err != nil {
				return nil, err
			}
			m = new(Manifest)
		}
		digests = make(map[string]string, len(m.Segments))
		for _, s := range m.Segments {
			digests[s.Key], records[s.Key] = s.Digest, s.Records
			if p, ok := parseSegmentName(strings.TrimPrefix(s.Key, RunPrefix+open.Run+"/")); ok {
				places = append(places, p)
			}
		}
	}
	return v.readers(open, places, digests, func(key string, err error) error {
		n, known := records[key]
		if !known {
			n = -1
		}
		return lose(open.N, Loss{key, n, err})
	}), nil
}

// readers makes one reader a worker.
func (v *Salvage) readers(open *Head, places []place, digests map[string]string, lose func(string, error) error) []*chainReader {
	byWorker := make(map[string]*chainReader)
	var chains []*chainReader
	for _, p := range places {
		if p.head != open.N {
			continue
		}
		r := byWorker[p.worker]
		if r == nil {
			r = &chainReader{store: v.store, open: open, worker: p.worker, digests: digests, prev: open.Digest, lose: lose}
			byWorker[p.worker] = r
			chains = append(chains, r)
		}
		r.count = max(r.count, p.n)
	}
	slices.SortFunc(chains, func(a, b *chainReader) int { return strings.Compare(a.worker, b.worker) })
	return chains
}
