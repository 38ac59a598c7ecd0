package verify

import (
	"context"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
)

// archived is what a finding says of a copy that lies where it cannot be read.
const archived = "archived"

// sieve sends copies to the readers. Where a destination has tiers it is asked
// for a batch at once, and what is not live goes straight to the findings.
type sieve struct {
	tiers storage.Tiered // nil: there are none
	rows  chan<- record.Copy
	found chan<- finding
	held  []record.Copy
}

func (s *sieve) put(ctx context.Context, row record.Copy) error {
	if s.tiers == nil {
		return s.read(ctx, row)
	}
	if s.held = append(s.held, row); len(s.held) < maxBatch {
		return nil
	}
	return s.flush(ctx)
}

func (s *sieve) read(ctx context.Context, row record.Copy) error {
	select {
	case s.rows <- row:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// flush sends what is held on its two ways. What is gone is read, too: that it
// is missing is a finding of its own.
func (s *sieve) flush(ctx context.Context) error {
	if len(s.held) == 0 {
		return nil
	}
	objects := make([]storage.Object, len(s.held))
	for i := range s.held {
		objects[i] = storage.Object{Key: s.held[i].Key, ID: s.held[i].ID, Size: s.held[i].Size}
	}
	tiers, err := s.tiers.Tiers(ctx, objects)
	if err != nil {
		return err
	}
	for i, row := range s.held {
		if tiers[i] == "" || tiers[i] == storage.TierLive {
			err = s.read(ctx, row)
		} else {
			err = s.pass(ctx, finding{row: row, what: archived, tier: tiers[i]})
		}
		if err != nil {
			return err
		}
	}
	s.held = s.held[:0]
	return nil
}

func (s *sieve) pass(ctx context.Context, f finding) error {
	select {
	case s.found <- f:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// leave takes note of a copy that was not read: nothing follows for the
// destination as a whole. Its record changes where it has the copy elsewhere;
// that what was asked for has come about decides nothing.
func (c *collector) leave(ctx context.Context, f finding) error {
	c.left = true
	if f.tier == "" || string(f.tier) == f.row.Tier {
		return nil
	}
	settled := f.row.Tier == string(storage.TierArchival) && f.tier == storage.TierArchived
	at := c.v.Clock.Now()
	f.row.Tier, f.row.TieredAt = string(f.tier), at.UnixMilli()
	return c.note(ctx, record.OpTier, at, &f.row, !settled)
}

// back notes that a copy which was on record as archived could be read; it tells
// whether it was.
func (f *finding) back(at time.Time) bool {
	if f.what != "" || !f.row.Cold() {
		return false
	}
	f.row.Tier, f.row.TieredAt = string(storage.TierLive), at.UnixMilli()
	return true
}
