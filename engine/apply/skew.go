package apply

import (
	"context"
	"fmt"
	"time"

	"github.com/backstay/backstay/engine/storage"
)

// maxSkew is how far a store's clock and this program's may be apart before
// nothing is removed: which of them is right, nobody here knows.
const maxSkew = 5 * time.Minute

// timely tells what speaks against removals by this program's clock. A store
// that tells the time is asked once in a run; one that does not, never.
func (s *site) timely(ctx context.Context) error {
	s.open.Lock()
	defer s.open.Unlock()
	if s.clock == nil {
		err := s.compareClocks(ctx)
		s.clock = &err
	}
	return *s.clock
}

func (s *site) compareClocks(ctx context.Context) error {
	store, tells := storage.Ability[storage.Clocked](s.Driver)
	if !tells {
		return nil
	}
	skew, err := store.Skew(ctx)
	if err != nil {
		return fmt.Errorf("the time at %s could not be compared with the clock here: %w", s.address, err)
	}
	if skew.Abs() > maxSkew {
		return fmt.Errorf("the clocks at %s and here are %s apart; nothing is removed while they differ by more than %s", s.address, skew.Abs().Round(time.Second), maxSkew)
	}
	return nil
}
