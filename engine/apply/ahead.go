package apply

import (
	"cmp"
	"context"
	"sync"

	"github.com/backstay/backstay/engine/internal/guard"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// abreast is how many objects are committed at a time where each commit is a
// wait for a network.
const abreast = 32

// prepareAbreast stages objects beside each other where opening one is a wait
// for a network: two for each lane that the run has. It gives the tasks that are
// left: those of sources on this machine, and those that do more than copy.
func (w *work) prepareAbreast(ctx context.Context) (rest []*task, err error) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	slots := make(chan struct{}, 2*len(w.s.lanes))
	failed := func() error {
		mu.Lock()
		defer mu.Unlock()
		return err
	}
	for _, t := range w.tasks {
		if !w.fetches(t) {
			rest = append(rest, t)
			continue
		}
		slots <- struct{}{}
		if failed() != nil {
			break
		}
		wg.Go(func() {
			defer guard.Recover()
			defer func() { <-slots }()
			if e := w.prepareTask(ctx, t); e != nil {
				mu.Lock()
				defer mu.Unlock()
				err = cmp.Or(err, e)
			}
		})
	}
	wg.Wait()
	return rest, err
}

// fetches tells whether all that a task does is to copy from elsewhere than this
// machine.
func (w *work) fetches(t *task) bool {
	for _, s := range t.steps {
		c := s.change
		if c.Action != plan.Copy && c.Action != plan.Recopy || fromCopy(c) {
			return false
		}
		if _, local := w.s.r.Sources[c.Object.Source].(storage.Located); local {
			return false
		}
	}
	return true
}

// early is how a commit ended that was tried beside others.
type early struct {
	object storage.Object
	err    error
}

// commitAhead tries the commits of a batch beside each other at stores behind a
// network; one after the other, a batch would take its size in round trips. The
// intents of all are durable by now, and what a try ended with is looked at in
// order, as ever. On a disk nothing would be gained.
func (w *work) commitAhead(ctx context.Context) {
	if w.s.Driver.Abilities().Media != "object" {
		return
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, abreast)
	for _, t := range w.tasks {
		p := t.put
		if p == nil {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer guard.Recover()
			defer func() { <-slots }()
			o, err := w.store.Commit(ctx, p.staged)
			p.early = &early{o, err}
		})
	}
	wg.Wait()
}

// commit commits, or tells how an early try ended.
func (p *put) commit(ctx context.Context, b storage.Batch) (storage.Object, error) {
	if e := p.early; e != nil {
		p.early = nil
		return e.object, e.err
	}
	return b.Commit(ctx, p.staged)
}
