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

// copied records a new copy and what it supersedes. A copy that did not get its
// key is not recorded.
func (w *work) copied(t *task, c *plan.Change, p *put, at time.Time) []record.Event {
	if t.put != p || !p.done {
		return nil
	}
	row := p.row
	row.Status = record.Written
	if p.whole {
		p.verified(&row, at.UnixMilli())
	}
	row.ID = p.object.ID
	if row.CopiedAt == 0 { // a version made again keeps its age
		row.CopiedAt = at.UnixMilli()
	}
	t.rows = t.rows.put(row)
	now := t.rows.bySeq(row.Seq)
	w.s.r.Terms.promise(now, c, t.rows)
	events := []record.Event{event(p.op, now, at, w.s.r.Run)}
	return append(events, w.s.r.Terms.supersede(t.rows, now, c.Superseded, at, w.s.r.Run)...)
}

// recheck digests the source: if it is what the copy was made of, only the
// record changes, otherwise it is copied.
func (w *work) recheck(ctx context.Context, t *task, c *plan.Change) error {
	row := t.rows.find(c.Before)
	if row == nil || row.Digest == "" {
		return w.stage(ctx, t, c)
	}
	d, err := w.digestSource(ctx, c, row)
	if errors.Is(err, errMismatch) {
		return w.stage(ctx, t, c)
	}
	if err != nil {
		w.lost(c, err)
		return nil
	}
	seq := row.Seq
	t.effect(c, func(at time.Time) []record.Event {
		row := t.rows.bySeq(seq)
		describe(row, &c.Object, d)
		row.GoneAt = 0
		w.s.r.Terms.promise(row, c, t.rows)
		return []record.Event{event(record.OpRecheck, row, at, w.s.r.Run)}
	})
	return nil
}

// digestSource reads the source object and compares it with a row; errMismatch
// says that it is another content.
func (w *work) digestSource(ctx context.Context, c *plan.Change, row *record.Copy) (storage.Details, error) {
	src, err := w.sourceOf(c)
	if err != nil {
		return storage.Details{}, err
	}
	e := entry(&c.Object)
	content, err := src.Open(ctx, e)
	if err != nil {
		return storage.Details{}, err
	}
	defer content.Close()
	in := &watched{r: content, ctx: ctx, t: &w.s.r.tally}
	defer in.end()
	differs := compare(in, row.Digest, row.Size)
	if err := content.Unchanged(); err != nil {
		return storage.Details{}, err
	}
	if differs != nil {
		return storage.Details{}, differs
	}
	return src.Details(ctx, e)
}

// tag changes the record alone: entries, facts, claims, terms, holds.
func (w *work) tag(ctx context.Context, t *task, c *plan.Change) error {
	row := t.rows.find(c.Before)
	if row == nil && c.Before != nil {
		w.fail(c, c.Before.Key, Unrecorded, errors.New("the state has no such copy"))
		return nil
	}
	if row == nil && !isEntry(c) {
		w.fail(c, "", Unrecorded, errors.New("a tag cannot make a copy of a file; this is a bug in the plan"))
		return nil
	}
	var d storage.Details
	if c.Object.Live && (isEntry(c) || relabels(c)) {
		src, err := w.sourceOf(c)
		if err == nil {
			d, err = src.Details(ctx, entry(&c.Object))
		}
		if err != nil {
			w.lost(c, err)
			return nil
		}
	}
	if row != nil && relabels(c) && row.Current() && row.SourceID == c.Object.ID {
		if err := w.label(ctx, row, d.Facts); fatal(err) {
			return err
		} else if err != nil {
			w.fail(c, row.Key, Unwritten, err)
			return nil
		}
	}
	t.effect(c, func(at time.Time) []record.Event { return w.tagged(t, c, d, at) })
	return nil
}

// label writes new tags and properties beside a copy, at destinations that keep
// them there. They belong to no version: the catalogue tells of each change.
func (w *work) label(ctx context.Context, row *record.Copy, f *storage.Facts) error {
	driver, ok := storage.Ability[storage.Labelled](w.s.Driver)
	if !ok || f == nil || row.Key == "" {
		return nil
	}
	return driver.Label(ctx, object(row), f)
}

// isEntry tells folders and links from what has bytes at a destination.
func isEntry(c *plan.Change) bool {
	return c.Object.Kind == plan.Directory || c.Object.Kind == plan.Symlink
}

// relabels tells whether a change renews the metadata of an object that its
// system knows by an id: the bytes under one do not change.
func relabels(c *plan.Change) bool {
	return c.Action == plan.Tag && c.Reason == plan.MetadataChanged && c.Object.ID != ""
}

func (w *work) tagged(t *task, c *plan.Change, d storage.Details, at time.Time) []record.Event {
	row := t.tagRow(c, w.s.Name, at)
	// A live object's facts are those of the current version; what the plan says
	// of an older one concerns its record only. A file's own facts change by
	// recheck, which reads it.
	switch {
	case !c.Object.Live || !row.Current():
	case isEntry(c):
		describe(row, &c.Object, d)
		row.Size = c.Object.Size
	case relabels(c) && row.SourceID == c.Object.ID:
		row.CTime, row.Class, row.Xattrs = c.Object.CTime, c.Object.Class, d.Xattrs
	case sameContent(row, &c.Object):
		row.Class = c.Object.Class
	}
	moment(&row.GoneAt, c, func(f *plan.CopyFacts) time.Time { return f.GoneAt }, at)
	moment(&row.SupersededAt, c, func(f *plan.CopyFacts) time.Time { return f.SupersededAt }, at)
	w.s.r.Terms.promise(row, c, t.rows)
	events := []record.Event{event(operation(c.Action), row, at, w.s.r.Run)}
	if isEntry(c) && row.Current() {
		events = append(events, w.s.r.Terms.supersede(t.rows, row, c.Superseded, at, w.s.r.Run)...)
	}
	return events
}

// tagRow gives the row that a tag is about. An entry's may be new: its first,
// or the next version of a link.
func (t *task) tagRow(c *plan.Change, destination string, at time.Time) *record.Copy {
	seq := 1
	if row := t.rows.find(c.Before); row != nil {
		seq = row.Seq
	}
	if isEntry(c) && c.After != nil && c.After.Seq > 0 {
		seq = c.After.Seq
	}
	if t.rows.bySeq(seq) == nil {
		t.rows = t.rows.put(record.Copy{Destination: destination, Seq: seq, Status: record.Entry, CopiedAt: at.UnixMilli()})
	}
	return t.rows.bySeq(seq)
}

// sameContent tells whether a row was made of the object as it is listed now.
func sameContent(r *record.Copy, o *plan.Object) bool {
	return r.Size == o.Size && r.MTime == o.MTime && r.SourceID == o.ID
}

// moment takes over an instant of the plan: one that is new there is apply's own
// now, one that is gone there is taken away.
func moment(field *int64, c *plan.Change, of func(*plan.CopyFacts) time.Time, at time.Time) {
	switch {
	case c.After == nil:
	case of(c.After).IsZero():
		*field = 0
	case *field == 0:
		*field = at.UnixMilli()
	}
}

func operation(a plan.Action) record.Op {
	switch a {
	case plan.Hold:
		return record.OpHold
	case plan.Release:
		return record.OpRelease
	case plan.Adopt:
		return record.OpAdopt
	}
	return record.OpTag
}

// verify reads a copy again and records what it found.
func (w *work) verify(ctx context.Context, t *task, c *plan.Change) error {
	row := t.rows.find(c.Before)
	if row == nil || row.Key == "" {
		w.fail(c, "", Unrecorded, errors.New("the state has no such copy"))
		return nil
	}
	id, what, err := w.readCopy(ctx, row)
	if what == Missing {
		back, homeErr := w.home(ctx, row, plan.CopyMissing)
		if homeErr != nil {
			return homeErr
		}
		if back {
			id, what, err = w.readCopy(ctx, row)
		}
	}
	if fatal(err) {
		return err
	}
	if errors.Is(err, storage.ErrCold) { // archived by somebody else: nothing is known of it, and nothing is wrong
		w.s.r.skipped(w.problem(c, row.Key, Archived, err))
		t.failed(c)
		return nil
	}
	if err != nil {
		w.fail(c, row.Key, what, err)
		t.failed(c)
		if what == Unreadable {
			return nil
		}
	}
	seq := row.Seq
	t.effect(c, func(at time.Time) []record.Event {
		row := t.rows.bySeq(seq)
		op := record.OpVerify
		switch what {
		case Damaged:
			op, row.Status = record.OpDamage, record.Damaged
		case Missing:
			op, row.Status = record.OpDamage, record.Missing
		default:
			row.VerifiedAt, row.VerifyMethod, row.ID = at.UnixMilli(), method(w.s.Driver), id
			if row.Status != record.Retired {
				row.Status = record.Verified
			}
			if row.Cold() { // it was asked back, and has come
				row.Tier, row.TieredAt = string(storage.TierLive), at.UnixMilli()
			}
		}
		return []record.Event{event(op, row, at, w.s.r.Run)}
	})
	return nil
}

// readCopy compares a recorded copy with its digest: Damaged, Missing, or
// Unreadable where neither can be told. id is the object's that was read, which
// is another one than recorded where a disk was copied.
func (w *work) readCopy(ctx context.Context, row *record.Copy) (id string, what What, err error) {
	r, o, err := w.s.Driver.Open(ctx, row.Key)
	if errors.Is(err, storage.ErrNotExist) {
		return "", Missing, err
	}
	if err != nil {
		return "", Unreadable, err
	}
	defer r.Close()
	if err := compare(r, row.Digest, row.Size); errors.Is(err, errMismatch) {
		return o.ID, Damaged, err
	} else if err != nil {
		return o.ID, Unreadable, err
	}
	return o.ID, "", nil
}

// retire puts a copy whose term is over into quarantine: a record, no byte moves.
func (w *work) retire(t *task, c *plan.Change) error {
	row := t.rows.find(c.Before)
	if row == nil {
		w.fail(c, "", Unrecorded, errors.New("the state has no such copy"))
		return nil
	}
	if err := mayRetire(row, t.rows, c, w.s.r.Clock.Now()); err != nil {
		w.fail(c, row.Key, Refused, err)
		return nil
	}
	seq := row.Seq
	t.effect(c, func(at time.Time) []record.Event {
		row := t.rows.bySeq(seq)
		if row.Status == record.Retired {
			return nil
		}
		row.RetiredFrom, row.Status, row.RetiredAt = row.Status, record.Retired, at.UnixMilli()
		return []record.Event{event(record.OpRetire, row, at, w.s.r.Run)}
	})
	return nil
}

// mayRetire reads term, hold and life of a copy again, by apply's clock.
func mayRetire(row *record.Copy, all versions, c *plan.Change, now time.Time) error {
	switch {
	case len(row.Holds) > 0:
		return fmt.Errorf("hold %s is on it", row.Holds[0])
	case c.Reason == plan.GivenUp:
		return nil
	case !row.RetainUntil.Passed(now):
		return fmt.Errorf("its term runs until %s", row.RetainUntil)
	case row.GoneAt == 0 && row == all.current():
		return errors.New("it is the current version of an object that lives")
	}
	return nil
}
