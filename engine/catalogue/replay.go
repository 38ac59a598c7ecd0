package catalogue

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/backstay/backstay/engine/record"
)

// Catalogue is a destination's catalogue, opened for reading: its heads since
// the last checkpoint are read and verified.
type Catalogue struct {
	Marker Marker
	Head   *Head // the present one; nil if nobody wrote yet

	store Store
	tail  []*Head // after the checkpoint, ascending
}

// Open reads marker and heads. ErrNoMarker says that the place is none of ours;
// an error that wraps ErrDamaged names the bad file.
func Open(ctx context.Context, s Store) (*Catalogue, error) {
	m, err := ReadMarker(ctx, s)
	if err != nil {
		return nil, err
	}
	c := &Catalogue{Marker: m, store: s}
	if c.Head, err = LatestHead(ctx, s); err != nil {
		return nil, err
	}
	if c.Head == nil {
		return c, nil
	}
	if err := c.readTail(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// readTail goes back from the present head to the checkpoint, or to the first.
func (c *Catalogue) readTail(ctx context.Context) error {
	var covered int64
	if c.Head.Checkpoint != nil {
		covered = c.Head.Checkpoint.Covers
	}
	for h := c.Head; ; {
		if h.Marker != c.Marker.ID {
			return damaged(HeadKey(h.N), errors.New("it belongs to another destination"))
		}
		if h.N <= covered {
			break
		}
		c.tail = append(c.tail, h)
		if h.N == 1 || h.N == covered+1 {
			break
		}
		prev, err := ReadHead(ctx, c.store, h.N-1)
		if err != nil {
			return err
		}
		if prev.Digest != h.Prev {
			return damaged(HeadKey(prev.N), fmt.Errorf("digest is not the one in head %d", h.N))
		}
		h = prev
	}
	slices.Reverse(c.tail)
	return nil
}

// Events yields what the checkpoint holds, in its order, and then what
// happened since, in the order in which it happened. Folded one after the
// other they give all that the catalogue knows. Whoever folds them discards
// all if the stream ends in an error: a checkpoint's digest is known to hold
// only at its end.
//
// A run that died left segments without a manifest. They are part of the
// stream where their chain is whole.
func (c *Catalogue) Events(ctx context.Context) iter.Seq2[record.Event, error] {
	return func(yield func(record.Event, error) bool) {
		if c.Head == nil {
			return
		}
		if c.Head.Checkpoint != nil {
			for e, err := range c.checkpoint(ctx) {
				if !yield(e, err) || err != nil {
					return
				}
			}
		}
		for e, err := range c.tailEvents(ctx) {
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func (c *Catalogue) tailEvents(ctx context.Context) iter.Seq2[record.Event, error] {
	return func(yield func(record.Event, error) bool) {
		closing, err := c.closings()
		if err != nil {
			yield(record.Event{}, err)
			return
		}
		var names listing
		for _, h := range c.tail {
			if h.Kind != HeadOpen {
				continue
			}
			chains, err := c.chains(ctx, h, closing[h.N], &names)
			if err != nil {
				yield(record.Event{}, err)
				return
			}
			for e, err := range mergeChains(ctx, chains) {
				if !yield(e, err) || err != nil {
					return
				}
			}
		}
	}
}

// closings finds for each open head of the tail the one that ends it.
func (c *Catalogue) closings() (map[int64]*Head, error) {
	open := make(map[int64]*Head)
	closing := make(map[int64]*Head)
	for _, h := range c.tail {
		if h.Kind == HeadOpen {
			open[h.N] = h
			continue
		}
		if o := open[h.Opened]; o == nil || o.Run != h.Run || closing[h.Opened] != nil {
			return nil, damaged(HeadKey(h.N), fmt.Errorf("it ends head %d, which it cannot", h.Opened))
		}
		closing[h.Opened] = h
	}
	return closing, nil
}
