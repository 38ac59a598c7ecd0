package apply

import (
	"context"
	"errors"
	"time"

	"github.com/backstay/backstay/engine/internal/digest"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// adopt takes over what is there already. A copy on record only changes its
// owner; one that no record has must have the very bytes of the source, else
// the object is copied beside it.
func (w *work) adopt(ctx context.Context, t *task, c *plan.Change) error {
	if row := t.rows.find(c.Before); row != nil && c.Before != nil && c.From == "" {
		t.effect(c, func(at time.Time) []record.Event { return w.tagged(t, c, storage.Details{}, at) })
		return nil
	}
	if c.From != "" {
		return w.inherit(ctx, t, c)
	}
	p, err := w.found(ctx, t, c)
	switch {
	case err == nil:
		t.adopted(c, p, w)
		return nil
	case errors.Is(err, errMismatch) || errors.Is(err, errNothingThere):
		return w.copyAfterAll(ctx, t, c)
	case fatal(err) || isJournal(err):
		return err
	}
	w.lost(c, err)
	return nil
}

// adopted records what lies at the destination already.
func (t *task) adopted(c *plan.Change, p *put, w *work) {
	t.effect(c, func(at time.Time) []record.Event {
		t.put = p
		return w.copied(t, c, p, at)
	})
}

// copyAfterAll copies what could not be adopted, and the totals say so.
func (w *work) copyAfterAll(ctx context.Context, t *task, c *plan.Change) error {
	c.Action = plan.Copy
	return w.stage(ctx, t, c)
}

var errNothingThere = errors.New("nothing is there to adopt")

// found compares what lies under the key that the plan names with the source.
func (w *work) found(ctx context.Context, t *task, c *plan.Change) (*put, error) {
	seq, err := w.nextSeq(ctx, t, c)
	if err != nil {
		return nil, err
	}
	p := &put{op: record.OpAdopt, done: true, whole: true}
	p.row = record.Copy{Destination: w.s.Name, Seq: seq, Key: w.s.Keys.Key(c.Object.Source, c.Object.Path, seq)}
	if c.After != nil && c.After.Key != "" {
		p.row.Key = c.After.Key
	}
	if known, err := w.recorded(ctx, p.row.Key); err != nil {
		return nil, err
	} else if known {
		return nil, errNothingThere
	}
	r, o, err := w.s.Driver.Open(ctx, p.row.Key)
	if errors.Is(err, storage.ErrNotExist) {
		return nil, errNothingThere
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	sum, n, err := digest.Of(w.s.r.Terms.algorithm(c), digest.Until(ctx, r))
	if err != nil {
		return nil, err
	}
	p.row.Digest, p.row.Size, p.object = sum, n, o
	d, err := w.digestSource(ctx, c, &p.row)
	if err != nil {
		return nil, err
	}
	describe(&p.row, &c.Object, d)
	return p, nil
}
