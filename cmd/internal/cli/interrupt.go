package cli

import (
	"context"
	"os"
	"sync"

	"github.com/backstay/backstay/cmd/internal/view"
)

// interrupts turns signals into what an operation understands. The first one
// closes drain where the operation has batches to finish, else it cancels the
// context; the second one cancels it; the third one ends the process, for an
// operation that hangs in the system.
type interrupts struct {
	ctx   context.Context
	drain chan struct{}

	cancel context.CancelCauseFunc
	done   chan struct{} // the watcher has ended
	quit   chan struct{} // asks it to

	mu     sync.Mutex
	drains bool
	seen   int
}

// errInterrupted is the cause of a context that a signal cancelled.
type errInterrupted struct{}

func (errInterrupted) Error() string { return "interrupted" }

func watch(signals <-chan os.Signal, out *view.Output, kill func(int)) *interrupts {
	ctx, cancel := context.WithCancelCause(context.Background())
	i := &interrupts{
		ctx: ctx, cancel: cancel,
		drain: make(chan struct{}), done: make(chan struct{}), quit: make(chan struct{}),
	}
	go func() {
		defer close(i.done)
		defer func() { _ = recover() }() // printing may fail; a signal must not crash the program
		for {
			select {
			case <-signals:
				i.signal(out, kill)
			case <-i.quit:
				return
			}
		}
	}()
	return i
}

// signal takes one signal.
func (i *interrupts) signal(out *view.Output, kill func(int)) {
	i.mu.Lock()
	i.seen++
	seen := i.seen
	if !i.drains && seen < 2 {
		i.seen, seen = 2, 2 // nothing to drain
	}
	i.mu.Unlock()
	switch seen {
	case 1:
		close(i.drain)
		out.Message("Interrupted: finishing the batches under way. Once more stops at once.")
	case 2:
		i.cancel(errInterrupted{})
		out.Message("Interrupted: stopping.")
	default:
		kill(130)
	}
}

// draining says that the operation has something to finish at the first signal.
func (i *interrupts) draining() <-chan struct{} {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.drains = true
	return i.drain
}

// cancelled tells whether a signal ended the operation.
func (i *interrupts) cancelled() bool {
	_, ok := context.Cause(i.ctx).(errInterrupted)
	return ok
}

// stop ends the watcher and waits for it.
func (i *interrupts) stop() {
	close(i.quit)
	<-i.done
	i.cancel(nil)
}
