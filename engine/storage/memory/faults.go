package memory

import (
	"context"
	"io"
	"iter"
	"sync"

	"github.com/backstay/backstay/engine/storage"
)

// Step is a call on a destination or a batch, just before it is made.
type Step struct {
	N    int    // counted from 1 over all calls
	Call string // "begin", "stage", "sync", "reread", "commit", "finish", "discard", "open", "stat", "list", "remove", "sweep"
	Key  string // where the call has one
}

// Hook decides on a step: nil lets it happen, an error is returned in its
// stead. It may wait, for another goroutine or for ctx.
type Hook func(ctx context.Context, s Step) error

// WithFaults asks hook before every call on d and its batches. Steps that run
// at once are numbered in the order in which they ask.
func WithFaults(d storage.Destination, hook Hook) storage.Destination {
	return &faulty{d: d, hook: hook}
}

type faulty struct {
	d    storage.Destination
	hook Hook

	mu sync.Mutex
	n  int
}

var _ storage.Destination = (*faulty)(nil)

func (f *faulty) ask(ctx context.Context, call, key string) error {
	f.mu.Lock()
	f.n++
	s := Step{N: f.n, Call: call, Key: key}
	f.mu.Unlock()
	return f.hook(ctx, s)
}

func (f *faulty) Abilities() storage.Abilities { return f.d.Abilities() }

func (f *faulty) Begin(ctx context.Context, attempt string) (storage.Batch, error) {
	if err := f.ask(ctx, "begin", ""); err != nil {
		return nil, err
	}
	b, err := f.d.Begin(ctx, attempt)
	if err != nil {
		return nil, err
	}
	return &faultyBatch{b, f}, nil
}

func (f *faulty) Open(ctx context.Context, key string) (io.ReadCloser, storage.Object, error) {
	if err := f.ask(ctx, "open", key); err != nil {
		return nil, storage.Object{}, err
	}
	return f.d.Open(ctx, key)
}

func (f *faulty) Stat(ctx context.Context, key string) (storage.Object, error) {
	if err := f.ask(ctx, "stat", key); err != nil {
		return storage.Object{}, err
	}
	return f.d.Stat(ctx, key)
}

func (f *faulty) List(ctx context.Context, prefix string) iter.Seq2[storage.Object, error] {
	return func(yield func(storage.Object, error) bool) {
		if err := f.ask(ctx, "list", prefix); err != nil {
			yield(storage.Object{}, err)
			return
		}
		f.d.List(ctx, prefix)(yield)
	}
}

func (f *faulty) Remove(ctx context.Context, o storage.Object) error {
	if err := f.ask(ctx, "remove", o.Key); err != nil {
		return err
	}
	return f.d.Remove(ctx, o)
}

func (f *faulty) Sweep(ctx context.Context, live func(string) bool) (int, error) {
	if err := f.ask(ctx, "sweep", ""); err != nil {
		return 0, err
	}
	return f.d.Sweep(ctx, live)
}

type faultyBatch struct {
	b storage.Batch
	f *faulty
}

func (b *faultyBatch) Stage(ctx context.Context, key string, content io.Reader, size int64) (storage.Staged, error) {
	if err := b.f.ask(ctx, "stage", key); err != nil {
		return storage.Staged{}, err
	}
	return b.b.Stage(ctx, key, content, size)
}

func (b *faultyBatch) Sync(ctx context.Context) error {
	if err := b.f.ask(ctx, "sync", ""); err != nil {
		return err
	}
	return b.b.Sync(ctx)
}

func (b *faultyBatch) Reread(ctx context.Context, s storage.Staged) (io.ReadCloser, error) {
	if err := b.f.ask(ctx, "reread", s.Key); err != nil {
		return nil, err
	}
	return b.b.Reread(ctx, s)
}

func (b *faultyBatch) Commit(ctx context.Context, s storage.Staged) (storage.Object, error) {
	if err := b.f.ask(ctx, "commit", s.Key); err != nil {
		return storage.Object{}, err
	}
	return b.b.Commit(ctx, s)
}

func (b *faultyBatch) Rename(s storage.Staged, key string) storage.Staged { return b.b.Rename(s, key) }

func (b *faultyBatch) Finish(ctx context.Context) error {
	if err := b.f.ask(ctx, "finish", ""); err != nil {
		return err
	}
	return b.b.Finish(ctx)
}

func (b *faultyBatch) Discard(ctx context.Context) error {
	if err := b.f.ask(ctx, "discard", ""); err != nil {
		return err
	}
	return b.b.Discard(ctx)
}
