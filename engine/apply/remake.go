package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/backstay/backstay/engine/internal/digest"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// fromCopy tells whether a change makes a copy of another destination's: its
// version is not at the source any more, or never was when the plan was made.
func fromCopy(c *plan.Change) bool { return c.Action == plan.Recopy && !c.Object.Live }

// remake stages a lost version from the first verified copy of the same digest at
// another destination. A copy that turns out to be otherwise gives nothing.
func (w *work) remake(ctx context.Context, t *task, c *plan.Change) error {
	lost := t.rows.find(c.Before)
	if lost == nil || lost.Digest == "" || c.After == nil {
		w.fail(c, "", Unrecorded, errors.New("the state has no such copy"))
		return nil
	}
	seq, err := w.nextSeq(ctx, t, c)
	if err != nil {
		return err
	}
	p := &put{op: record.OpCopy, row: again(lost, seq, c)}
	p.row.Key = w.s.Keys.Key(p.row.Source, p.row.Path, seq)
	all := errors.New("no other destination has a verified copy of it")
	for i := range t.others {
		o := &t.others[i]
		from := w.s.r.siteNamed(o.Destination)
		if o.Status != record.Verified || o.Digest != lost.Digest || o.Size != lost.Size || from == nil {
			continue
		}
		ofDonor, err := w.stageCopy(ctx, p, from, o)
		switch {
		case err == nil:
			t.put = p
			t.effect(c, func(at time.Time) []record.Event { return w.copied(t, c, p, at) })
			return nil
		case !ofDonor && fatal(err):
			return err
		}
		all = fmt.Errorf("the copy %s at %s: %w", o.Key, from.address, err)
	}
	w.fail(c, p.row.Key, Unreadable, all)
	return nil
}

// again is the row of a lost version's next copy: what was known of the version,
// its age and when it lost its place included.
func again(lost *record.Copy, seq int, c *plan.Change) record.Copy {
	row := *lost
	row.Seq, row.Status, row.ID = seq, record.Written, ""
	row.RetiredAt, row.RetiredFrom, row.Tier, row.TieredAt = 0, "", "", 0
	row.LockMode, row.LockedUntil = "", schema.UntilNone
	if row.GoneAt == 0 && !c.After.GoneAt.IsZero() {
		row.GoneAt = c.After.GoneAt.UnixMilli()
	}
	return row
}

// stageCopy reads a copy at another destination through its digest into this
// one. It tells whether an error is that copy's.
func (w *work) stageCopy(ctx context.Context, p *put, from *site, o *record.Copy) (ofDonor bool, err error) {
	r, _, err := from.Driver.Open(ctx, o.Key)
	if err != nil {
		return true, err
	}
	defer r.Close()
	if err := w.begin(ctx); err != nil {
		return false, err
	}
	in := &watched{r: r, ctx: ctx, t: &w.s.r.tally}
	defer in.end()
	through, err := digest.NewReader(digest.Algorithm(o.Digest), in, o.Size)
	if err != nil {
		return true, err
	}
	defer through.Close()
	staged, err := w.store.Stage(ctx, p.row.Key, through, o.Size)
	if err != nil {
		through.Close() // so that in.err may be read
		if in.err != nil {
			return true, in.err
		}
		return false, err
	}
	sum, n, whole := through.Sum()
	if !whole || n != o.Size || sum != o.Digest {
		return true, fmt.Errorf("%w: %d bytes with %s, not %d with %s", errMismatch, n, sum, o.Size, o.Digest)
	}
	p.staged = staged
	return false, w.tell(ctx, p, nil)
}

// remade tells, on a resumed plan, whether a lost version was made again before.
func (t *task) remade(c *plan.Change) bool {
	lost := t.rows.find(c.Before)
	return lost != nil && slices.ContainsFunc(t.rows, func(r record.Copy) bool {
		return r.Seq > lost.Seq && r.Status == record.Verified && r.Digest == lost.Digest && r.CopiedAt == lost.CopiedAt
	})
}
