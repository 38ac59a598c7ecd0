package apply

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/backstay/backstay/engine/internal/fault"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// work is one batch on its way through the steps.
type work struct {
	*batch
	s       *site
	l       *lane
	attempt string
	store   storage.Batch // nil until something is staged
	begun   sync.Mutex    // guards store while tasks are prepared beside each other
	removes []*removal
	shifts  []*shift
	journal bool // intents of this batch are open
}

// carryOut takes a batch through all steps. What fails for one object is
// counted and the others go on; an error means that the destination, or the
// journal, failed.
func (s *site) carryOut(ctx context.Context, l *lane, b *batch) (err error) {
	if err := s.claim(ctx); err != nil {
		return err
	}
	w := &work{batch: b, s: s, l: l, attempt: s.attempt(b.n)}
	defer func() { err = errors.Join(err, w.end(ctx)) }()
	steps := []struct {
		do    func(context.Context) error
		point string
	}{
		{w.load, ""},
		{w.guard, ""},
		{w.prepare, "apply.staged"},
		{w.sync, "apply.synced"},
		{w.reread, "apply.verified"},
		{w.intend, "apply.intended"},
		{w.commit, "apply.committed"},
		{w.settleNames, "apply.finished"},
		{w.shift, ""},
		{w.remove, ""},
		{w.outcome, "apply.outcome"},
	}
	for _, step := range steps {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := step.do(ctx); err != nil {
			return err
		}
		if step.point != "" {
			if err := fault.Point(step.point); err != nil {
				return err
			}
		}
	}
	return nil
}

// attempt is the name of a batch in temporary names: unique for the run, and a
// run is unique for the process.
func (s *site) attempt(n int64) string {
	return s.r.Run + "-" + strconv.FormatInt(n, 10)
}

// end removes what was staged and not committed.
func (w *work) end(ctx context.Context) error {
	if w.journal {
		w.s.r.opened()
	}
	if w.store == nil {
		return nil
	}
	if err := w.store.Discard(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("discard what was not committed: %w", err)
	}
	return nil
}

// load reads the rows of the objects that the state knows.
func (w *work) load(ctx context.Context) error {
	for _, t := range w.tasks {
		if t.fresh() && !w.s.r.Resume {
			continue
		}
		if err := w.loadTask(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) loadTask(ctx context.Context, t *task) error {
	o := &t.steps[0].change.Object
	rows, err := w.s.r.Journal.Object(ctx, o.Source, o.Path)
	if err != nil {
		return inJournal("read "+o.Path, err)
	}
	t.rows, t.others = nil, nil
	for _, row := range rows {
		if row.Destination == w.s.Name {
			t.rows = t.rows.put(row)
		} else {
			t.others = append(t.others, row)
		}
	}
	return nil
}

// sync makes what was staged durable.
func (w *work) sync(ctx context.Context) error {
	if w.store == nil {
		return nil
	}
	if err := w.store.Sync(ctx); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}

// settleNames makes the committed names durable.
func (w *work) settleNames(ctx context.Context) error {
	if w.store == nil {
		return nil
	}
	if err := w.store.Finish(ctx); err != nil {
		return fmt.Errorf("sync folders: %w", err)
	}
	return nil
}

// outcome records what became of the batch, in the catalogue and in the state.
func (w *work) outcome(ctx context.Context) error {
	at := w.s.r.Clock.Now()
	events := make([]record.Event, 0, w.size)
	done := make([]*plan.Change, 0, w.size)
	for _, t := range w.tasks {
		for _, step := range t.steps {
			if step.effect == nil {
				continue
			}
			more := step.effect(at)
			events = append(events, more...)
			if more != nil && !step.failed {
				done = append(done, step.change)
			}
		}
	}
	if len(events) == 0 && !w.journal {
		return nil
	}
	if err := w.s.publish(ctx, w.l, w.n, w.attempt, events); err != nil {
		w.journal = w.journal || len(events) > 0
		return err
	}
	w.journal = false
	w.s.prove(events)
	w.s.r.done(done)
	return nil
}

// problem describes what became of a change that was not done.
func (w *work) problem(c *plan.Change, key string, what What, err error) Problem {
	p := Problem{Destination: w.s.Name, Source: c.Object.Source, Path: c.Object.Path, Key: key, What: what}
	if err != nil {
		p.Detail = err.Error()
	}
	return p
}

// fail counts a failed change. Too many end the run.
func (w *work) fail(c *plan.Change, key string, what What, err error) {
	if w.s.r.over() {
		return // interrupted, not failed
	}
	if n := w.s.r.failed(w.problem(c, key, what, err)); n >= int64(w.s.r.Budget) {
		w.s.r.halt(errBudget)
	}
}
