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

// shift is one copy whose bytes are to lie in another tier.
type shift struct {
	t    *task
	c    *plan.Change
	seq  int
	tier storage.Tier // seen after it was asked for; "" it did not come about
}

// object names what a copy is at its destination.
func object(row *record.Copy) storage.Object {
	return storage.Object{Key: row.Key, ID: row.ID, Size: row.Size}
}

// tier notes a copy that is to be moved; it is asked for when everything else of
// the batch is done.
func (w *work) tier(t *task, c *plan.Change) error {
	row := t.rows.find(c.Before)
	if row == nil || row.Key == "" {
		w.fail(c, "", Unrecorded, errors.New("the state has no such copy"))
		return nil
	}
	sh := &shift{t: t, c: c, seq: row.Seq}
	w.shifts = append(w.shifts, sh)
	t.effect(c, func(at time.Time) []record.Event {
		row := t.rows.bySeq(sh.seq)
		if sh.tier == "" || row == nil {
			return nil
		}
		row.Tier, row.TieredAt = string(sh.tier), at.UnixMilli()
		return []record.Event{event(shiftOp(c.Action), row, at, w.s.r.Run)}
	})
	return nil
}

func shiftOp(a plan.Action) record.Op {
	if a == plan.Unarchive {
		return record.OpUnarchive
	}
	return record.OpArchive
}

// shift asks for tiers: the whole batch in one call a direction, and looks at
// what came of it in another.
func (w *work) shift(ctx context.Context) error {
	for _, a := range []plan.Action{plan.Archive, plan.Unarchive} {
		if err := w.shiftAll(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) shiftAll(ctx context.Context, a plan.Action) error {
	var list []*shift
	for _, sh := range w.shifts {
		if sh.c.Action == a && w.mayShift(sh) {
			list = append(list, sh)
		}
	}
	if len(list) == 0 {
		return nil
	}
	driver, ok := storage.Ability[storage.Tiered](w.s.Driver)
	if !ok {
		for _, sh := range list {
			w.fail(sh.c, "", Unsupported, fmt.Errorf("this destination cannot %s", a))
		}
		return nil
	}
	if err := w.intendShifts(ctx, a, list); err != nil {
		return err
	}
	if err := fault.Point("tier.intended"); err != nil {
		return err
	}
	if err := w.s.r.Journal.Fenced(ctx); err != nil {
		return inJournal("look at the lease before "+string(a), err)
	}
	objects := shifted(list)
	var refused error
	if a == plan.Archive {
		refused = driver.Archive(ctx, objects)
	} else {
		refused = driver.Unarchive(ctx, objects, "")
	}
	if fatal(refused) {
		return fmt.Errorf("%s: %w", a, refused)
	}
	if err := fault.Point("tier.asked"); err != nil {
		return err
	}
	return w.lookAt(ctx, driver, list, refused)
}

func shifted(list []*shift) []storage.Object {
	objects := make([]storage.Object, len(list))
	for i, sh := range list {
		objects[i] = object(sh.t.rows.bySeq(sh.seq))
	}
	return objects
}

// mayShift refuses what the plan could not know: a verification beside it that
// failed, or that it was retired. What is to be archived is also
// looked at for holds again.
func (w *work) mayShift(sh *shift) bool {
	row, err := sh.t.rows.bySeq(sh.seq), error(nil)
	switch {
	case sh.t.spoiled() || row.Status != record.Verified && row.Status != record.Written:
		err = errors.New("the copy was not verified")
	case sh.c.Action == plan.Archive && len(row.Holds) > 0:
		err = fmt.Errorf("hold %s is on it", row.Holds[0])
	default:
		return true
	}
	w.s.r.skipped(w.problem(sh.c, row.Key, Refused, err))
	return false
}

// spoiled tells whether a change of the object failed.
func (t *task) spoiled() bool {
	for _, s := range t.steps {
		if s.failed {
			return true
		}
	}
	return false
}

func (w *work) intendShifts(ctx context.Context, a plan.Action, list []*shift) error {
	kind, tier := state.IntentArchive, storage.TierArchival
	if a == plan.Unarchive {
		kind, tier = state.IntentUnarchive, storage.TierUnarchiving
	}
	at := w.s.r.Clock.Now().UnixMilli()
	intents := make([]Intent, len(list))
	for i, sh := range list {
		row := *sh.t.rows.bySeq(sh.seq)
		row.Tier, row.TieredAt, row.Run = string(tier), at, w.s.r.Run
		intents[i] = Intent{Kind: kind, Destination: w.s.Name, Key: row.Key, Digest: row.Digest, Copy: &row}
	}
	return w.intendAll(ctx, intents)
}

// lookAt reads back where the copies lie now.
func (w *work) lookAt(ctx context.Context, driver storage.Tiered, list []*shift, refused error) error {
	tiers, err := driver.Tiers(ctx, shifted(list))
	if err != nil {
		return fmt.Errorf("look at tiers: %w", err)
	}
	for i, sh := range list {
		key := sh.t.rows.bySeq(sh.seq).Key
		switch {
		case tiers[i] == "":
			w.fail(sh.c, key, Missing, storage.ErrNotExist)
		case came(sh.c.Action, tiers[i]):
			sh.tier = tiers[i]
		default:
			w.fail(sh.c, key, Unwritten, fmt.Errorf("it is still %s: %w", tiers[i], orSilent(refused)))
		}
	}
	return nil
}

// errSilent stands for a refusal of which nothing was said.
var errSilent = errors.New("the destination took the request and did not follow it")

func orSilent(err error) error {
	if err == nil {
		return errSilent
	}
	return err
}

// came tells whether a tier is what an action leads to.
func came(a plan.Action, t storage.Tier) bool {
	if a == plan.Unarchive {
		return t == storage.TierLive || t == storage.TierUnarchiving
	}
	return t == storage.TierArchived || t == storage.TierArchival
}

// tiers settles what a dead run asked of tiers: the destination tells what came
// of it.
func (st *settler) tiers(ctx context.Context, s *site, intents []*Intent) ([]record.Event, error) {
	if len(intents) == 0 {
		return nil, nil
	}
	driver, ok := storage.Ability[storage.Tiered](s.Driver)
	if !ok {
		return nil, fmt.Errorf("settle %s: the destination has no tiers any more", s.address)
	}
	objects := make([]storage.Object, len(intents))
	for i, in := range intents {
		objects[i] = object(in.Copy)
	}
	seen, err := driver.Tiers(ctx, objects)
	if err != nil {
		return nil, fmt.Errorf("settle %s: look at tiers: %w", s.address, err)
	}
	at := st.r.Clock.Now()
	var events []record.Event
	for i, in := range intents {
		rows, err := st.rows(ctx, s, in)
		if err != nil {
			return nil, err
		}
		action := plan.Archive
		if in.Kind == state.IntentUnarchive {
			action = plan.Unarchive
		}
		row := rows.bySeq(in.Copy.Seq)
		if row == nil || !came(action, seen[i]) {
			st.result.Dropped++
			continue
		}
		row.Tier, row.TieredAt = string(seen[i]), at.UnixMilli()
		events = append(events, event(shiftOp(action), row, at, st.r.Run))
		st.result.Recorded++
	}
	return events, nil
}
