package apply

import (
	"maps"
	"sync"
	"time"

	"github.com/backstay/backstay/engine/internal/guard"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

// maxProblems is how many problems a result names; the counts are whole.
const maxProblems = 100

// reportEvery is the time between two progress events.
const reportEvery = time.Second

// tally counts what a run does and tells the observer.
type tally struct {
	mu     sync.Mutex // guards all below, and serialises Observe
	req    *Request
	result Result
	bytes  int64
	items  int64
	moved  int64 // bytes of changes under way
}

func (t *tally) start(req *Request) {
	t.req = req
	t.result.Done = map[plan.Action]plan.Count{}
}

// report sends progress until the returned function is called, which waits.
func (t *tally) report() (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer guard.Recover()
		defer close(ended)
		tick := time.NewTicker(reportEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				t.tell(Event{Kind: Progress})
			case <-done:
				t.tell(Event{Kind: Progress})
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

func (t *tally) tell(e Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tellLocked(e)
}

func (t *tally) tellLocked(e Event) {
	if t.req.Observe == nil {
		return
	}
	e.At, e.Objects, e.Bytes = t.req.Clock.Now(), t.items, t.bytes+t.moved
	e.Expect, e.Failed = t.req.Expect, t.result.Failed
	t.req.Observe(e)
}

// flow counts bytes of an object under way, so that one large file shows
// progress; they are taken back when it is done or failed.
func (t *tally) flow(n int64) {
	t.mu.Lock()
	t.moved += n
	t.mu.Unlock()
}

// done counts changes that are recorded.
func (t *tally) done(changes []*plan.Change) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range changes {
		n := t.result.Done[c.Action]
		n.Add(c.Bytes())
		t.result.Done[c.Action] = n
		t.items++
		if moves(c.Action) {
			t.bytes += c.Bytes()
		}
		t.tellLocked(Event{Kind: Item, Change: c})
	}
}

func (t *tally) present(n int) {
	t.mu.Lock()
	t.result.Present += int64(n)
	t.items += int64(n)
	t.mu.Unlock()
}

// skipped counts a change whose source object moved.
func (t *tally) skipped(p Problem) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.result.Skipped++
	t.items++
	t.name(Skipped, p)
}

// failed counts a change that failed, and gives how many did so far.
func (t *tally) failed(p Problem) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.result.Failed++
	t.items++
	t.name(Trouble, p)
	return t.result.Failed
}

// notice names a problem that no change failed by.
func (t *tally) notice(p Problem) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.name(Trouble, p)
}

func (t *tally) name(kind EventKind, p Problem) {
	if len(t.result.Problems) < maxProblems {
		t.result.Problems = append(t.result.Problems, p)
	}
	t.tellLocked(Event{Kind: kind, Problem: &p})
}

func (t *tally) stop(d diag.Diagnostic) {
	t.mu.Lock()
	t.result.Stops = t.result.Stops.Append(d)
	t.mu.Unlock()
}

func (t *tally) drained() {
	t.mu.Lock()
	t.result.Drained = true
	t.mu.Unlock()
}

func (t *tally) opened() {
	t.mu.Lock()
	t.result.Open = true
	t.mu.Unlock()
}

// sum is the result so far.
func (t *tally) sum() Result {
	t.mu.Lock()
	defer t.mu.Unlock()
	res := t.result
	res.Done = maps.Clone(t.result.Done)
	res.Left = max(0, t.req.Expect.Objects-t.items)
	return res
}
