package state

import (
	"context"
	"fmt"
	"slices"

	"github.com/backstay/backstay/engine/record"
)

// Outcome is what became of a batch.
type Outcome struct {
	Run         string
	N           int64
	Destination string
	Events      []record.Event
	Evidence    []record.Evidence
	Head        *Head // the destination's head after this batch
	// Clean says that this only confirmed what was known: the serial stays, if
	// all events are OpVerify or OpEvidence. A plan made before is then still
	// fresh.
	Clean bool
	// Merge says that the events are another state's, as a destination that is
	// taken over tells them. A row that is recorded keeps what protects it: the
	// later term and lock, the holds of both, the earlier SupersededAt and GoneAt;
	// of a hold the later word counts. The next plan corrects what is then too
	// careful. What another state removed is gone.
	Merge bool
}

// Commit folds the outcome of a batch into the rows and ends its intents, in
// one transaction that is on disk when it returns. The serial rises by one.
// It fails with ErrFenced if the lease went to somebody else, and then nothing
// was changed.
func (s *State) Commit(ctx context.Context, o Outcome) error {
	var serial int64
	err := s.write(ctx, "commit", func(u *unit) (err error) {
		if err := u.fold(ctx, o.Events, o.Merge); err != nil {
			return err
		}
		for i := range o.Evidence {
			if err := u.addEvidence(ctx, &o.Evidence[i]); err != nil {
				return err
			}
		}
		if o.Head != nil {
			if err := u.setHead(ctx, o.Head); err != nil {
				return err
			}
		}
		if err := u.settle(ctx, &o); err != nil {
			return err
		}
		serial, err = u.advance(ctx, o.quiet())
		return err
	})
	if err != nil {
		return fmt.Errorf("commit batch %d of run %s: %w", o.N, o.Run, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.identity.Serial = serial
	return nil
}

func (o *Outcome) quiet() bool {
	return o.Clean && !slices.ContainsFunc(o.Events, func(e record.Event) bool {
		return e.Op != record.OpVerify && e.Op != record.OpEvidence
	})
}

// settle ends the batch's intents. A run that was resumed numbers its batches
// anew, so that a number alone does not tell whose they are.
func (u *unit) settle(ctx context.Context, o *Outcome) error {
	if _, err := u.tx.ExecContext(ctx, execSettle, o.Run, o.N, o.Destination); err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	return nil
}

// advance raises the serial unless it is to stay, and gives it.
func (u *unit) advance(ctx context.Context, stay bool) (serial int64, err error) {
	if !stay {
		if _, err := u.tx.ExecContext(ctx, execNextSerial); err != nil {
			return 0, fmt.Errorf("raise the serial: %w", err)
		}
	}
	return serial, u.tx.QueryRowContext(ctx, querySerial).Scan(&serial)
}
