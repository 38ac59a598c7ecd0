package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
)

// maxEntry bounds the file of an entry.
const maxEntry = 16 << 20

// FromStore reads the chain that a destination keeps, by number. The links are
// as they lie there: Verify tells whether they hold.
func FromStore(ctx context.Context, s catalogue.Store) iter.Seq2[state.AuditEntry, error] {
	return func(yield func(state.AuditEntry, error) bool) {
		numbers, err := stored(ctx, s)
		if err != nil {
			yield(state.AuditEntry{}, err)
			return
		}
		for _, n := range numbers {
			link, err := readLink(ctx, s, n)
			if !yield(link, err) || err != nil {
				return
			}
		}
	}
}

// stored lists the numbers of the entries at a destination, sorted. There is
// one a run.
func stored(ctx context.Context, s catalogue.Store) ([]int64, error) {
	var numbers []int64
	for key, err := range s.List(ctx, catalogue.AuditPrefix) {
		if errors.Is(err, storage.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("list audit entries: %w", err)
		}
		name, ok := strings.CutSuffix(strings.TrimPrefix(key, catalogue.AuditPrefix), ".json")
		n, err := strconv.ParseInt(name, 10, 64)
		if ok && err == nil && n > 0 && strconv.FormatInt(n, 10) == name {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// readLink makes a link of a file. What cannot be parsed has no Prev, and
// Verify will say so.
func readLink(ctx context.Context, s catalogue.Store, n int64) (state.AuditEntry, error) {
	link := state.AuditEntry{N: n}
	key := file(link).Key
	r, err := s.Get(ctx, key)
	if err != nil {
		return link, fmt.Errorf("read %s: %w", key, err)
	}
	link.Entry, err = io.ReadAll(io.LimitReader(r, maxEntry))
	if err := errors.Join(err, r.Close()); err != nil {
		return link, fmt.Errorf("read %s: %w", key, err)
	}
	link.Digest = catalogue.DigestOf(link.Entry)
	if e, err := Parse(link.Entry); err == nil {
		link.Prev = e.Prev
	}
	return link, nil
}

// Missing yields the files that a destination lacks of a chain, in order: it
// was out of reach in some run, or is new.
func Missing(ctx context.Context, chain iter.Seq2[state.AuditEntry, error], s catalogue.Store) iter.Seq2[catalogue.File, error] {
	return func(yield func(catalogue.File, error) bool) {
		there, err := stored(ctx, s)
		if err != nil {
			yield(catalogue.File{}, err)
			return
		}
		for link, err := range chain {
			if err != nil {
				yield(catalogue.File{}, err)
				return
			}
			if _, found := slices.BinarySearch(there, link.N); found {
				continue
			}
			if !yield(file(link), nil) {
				return
			}
		}
	}
}
