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

// listing keeps the segment names of one run, because a run that was resumed
// has several open heads one after the other.
type listing struct {
	run    string
	places []place
}

func (l *listing) read(ctx context.Context, s Store, run string) ([]place, error) {
	if l.run == run {
		return l.places, nil
	}
	prefix := RunPrefix + run + "/"
	var places []place
	for key, err := range s.List(ctx, prefix) {
		if errors.Is(err, storage.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("list segments of run %s: %w", run, err)
		}
		if p, ok := parseSegmentName(strings.TrimPrefix(key, prefix)); ok {
			places = append(places, p)
		}
	}
	l.run, l.places = run, places
	return places, nil
}

// chainReader reads one worker's chain, a segment at a time.
type chainReader struct {
	store   Store
	open    *Head
	worker  string
	count   int64             // segments that there are
	digests map[string]string // by key, from the manifest; may be nil
	// lose takes a segment that cannot be used and goes on behind it, or gives an
	// error that ends the reading. Nil: a segment that cannot be used ends it.
	lose func(key string, err error) error

	n      int64
	order  int64
	prev   string
	events []record.Event // of the last one read, until they are taken
}

// chains finds the chains under an open head. With a closing head, all that
// its manifest lists must be there.
func (c *Catalogue) chains(ctx context.Context, open, closing *Head, names *listing) ([]*chainReader, error) {
	places, err := names.read(ctx, c.store, open.Run)
	if err != nil {
		return nil, err
	}
	var digests map[string]string
	if closing != nil {
		m, err := readManifest(ctx, c.store, closing, open)
		if err != nil {
			return nil, err
		}
		digests = make(map[string]string, len(m.Segments))
		for _, s := range m.Segments {
			digests[s.Key] = s.Digest
		}
	}
	return groupChains(c.store, open, places, digests)
}

// groupChains makes one reader a worker. A gap in the numbers, or a segment of
// the manifest that is not there, is damage.
func groupChains(s Store, open *Head, places []place, digests map[string]string) ([]*chainReader, error) {
	have := make(map[place]bool)
	byWorker := make(map[string]*chainReader)
	found := 0
	for _, p := range places {
		if p.head != open.N {
			continue
		}
		have[p] = true
		if _, listed := digests[p.key(open.Run)]; listed {
			found++
		}
		r := byWorker[p.worker]
		if r == nil {
			r = &chainReader{store: s, open: open, worker: p.worker, digests: digests, prev: open.Digest}
			byWorker[p.worker] = r
		}
		r.count = max(r.count, p.n)
	}
	var chains []*chainReader
	for _, r := range byWorker {
		for n := int64(1); n <= r.count; n++ {
			if p := (place{open.N, r.worker, n}); !have[p] {
				return nil, damaged(p.key(open.Run), errors.New("it is missing from its chain"))
			}
		}
		chains = append(chains, r)
	}
	if found < len(digests) {
		return nil, missingSegment(open, have, digests)
	}
	slices.SortFunc(chains, func(a, b *chainReader) int { return strings.Compare(a.worker, b.worker) })
	return chains, nil
}

// missingSegment names the first segment of a manifest that is not there.
func missingSegment(open *Head, have map[place]bool, digests map[string]string) error {
	there := make(map[string]bool, len(have))
	for p := range have {
		there[p.key(open.Run)] = true
	}
	var gone []string
	for key := range digests {
		if !there[key] {
			gone = append(gone, key)
		}
	}
	slices.Sort(gone)
	return damaged(gone[0], errors.New("the manifest lists it and it is not there"))
}

// next reads the next segment; false says that there is none.
func (r *chainReader) next(ctx context.Context) (bool, error) {
	for r.n < r.count {
		key := place{r.open.N, r.worker, r.n + 1}.key(r.open.Run)
		err := r.read(ctx, key)
		if err == nil {
			return true, nil
		}
		if r.lose == nil {
			return false, err
		}
		if err := r.lose(key, err); err != nil {
			return false, err
		}
		r.skip()
	}
	return false, nil
}

// skip goes on behind a lost segment. Only a manifest can vouch for what follows
// one: without it the rest of the chain is lost too.
func (r *chainReader) skip() {
	r.n, r.prev = r.n+1, ""
	if _, listed := r.digests[(place{r.open.N, r.worker, r.n + 1}).key(r.open.Run)]; !listed {
		r.n = r.count
	}
}

// read takes the next segment in. Where the one before it was lost, its digest in
// the manifest alone says that it is the right one.
func (r *chainReader) read(ctx context.Context, key string) error {
	data, err := get(ctx, r.store, key)
	if err != nil {
		return err
	}
	digest := DigestOf(data)
	if want, ok := r.digests[key]; ok && want != digest {
		return damaged(key, errors.New("digest is not the one in its manifest"))
	}
	head, events, err := parseSegment(data)
	if err != nil {
		return damaged(key, err)
	}
	if head.key() != key {
		return damaged(key, fmt.Errorf("it is segment %s", head.key()))
	}
	if r.prev != "" && head.Prev != r.prev {
		return damaged(key, errors.New("it does not follow the one before it in its chain"))
	}
	if head.Order <= r.order {
		return damaged(key, fmt.Errorf("its order is %d after %d", head.Order, r.order))
	}
	r.order = head.Order
	r.n, r.prev, r.events = r.n+1, digest, events
	return nil
}

// mergeChains yields the events of all chains, segment by segment in the order
// in which these were made. It holds one segment of each.
func mergeChains(ctx context.Context, chains []*chainReader) iter.Seq2[record.Event, error] {
	return func(yield func(record.Event, error) bool) {
		for {
			first, err := nextSegment(ctx, chains)
			if err != nil {
				yield(record.Event{}, err)
				return
			}
			if first == nil {
				return
			}
			for _, e := range first.events {
				if !yield(e, nil) {
					return
				}
			}
			first.events = nil
		}
	}
}

// nextSegment finds the chain whose next segment was made first; nil if all
// chains are over. Of two with one number, which no writer of ours makes, the
// worker's name decides.
func nextSegment(ctx context.Context, chains []*chainReader) (first *chainReader, err error) {
	for _, r := range chains {
		if r.events == nil {
			more, err := r.next(ctx)
			if err != nil {
				return nil, err
			}
			if !more {
				continue
			}
		}
		if first == nil || r.order < first.order {
			first = r
		}
	}
	return first, nil
}
