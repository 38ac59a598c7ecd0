package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// inherit gives an object that was moved at its source the copy of its old path.
// The plan only saw that they look alike, so the source is read, unless its system
// knows the object by an id. Whatever speaks against it, the object is copied: two
// that live never share a copy.
func (w *work) inherit(ctx context.Context, t *task, c *plan.Change) error {
	old, err := w.former(ctx, c)
	if err != nil {
		return err
	}
	if old == nil {
		return w.copyAfterAll(ctx, t, c)
	}
	d, err := w.proveMoved(ctx, c, old)
	switch {
	case errors.Is(err, errMismatch) || errors.Is(err, errStillThere):
		return w.copyAfterAll(ctx, t, c)
	case err != nil:
		w.lost(c, err)
		return nil
	}
	seq, err := w.nextSeq(ctx, t, c)
	if err != nil {
		return err
	}
	w.s.digs()
	t.effect(c, func(at time.Time) []record.Event {
		row := *old
		describe(&row, &c.Object, d)
		row.Seq, row.GoneAt = seq, 0
		t.rows = t.rows.put(row)
		now := t.rows.bySeq(seq)
		w.s.r.Terms.promise(now, c, t.rows)
		// The new owner first: a reader who stops between the two lines has the copy
		// under both names, and never under none.
		return []record.Event{event(record.OpAdopt, now, at, w.s.r.Run), event(record.OpMove, old, at, w.s.r.Run)}
	})
	return nil
}

// former gives the row whose copy a change takes over; nil if it is not as the plan
// has it any more, or must not change its owner.
func (w *work) former(ctx context.Context, c *plan.Change) (*record.Copy, error) {
	rows, err := w.s.r.Journal.Object(ctx, c.Object.Source, c.From)
	if err != nil {
		return nil, inJournal("read "+c.From, err)
	}
	var at versions
	for _, row := range rows {
		if row.Destination == w.s.Name {
			at = at.put(row)
		}
	}
	row := at.find(c.Before)
	if row == nil || row.Status != record.Verified || row != at.current() || row.Kind != string(c.Object.Kind) || row.Digest == "" ||
		row.Size != c.Object.Size || row.SourceID != c.Object.ID || len(row.Holds) > 0 || row.LockMode != "" {
		return nil, nil
	}
	same, err := w.s.r.Journal.UnderKey(ctx, w.s.Name, row.Key)
	if err != nil {
		return nil, inJournal("look who has the bytes of "+c.From, err)
	}
	if len(same) != 1 {
		return nil, nil // others name these bytes, and two that live never share a copy
	}
	return row, nil
}

var errStillThere = errors.New("something is at the old path")

// proveMoved tells that an object has the bytes of a copy, and that nothing is at
// the path that the copy was made of.
func (w *work) proveMoved(ctx context.Context, c *plan.Change, old *record.Copy) (storage.Details, error) {
	if c.Object.ID != "" { // an id is in one place, and what it names does not change
		src, err := w.sourceOf(c)
		if err != nil {
			return storage.Details{}, err
		}
		return src.Details(ctx, entry(&c.Object))
	}
	if err := w.vanished(ctx, c, old); err != nil {
		return storage.Details{}, err
	}
	return w.digestSource(ctx, c, old)
}

func (w *work) vanished(ctx context.Context, c *plan.Change, old *record.Copy) error {
	src, err := w.sourceOf(c)
	if err != nil {
		return err
	}
	content, err := src.Open(ctx, storage.Entry{
		Path: old.Path, Kind: storage.File, Mode: old.Mode, Nlink: old.Nlink, UID: old.UID, GID: old.GID,
		Size: old.Size, MTime: old.MTime, CTime: old.CTime, Inode: old.Inode,
	})
	if errors.Is(err, storage.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = content.Close()
	}
	return errors.Join(fmt.Errorf("%w: %s", errStillThere, old.Path), err)
}
