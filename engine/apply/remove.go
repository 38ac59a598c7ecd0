package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/backstay/backstay/engine/internal/fault"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// removal is one copy whose bytes are to go.
type removal struct {
	t    *task
	c    *plan.Change
	seq  int
	gone bool
	left bool // the bytes, to another row that names them
}

// expire notes a copy for removal; its state is read again just before.
func (w *work) expire(t *task, c *plan.Change) error {
	row := t.rows.find(c.Before)
	if row == nil {
		w.fail(c, "", Unrecorded, errors.New("the state has no such copy"))
		return nil
	}
	r := &removal{t: t, c: c, seq: row.Seq}
	w.removes = append(w.removes, r)
	t.effect(c, func(at time.Time) []record.Event {
		row := t.rows.bySeq(r.seq)
		if !r.gone || row == nil {
			return nil
		}
		if r.left {
			return []record.Event{event(record.OpMove, row, at, w.s.r.Run)}
		}
		row.Status = record.Expired
		return []record.Event{event(record.OpExpire, row, at, w.s.r.Run)}
	})
	return nil
}

// remove takes the bytes away: last of all, one by one, each asked for again.
func (w *work) remove(ctx context.Context) error {
	if len(w.removes) == 0 {
		return nil
	}
	if err := w.intendRemovals(ctx); err != nil {
		return err
	}
	if err := fault.Point("remove.intended"); err != nil {
		return err
	}
	for _, r := range w.removes {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := w.removeOne(ctx, r); err != nil {
			return err
		}
	}
	return fault.Point("remove.removed")
}

func (w *work) intendRemovals(ctx context.Context) error {
	var intents []Intent
	for _, r := range w.removes {
		if row := r.t.rows.bySeq(r.seq); row.Key != "" {
			c := *row
			c.Run = w.s.r.Run
			intents = append(intents, Intent{Kind: state.IntentRemove, Destination: w.s.Name, Key: c.Key, Digest: c.Digest, Copy: &c})
		}
	}
	return w.intendAll(ctx, intents)
}

// removeOne reads the rows and the lease once more and removes the very object
// that the record names. A lease that is lost ends the run. A copy that another one has taken the key of is left alone.
func (w *work) removeOne(ctx context.Context, r *removal) error {
	if err := w.loadTask(ctx, r.t); err != nil {
		return err
	}
	row := r.t.rows.bySeq(r.seq)
	if row == nil {
		w.fail(r.c, "", Unrecorded, errors.New("the state has no such copy any more"))
		return nil
	}
	if err := w.mayExpire(ctx, r, row); err != nil {
		w.fail(r.c, row.Key, Refused, err)
		return nil
	}
	if row.Key == "" { // an entry has no bytes
		r.gone = true
		return nil
	}
	if other, err := w.s.shared(ctx, row); err != nil {
		return err
	} else if other != nil {
		r.gone, r.left = true, true
		w.s.r.notice(w.problem(r.c, row.Key, Refused, fmt.Errorf("the record of it ended, and its bytes were left alone: they are the copy of %s, too", other.Path)))
		return nil
	}
	o, err := w.veryObject(ctx, row)
	if err == nil {
		if err := w.s.r.Journal.Fenced(ctx); err != nil {
			return inJournal("look at the lease before a removal", err)
		}
		err = w.s.Driver.Remove(ctx, o)
	}
	switch {
	case err == nil || errors.Is(err, storage.ErrNotExist):
		r.gone = true
	case errors.Is(err, storage.ErrChanged):
		w.fail(r.c, row.Key, Foreign, fmt.Errorf("something else has taken the copy's place, and it was left alone: %w", err))
	case fatal(err):
		return err
	default:
		w.fail(r.c, row.Key, Unwritten, err)
	}
	return nil
}

// shared gives a row that lives on and names the bytes of another one, which is
// to be removed: no two should, but a catalogue that was set back may tell of a copy
// that changed its owner since. Of rows that go in one run the last takes the bytes.
func (s *site) shared(ctx context.Context, row *record.Copy) (*record.Copy, error) {
	s.leaving.Lock()
	defer s.leaving.Unlock()
	rows, err := s.r.Journal.UnderKey(ctx, s.Name, row.Key)
	if err != nil {
		return nil, inJournal("look who has the bytes of "+row.Path, err)
	}
	for i := range rows {
		if o := &rows[i]; rowOf(o) != rowOf(row) && !s.left[rowOf(o)] {
			s.left[rowOf(row)] = true
			return o, nil
		}
	}
	return nil, nil
}

// veryObject names the object to be removed. Where the record has no id for it,
// as after a rebuild, it is read: only the recorded content is removed.
func (w *work) veryObject(ctx context.Context, row *record.Copy) (storage.Object, error) {
	if row.ID != "" {
		return storage.Object{Key: row.Key, ID: row.ID, Size: row.Size}, nil
	}
	r, o, err := w.s.Driver.Open(ctx, row.Key)
	if err != nil {
		return o, err
	}
	defer r.Close()
	if err := compare(r, row.Digest, row.Size); errors.Is(err, errMismatch) {
		return o, fmt.Errorf("%w: %w", storage.ErrChanged, err)
	} else if err != nil {
		return o, err
	}
	return o, nil
}

// mayExpire reads quarantine, term, hold, lock and the other copies again, by
// apply's clock.
func (w *work) mayExpire(ctx context.Context, r *removal, row *record.Copy) error {
	now := w.s.r.Clock.Now()
	quarantine := w.s.r.Terms.quarantine(row)
	if err := w.s.timely(ctx); err != nil {
		return err
	}
	switch {
	case row.Status != record.Retired || row.RetiredAt == 0:
		return fmt.Errorf("it was not retired: it is %s", row.Status)
	case len(row.Holds) > 0:
		return fmt.Errorf("hold %s is on it", row.Holds[0])
	case !row.LockedUntil.Passed(now):
		return fmt.Errorf("it is locked until %s", row.LockedUntil)
	case !quarantine.Passed(now):
		return fmt.Errorf("its quarantine ends on %s", quarantine)
	case !row.RetainUntil.Passed(now) && r.c.Reason != plan.GivenUp:
		return fmt.Errorf("its term runs until %s", row.RetainUntil)
	}
	if r.c.Reason != plan.GivenUp {
		if err := lastVerified(row, r.t, now); err != nil {
			return err
		}
	}
	if w.s.r.Guard == nil {
		return nil
	}
	all := append(append([]record.Copy(nil), r.t.others...), r.t.rows...)
	return w.s.r.Guard(ctx, row, all)
}

// lastVerified refuses to remove the last verified copy of an object that lives
// or whose term runs somewhere, and the last whole one of bytes that another row
// promises and has lost. Folders and links have no bytes to lose.
func lastVerified(row *record.Copy, t *task, now time.Time) error {
	if row.Key == "" {
		return nil
	}
	v := vouchers{lives: row.SupersededAt == 0 && row.GoneAt == 0}
	for _, rows := range [][]record.Copy{t.rows, t.others} {
		for i := range rows {
			o := &rows[i]
			if o.Key != "" && (o.Destination != row.Destination || o.Seq != row.Seq) {
				v.hear(o, row, now)
			}
		}
	}
	switch {
	case v.lives && !v.current:
		return errors.New("it is the last verified copy of an object that lives")
	case v.runs && !v.whole:
		return errors.New("it is the last verified copy of an object whose term runs elsewhere")
	case v.lost && !v.twin:
		return errors.New("another copy that is to have the same bytes is not whole, and this is the last verified one")
	}
	return nil
}

// vouchers is what the other rows of an object say for and against a removal.
type vouchers struct {
	lives, runs, lost    bool // what is owed
	current, whole, twin bool // what is verified: of the present version, of any, of the same bytes
}

func (v *vouchers) hear(o, row *record.Copy, now time.Time) {
	verified, same := o.Status == record.Verified, o.Digest == row.Digest
	lives, runs := o.Current() && o.GoneAt == 0, !o.RetainUntil.Passed(now)
	v.lives, v.runs = v.lives || lives, v.runs || runs
	v.lost = v.lost || same && !verified && (lives || runs)
	v.current = v.current || verified && o.SupersededAt == 0
	v.whole, v.twin = v.whole || verified, v.twin || verified && same
}
