package apply

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/internal/fault"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
)

// publish writes the events of a batch into the destination's catalogue, then
// into the state, and so ends the batch.
func (s *site) publish(ctx context.Context, l *lane, n int64, attempt string, events []record.Event) error {
	if len(events) > 0 {
		if err := s.chronicle(ctx, l, n, attempt, events); err != nil {
			return err
		}
	}
	return inJournal("record outcomes", s.r.Journal.Commit(ctx, Outcome{
		Run: s.r.Run, N: n, Destination: s.Name, Events: events, Clean: proofs(events),
	}))
}

// proofs tells whether events are evidence alone, by which no plan goes stale. A
// right that was taken away is an act.
func proofs(events []record.Event) bool {
	return len(events) > 0 && !slices.ContainsFunc(events, func(e record.Event) bool {
		return e.Op != record.OpEvidence || e.Evidence.Kind == AccessEvidence
	})
}

// chronicle writes the events of a batch as the next segments of a lane.
func (s *site) chronicle(ctx context.Context, l *lane, n int64, attempt string, events []record.Event) error {
	var files []catalogue.File
	for chunk := range slices.Chunk(events, catalogue.MaxEvents) {
		more, err := l.chain.Segment(chunk)
		if err != nil {
			return fmt.Errorf("catalogue segment: %w", err)
		}
		files = append(files, more...)
	}
	if err := s.intendFiles(ctx, n, files); err != nil {
		return err
	}
	if err := fault.Point("apply.segment"); err != nil {
		return err
	}
	if err := putFiles(ctx, s.Driver, attempt+"c", files); err != nil {
		return fmt.Errorf("write the catalogue: %w", err)
	}
	return fault.Point("apply.catalogued")
}

// intendFiles names catalogue files and their digests in the journal.
func (s *site) intendFiles(ctx context.Context, n int64, files []catalogue.File) error {
	var intents []Intent
	for _, f := range files {
		intents = append(intents, Intent{Kind: f.Kind, Destination: s.Name, Key: f.Key, Digest: f.Digest})
	}
	return inJournal("record intents", s.r.Journal.Intend(ctx, Batch{Run: s.r.Run, N: n, Destination: s.Name, Intents: intents}))
}

// putFiles writes small files of ours, in the order given, and makes them
// durable. A file that is there already with the same bytes is done; with other
// bytes it is an error, since only we name files so.
func putFiles(ctx context.Context, d storage.Destination, attempt string, files []catalogue.File) (err error) {
	b, err := d.Begin(ctx, attempt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Discard(context.WithoutCancel(ctx))) }()
	staged := make([]storage.Staged, len(files))
	for i, f := range files {
		if staged[i], err = b.Stage(ctx, f.Key, bytes.NewReader(f.Data), int64(len(f.Data))); err != nil {
			return fmt.Errorf("%s: %w", f.Key, err)
		}
	}
	if err := b.Sync(ctx); err != nil {
		return err
	}
	for i, f := range files {
		_, err := b.Commit(ctx, staged[i])
		if errors.Is(err, storage.ErrExists) {
			err = sameFile(ctx, d, f)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.Key, err)
		}
	}
	return b.Finish(ctx)
}

func sameFile(ctx context.Context, d storage.Destination, f catalogue.File) error {
	r, _, err := d.Open(ctx, f.Key)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := compare(r, f.Digest, int64(len(f.Data))); err != nil {
		return fmt.Errorf("%w, and not by this run: %w", storage.ErrExists, err)
	}
	return nil
}
