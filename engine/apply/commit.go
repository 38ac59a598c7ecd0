package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
)

// maxVersions bounds the search for a free key; it is there so that a driver
// that calls everything taken cannot hold a run for ever.
const maxVersions = 10_000

// intend makes the intents of the batch durable: whatever gets a name at the
// destination is named here before, with its digest.
func (w *work) intend(ctx context.Context) error {
	intents := make([]Intent, 0, len(w.tasks))
	for _, t := range w.tasks {
		if t.put == nil {
			continue
		}
		intents = append(intents, w.intent(t))
	}
	return w.intendAll(ctx, intents)
}

func (w *work) intendAll(ctx context.Context, intents []Intent) error {
	if len(intents) == 0 {
		return nil
	}
	err := w.s.r.Journal.Intend(ctx, Batch{Run: w.s.r.Run, N: w.n, Destination: w.s.Name, Intents: intents})
	if err != nil {
		return inJournal("record intents", err)
	}
	w.journal = true
	return nil
}

// intent carries the row as it will be, so that whoever settles it needs
// nothing else.
func (w *work) intent(t *task) Intent {
	row := t.put.row
	at := w.s.r.Clock.Now()
	row.Status, row.Run = record.Written, w.s.r.Run
	if row.CopiedAt == 0 {
		row.CopiedAt = at.UnixMilli()
	}
	if t.put.whole {
		t.put.verified(&row, at.UnixMilli())
	}
	w.s.r.Terms.promise(&row, t.moving, t.rows)
	return Intent{Kind: state.IntentObject, Destination: w.s.Name, Key: row.Key, Digest: row.Digest, Copy: &row}
}

// commit gives what was staged its keys.
func (w *work) commit(ctx context.Context) error {
	w.commitAhead(ctx)
	for _, t := range w.tasks {
		if t.put == nil {
			continue
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		err := w.commitOne(ctx, t)
		switch {
		case err == nil:
		case fatal(err) || isJournal(err):
			return err
		default:
			w.fail(t.moving, t.put.row.Key, Unwritten, err)
		}
	}
	return nil
}

func isJournal(err error) bool {
	var j *journalError
	return errors.As(err, &j)
}

// commitOne tries keys until one is free. What lies under a taken one is never
// touched: an equal object that no record knows is taken over, anything else
// keeps its place and the new version takes the next number.
func (w *work) commitOne(ctx context.Context, t *task) error {
	p := t.put
	for range maxVersions {
		o, err := p.commit(ctx, w.store)
		if err == nil {
			p.object, p.done = o, true
			return nil
		}
		if errors.Is(err, storage.ErrNotFolder) && !p.aside {
			p.aside = true
			if err := w.rename(ctx, t); err != nil {
				return err
			}
			continue
		}
		if !errors.Is(err, storage.ErrExists) {
			return fmt.Errorf("commit: %w", err)
		}
		if err := w.known(ctx, t); err != nil {
			return err
		}
		took, err := w.takeOver(ctx, t)
		if took || err != nil {
			return err
		}
		if err := w.nextKey(ctx, t); err != nil {
			return err
		}
	}
	return fmt.Errorf("%d keys are taken: %w", maxVersions, storage.ErrExists)
}

// known reads the object's rows, if that was not thought to be needed before.
func (w *work) known(ctx context.Context, t *task) error {
	if t.rows != nil {
		return nil
	}
	return w.loadTask(ctx, t)
}

// takeOver adopts what lies under the key if it is the very content that was
// to be put there and no record has it. What is foreign is named.
func (w *work) takeOver(ctx context.Context, t *task) (bool, error) {
	p := t.put
	// A number that was given before is an earlier version's, or that of a copy which
	// another object took over when it was moved.
	last, err := w.s.r.Journal.LastSeq(ctx, p.row.Source, p.row.Path, w.s.Name)
	if err != nil {
		return false, inJournal("read versions of "+p.row.Path, err)
	}
	if p.row.Seq <= last {
		return false, nil
	}
	if known, err := w.recorded(ctx, p.row.Key); known || err != nil {
		return false, err
	}
	r, o, err := w.s.Driver.Open(ctx, p.row.Key)
	if err == nil {
		defer r.Close()
		err = compare(r, p.row.Digest, p.row.Size)
	}
	switch {
	case err == nil:
		p.object, p.done, p.whole, p.method, p.op = o, true, true, method(w.s.Driver), record.OpAdopt
		return true, nil
	case fatal(err):
		return false, err
	case errors.Is(err, storage.ErrNotExist):
		return false, nil // a folder of other copies
	}
	w.s.r.notice(w.problem(t.moving, p.row.Key, Foreign, fmt.Errorf("the key is taken by something that no record knows, and it was left alone: %w", err)))
	return false, nil
}

// recorded tells whether some row names a key, be it another object's: then what
// lies there is nobody else's.
func (w *work) recorded(ctx context.Context, key string) (bool, error) {
	rows, err := w.s.r.Journal.UnderKey(ctx, w.s.Name, key)
	return len(rows) > 0, inJournal("look who has "+key, err)
}

// nextKey moves the staged content to the next version's key; the intent that
// names it is durable before.
func (w *work) nextKey(ctx context.Context, t *task) error {
	p := t.put
	p.row.Seq = max(p.row.Seq+1, t.rows.next())
	return w.rename(ctx, t)
}

// rename takes the key of the row's number; an object that stands where a
// folder would have to be is walked around.
func (w *work) rename(ctx context.Context, t *task) error {
	p := t.put
	p.row.Key = w.s.Keys.Key(p.row.Source, p.row.Path, p.row.Seq)
	if p.aside {
		p.row.Key = w.s.Keys.Aside(p.row.Source, p.row.Path, p.row.Seq)
	}
	p.staged = w.store.Rename(p.staged, p.row.Key)
	return w.intendAll(ctx, []Intent{w.intent(t)})
}
