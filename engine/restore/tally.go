package restore

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/backstay/backstay/engine/internal/guard"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
)

// tally counts what a restore does.
type tally struct {
	mu      sync.Mutex // guards all below, and serialises Observe
	result  Result
	objects int64
	bytes   int64
}

func (r *restorer) done(row *record.Copy, present bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if present {
		r.result.Present.Add(row.Size)
	} else {
		r.result.Restored.Add(row.Size)
	}
	r.objects++
	r.bytes += row.Size
}

func (r *restorer) entry() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Entries++
	r.objects++
}

// dry counts what would be restored.
func (r *restorer) dry(row *record.Copy) {
	if row.Key == "" {
		r.entry()
		return
	}
	r.done(row, false)
}

// end sorts the error that an object ended with. A full or read-only disk ends
// the run.
func (r *restorer) end(ctx context.Context, s Source, row *record.Copy, err error) {
	if ctx.Err() != nil {
		return // interrupted, not failed
	}
	what := Failed
	switch {
	case errors.Is(err, storage.ErrExists):
		what = Exists
	case errors.Is(err, storage.ErrEscape):
		what = Unsafe
	case errors.Is(err, errNoCopy):
		what = NoCopy
	}
	r.problem(s, row, what, err)
	if ended(ctx, err) {
		r.halt(err)
	}
}

func (r *restorer) problem(s Source, row *record.Copy, what What, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Failed++
	r.objects++
	p := problemOf(s, row, what, err)
	if len(r.result.Problems) < maxProblems {
		r.result.Problems = append(r.result.Problems, p)
	}
	r.tell(Event{Problem: &p})
}

// note names what is not quite as recorded, though the object is back.
func (r *restorer) note(s Source, row *record.Copy, what What, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.result.Notes) < maxProblems {
		r.result.Notes = append(r.result.Notes, problemOf(s, row, what, err))
	}
}

func problemOf(s Source, row *record.Copy, what What, err error) Problem {
	return Problem{Source: s.Name, Path: row.Path, Destination: row.Destination, Key: row.Key, What: what, Detail: err.Error()}
}

// tell is called with mu held.
func (r *restorer) tell(e Event) {
	if r.Observe == nil {
		return
	}
	e.At, e.Objects, e.Bytes, e.Expect, e.Failed = r.Clock.Now(), r.objects, r.bytes, r.Expect, r.result.Failed
	r.Observe(e)
}

func (r *restorer) sum() Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.result
}

// report tells of progress until the returned function is called, which waits.
func (r *restorer) report() (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer guard.Recover()
		defer close(ended)
		tick := time.NewTicker(reportEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-done:
				return
			}
			r.mu.Lock()
			r.tell(Event{})
			r.mu.Unlock()
		}
	}()
	return func() { close(done); <-ended }
}
