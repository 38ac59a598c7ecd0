package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/state"
)

// tellApart reads the marker of each destination, and notes those that are to be
// left alone.
func (st *settler) tellApart(ctx context.Context, batches [][]Intent) error {
	heads, err := st.r.Journal.Heads(ctx)
	if err != nil {
		return inJournal("read heads", err)
	}
	for _, s := range st.r.ordered() {
		known, seen := heads[s.Name]
		var why error
		if seen {
			why, err = s.known(ctx, known.MarkerID)
		} else {
			why, err = st.begun(ctx, s, batches)
		}
		if err != nil {
			return err
		}
		if why == nil {
			continue
		}
		st.theirs[s.Name] = true
		if why != errUnused {
			st.name(Problem{Destination: s.Name, Key: catalogue.MarkerKey, What: Unmarked, Detail: why.Error()})
		}
	}
	return nil
}

// known tells why a place is not the destination that the state knows by its
// marker; nil if it is.
func (s *site) known(ctx context.Context, marker string) (why, err error) {
	m, err := catalogue.ReadMarker(ctx, Files(s.Driver))
	switch {
	case errors.Is(err, catalogue.ErrNoMarker):
		return errors.New("its marker is not there, as where a disk is not mounted: what an earlier run left open stays open"), nil
	case errors.Is(err, catalogue.ErrDamaged) || errors.Is(err, catalogue.ErrNewer):
		return fmt.Errorf("its marker cannot be read, and what an earlier run left open stays open: %w", err), nil
	case err != nil:
		return nil, fmt.Errorf("settle %s: read the marker: %w", s.address, err)
	case m.ID != marker:
		return fmt.Errorf("its marker has id %s, and the state knows %s: another disk is there, and what an earlier run left open stays open", m.ID, marker), nil
	}
	return nil, nil
}

// errUnused says that nothing was ever begun at a place: there is nothing to
// settle, and what lies there is nobody's to sweep.
var errUnused = errors.New("nothing was begun here")

// begun tells why a place that the state does not know yet is left alone; nil if
// a dead run was about to mark it, and nobody else did.
func (st *settler) begun(ctx context.Context, s *site, batches [][]Intent) (why, err error) {
	why = errUnused
	for _, batch := range batches {
		if batch[0].Destination != s.Name {
			continue
		}
		if why == errUnused {
			why = errors.New("the state does not know this destination, and what an earlier run left open stays open")
		}
		i := slices.IndexFunc(batch, func(in Intent) bool { return in.Kind == state.IntentMarker })
		if i < 0 {
			continue
		}
		if ours, err := st.ours(ctx, s, &batch[i]); ours || err != nil {
			return nil, err
		}
		why = nil
	}
	_, err = catalogue.ReadMarker(ctx, Files(s.Driver))
	switch {
	case errors.Is(err, catalogue.ErrNoMarker) || why != nil:
		return why, nil
	case err != nil && !errors.Is(err, catalogue.ErrDamaged) && !errors.Is(err, catalogue.ErrNewer):
		return nil, fmt.Errorf("settle %s: read the marker: %w", s.address, err)
	}
	return errors.New("somebody else's marker is where an earlier run was about to put ours"), nil
}
