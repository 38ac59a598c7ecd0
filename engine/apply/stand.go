package apply

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema/diag"
)

// stand reads what the destination says about itself, compares it with what the
// state knows, and gives the latest head, nil if there is none. The caller has
// looked before it planned; this is the look just before the first act.
func (s *site) stand(ctx context.Context) (*catalogue.Head, error) {
	heads, err := s.r.Journal.Heads(ctx)
	if err != nil {
		return nil, inJournal("read heads", err)
	}
	known, seen := heads[s.Name]
	m, err := catalogue.ReadMarker(ctx, Files(s.Driver))
	switch {
	case errors.Is(err, catalogue.ErrNoMarker):
		if seen && !s.Allowed {
			return nil, s.unmarked()
		}
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read the marker: %w", err)
	}
	last, err := catalogue.LatestHead(ctx, Files(s.Driver))
	if err != nil {
		return nil, fmt.Errorf("read the latest head: %w", err)
	}
	s.book.marker = m
	if s.Allowed {
		return last, nil
	}
	switch {
	case !seen && m.Lineage != s.r.Journal.Identity().Lineage, seen && known.MarkerID != m.ID:
		return nil, s.strange(m)
	case last == nil && known.N != 0, last != nil && (last.N != known.N || last.Digest != known.Digest):
		n := int64(0)
		if last != nil {
			n = last.N
		}
		return nil, s.taken(catalogue.HeadKey(n), fmt.Errorf("the state knows head %d", known.N))
	}
	return last, nil
}

// Files reads a destination's catalogue through its driver.
func Files(d storage.Destination) catalogue.Store {
	if dated, ok := storage.Ability[storage.Dated](d); ok {
		return datedFiles{files{d}, dated}
	}
	return files{d}
}

// datedFiles are files of a destination that tells which were made last.
type datedFiles struct {
	files
	storage.Dated
}

var _ catalogue.Dated = datedFiles{}

type files struct{ d storage.Destination }

func (f files) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	r, _, err := f.d.Open(ctx, key)
	return r, err
}

func (f files) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for o, err := range f.d.List(ctx, prefix) {
			if !yield(o.Key, err) {
				return
			}
		}
	}
}

func (s *site) taken(key string, err error) error {
	return diag.Fail(diag.Diagnostic{
		Severity: diag.Error,
		Code:     "destination_taken",
		Summary:  "Another writer is at the destination",
		Detail: fmt.Sprintf("The catalogue at %s has a head, %s, that this state did not write (%v). Two states that write to one destination would lose track of each other's copies. Find the other writer; if this state is an old one, \"backstay state rebuild\" brings it up to date.",
			s.address, key, err),
		Address: s.address,
	})
}

func (s *site) unmarked() error {
	return diag.Fail(diag.Diagnostic{
		Severity: diag.Error,
		Code:     "destination_unmarked",
		Summary:  "Destination has lost its marker",
		Detail: fmt.Sprintf("The state has copies at %s, but its marker (%s) is not there. An unmounted disk looks just so. Mount it; if it was replaced by an empty one, -allow=destination lets this run begin it anew.",
			s.address, catalogue.MarkerKey),
		Address: s.address,
	})
}

func (s *site) strange(m catalogue.Marker) error {
	return diag.Fail(diag.Diagnostic{
		Severity: diag.Error,
		Code:     "destination_strange",
		Summary:  "Destination belongs to another state",
		Detail: fmt.Sprintf("The marker at %s has id %s and lineage %s, which are not those that this state recorded. Its catalogue knows copies that this state does not. \"backstay state rebuild\" restores a state from it; \"backstay destination adopt\" takes the destination over.",
			s.address, m.ID, m.Lineage),
		Address: s.address,
	})
}
