package state

import (
	"context"
	"iter"

	"github.com/backstay/backstay/engine/record"
)

// RestAt streams what a checkpoint of a destination's catalogue holds besides
// its rows: all holds, the tombstones of its copies, and evidence about it or
// about no destination.
func (s *State) RestAt(ctx context.Context, destination string) iter.Seq2[record.Event, error] {
	return func(yield func(record.Event, error) bool) {
		fail := func(err error) { yield(record.Event{}, err) }
		holds, err := s.Holds(ctx)
		if err != nil {
			fail(err)
			return
		}
		for i := range holds {
			if !yield(record.Event{Op: record.OpRecord, Hold: &holds[i]}, nil) {
				return
			}
		}
		for t, err := range s.Tombstones(ctx, destination) {
			if err != nil {
				fail(err)
				return
			}
			if !yield(record.Event{Op: record.OpRecord, Tombstone: &t}, nil) {
				return
			}
		}
		for e, err := range s.Evidence(ctx, "") {
			if err != nil {
				fail(err)
				return
			}
			if e.Destination != "" && e.Destination != destination {
				continue
			}
			if !yield(record.Event{Op: record.OpRecord, Evidence: &e}, nil) {
				return
			}
		}
	}
}
