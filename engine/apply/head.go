package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/internal/fault"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
)

// book is the catalogue of a destination as this run writes it.
type book struct {
	marker catalogue.Marker
	head   *catalogue.Head // the run's open head; nil before the first act
	closed bool
	renew  bool // close makes a checkpoint in any case
}

// claim makes the destination ours for this run, before the first batch: the
// marker at first use, and the next head, which is created exclusively. Whoever
// finds it taken is the second writer.
func (s *site) claim(ctx context.Context) error {
	s.open.Lock()
	defer s.open.Unlock()
	if s.book.head != nil {
		return nil
	}
	last, err := s.stand(ctx)
	if err != nil {
		return err
	}
	n := s.r.batchN.Add(1)
	if s.book.marker.ID == "" {
		if err := s.mark(ctx, n); err != nil {
			return err
		}
	}
	open := last.Next(s.book.marker, catalogue.HeadOpen, s.r.Run, s.r.Journal.Identity().Serial, s.r.Clock.Now())
	s.auditRef(&open)
	if err := s.putHead(ctx, n, &open, "head.open", "head.opened"); err != nil {
		return err
	}
	for _, l := range s.lanes {
		if l.chain, err = catalogue.NewChain(&open, l.name); err != nil {
			return err
		}
	}
	s.book.head = &open
	return nil
}

// mark makes the place a destination of ours, once and for ever.
func (s *site) mark(ctx context.Context, n int64) error {
	m := catalogue.NewMarker(s.r.Journal.Identity().Lineage, s.Name, s.r.Clock.Now())
	f, err := catalogue.MarkerFile(m)
	if err != nil {
		return err
	}
	if err := s.putOwn(ctx, n, "m", f, "head.marker"); err != nil {
		return fmt.Errorf("write the marker: %w", err)
	}
	s.book.marker = m
	return nil
}

// close ends the run at the destination: a segment with the evidence that the
// run leaves, a checkpoint if the tail has grown long, the manifest that joins the chains of its lanes, and the closing head
// that names both.
func (s *site) close(ctx context.Context, listings []record.Evidence) error {
	s.open.Lock()
	defer s.open.Unlock()
	if s.book.head == nil || s.book.closed || s.dead() {
		return nil
	}
	if err := s.testify(ctx, listings); err != nil {
		return err
	}
	n := s.r.batchN.Add(1)
	open := s.book.head
	end := open.Next(s.book.marker, catalogue.HeadClose, s.r.Run, s.r.Journal.Identity().Serial, s.r.Clock.Now())
	s.auditRef(&end)
	end.Opened = open.N
	var chains []*catalogue.Chain
	for _, l := range s.lanes {
		chains = append(chains, l.chain)
	}
	file, manifest, err := catalogue.ManifestFile(open, chains...)
	if err != nil {
		return err
	}
	end.Manifest = &catalogue.Ref{Key: file.Key, Digest: file.Digest}
	end.Segments += int64(len(manifest.Segments))
	end.Records += manifest.Records()
	if end.CheckpointDue() || s.book.renew {
		if err := s.checkpoint(ctx, n, &end); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
	}
	if err := s.putOwn(ctx, n, "j", file, "head.manifest"); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	if err := s.putHead(ctx, n, &end, "head.close", "head.closed"); err != nil {
		return err
	}
	s.book.closed = true
	return nil
}

func (s *site) auditRef(h *catalogue.Head) {
	if s.r.Audit != nil {
		h.Audit = s.r.Audit
	}
}

// putHead writes the next head and records it with the end of its intents.
func (s *site) putHead(ctx context.Context, n int64, h *catalogue.Head, before, after string) error {
	file, err := catalogue.HeadFile(h)
	if err != nil {
		return err
	}
	if err := s.putOwn(ctx, n, "h", file, before); err != nil {
		if errors.Is(err, storage.ErrExists) {
			return s.taken(file.Key, err)
		}
		return err
	}
	if err := fault.Point(after); err != nil {
		return err
	}
	head := headRow(s.Name, h)
	return inJournal("record the head", s.r.Journal.Commit(ctx, Outcome{
		Run: s.r.Run, N: n, Destination: s.Name, Head: &head, Clean: true,
	}))
}

// headRow is what the state records of a head.
func headRow(destination string, h *catalogue.Head) Head {
	row := Head{
		Destination: destination, MarkerID: h.Marker, N: h.N, Digest: h.Digest,
		Segments: h.Segments, Records: h.Records,
	}
	if c := h.Checkpoint; c != nil {
		row.Checkpoint, row.CheckpointRecords = c.Covers, c.Records
	}
	return row
}

// putOwn names a file in the journal, passes a fault point, and writes it.
func (s *site) putOwn(ctx context.Context, n int64, part string, f catalogue.File, point string) error {
	files := []catalogue.File{f}
	if err := s.intendFiles(ctx, n, files); err != nil {
		return err
	}
	if err := fault.Point(point); err != nil {
		return err
	}
	return putFiles(ctx, s.Driver, s.attempt(n)+part, files)
}

// testify writes what the run read back here, and what its sources were, into
// catalogue and state, in a batch of its own.
func (s *site) testify(ctx context.Context, listings []record.Evidence) error {
	var events []record.Event
	for _, e := range append(s.evidence(), listings...) {
		events = append(events, proof(e))
	}
	if len(events) == 0 {
		return nil
	}
	n := s.r.batchN.Add(1)
	return s.publish(ctx, s.lanes[0], n, s.attempt(n), events)
}

// evidence says what this run read back at the destination. Copies that it did
// not touch were not read.
func (s *site) evidence() []record.Evidence {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proved.Objects == 0 {
		return nil
	}
	e := s.proved
	e.Kind, e.At, e.Run, e.Destination, e.Outcome = "verify", s.r.Clock.Now().UnixMilli(), s.r.Run, s.Name, "pass"
	e.Detail = record.Partial
	return []record.Evidence{e}
}
