package apply

import (
	"context"
	"sync"

	"github.com/backstay/backstay/engine/internal/guard"
	"github.com/backstay/backstay/engine/storage"
)

// abreast is how many objects are committed at a time where each commit is a
// wait for a network.
const abreast = 32

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
