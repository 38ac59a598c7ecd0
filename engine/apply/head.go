package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/backstay/backstay/engine/internal/fault"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema/diag"
)

// headState is how far the heads of a run are.
type headState int

const (
	headNone   headState = iota // nothing written in this run
	headOpen                    // the run's head is the highest
	headClosed                  // and its closing head after it
)

// claim makes the destination ours for this run, before the first batch: the
// marker at first use, and the next head, which is created exclusively. Whoever
// finds it taken is the second writer.
func (s *site) claim(ctx context.Context) error {
	s.open.Lock()
	defer s.open.Unlock()
	if s.head != headNone {
		return nil
	}
	n := s.r.batchN.Add(1)
	marker, err := s.Book.Marker()
	if err != nil {
		return fmt.Errorf("marker: %w", err)
	}
	if marker != nil {
		if err := s.putOwn(ctx, n, "m", []File{*marker}, "head.marker"); err != nil {
			return err
		}
	}
	if err := s.putHead(ctx, n, HeadOpens, nil, "head.open", "head.opened"); err != nil {
		return err
	}
	for _, l := range s.lanes {
		l.chain = s.Book.Chain(s.r.Run, l.name)
	}
	s.head = headOpen
	return nil
}

// close ends the run at the destination: the manifest that joins the chains of
// its lanes, a checkpoint if the tail has grown long, and the closing head.
func (s *site) close(ctx context.Context) error {
	s.open.Lock()
	defer s.open.Unlock()
	if s.head != headOpen || s.dead() {
		return nil
	}
	n := s.r.batchN.Add(1)
	files, err := s.Book.Closing(ctx)
	if err != nil {
		return fmt.Errorf("close the catalogue: %w", err)
	}
	for _, f := range files {
		if err := s.putOwn(ctx, n, f.Kind, []File{f}, "head.manifest"); err != nil {
			return err
		}
	}
	if err := s.putHead(ctx, n, HeadCloses, s.evidence(), "head.close", "head.closed"); err != nil {
		return err
	}
	s.head = headClosed
	return nil
}

// putHead writes the next head and records it with the end of its intents.
func (s *site) putHead(ctx context.Context, n int64, kind HeadKind, evidence []record.Evidence, before, after string) error {
	file, head, err := s.Book.Head(kind)
	if err != nil {
		return fmt.Errorf("head: %w", err)
	}
	if err := s.putOwn(ctx, n, string(kind), []File{file}, before); err != nil {
		if errors.Is(err, storage.ErrExists) {
			return s.taken(file.Key, err)
		}
		return err
	}
	if err := fault.Point(after); err != nil {
		return err
	}
	return inJournal("record the head", s.r.Journal.Commit(ctx, Outcome{
		Run: s.r.Run, N: n, Destination: s.Name, Head: &head, Evidence: evidence,
	}))
}

// putOwn names files in the journal, passes a fault point, and writes them.
func (s *site) putOwn(ctx context.Context, n int64, part string, files []File, point string) error {
	if err := s.intendFiles(ctx, n, files); err != nil {
		return err
	}
	if err := fault.Point(point); err != nil {
		return err
	}
	return putFiles(ctx, s.Driver, s.attempt(n)+part, files)
}

func (s *site) taken(key string, err error) error {
	return diag.Fail(diag.Diagnostic{
		Severity: diag.Error,
		Code:     "destination_taken",
		Summary:  "Another writer is at the destination",
		Detail: fmt.Sprintf("The next head of the catalogue at %s, %s, is there already and this state did not write it (%v). Two states that write to one destination would lose track of each other's copies, so nothing was written. Find the other writer; if this state is the old one, \"backstay state rebuild\" brings it up to date.",
			s.address, key, err),
		Address: s.address,
	})
}

// evidence says what this run read back at the destination.
func (s *site) evidence() []record.Evidence {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proved.Objects == 0 {
		return nil
	}
	e := s.proved
	e.Kind, e.At, e.Run, e.Destination, e.Outcome = "verify", s.r.Clock.Now().UnixMilli(), s.r.Run, s.Name, "pass"
	e.Method = method(s.Driver)
	return []record.Evidence{e}
}
