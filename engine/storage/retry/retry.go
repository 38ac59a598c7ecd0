// Package retry wraps a destination so that a store which cannot be reached for
// a moment is asked again, with growing pauses.
//
// In goes a destination and a clock, out comes a destination. Only errors that
// wrap storage.ErrUnreachable are tried again: every other one means the same
// the second time. Staging is passed through, because its content can be read
// only once; whoever owns the content tries again. The package never logs and
// never hides an error that lasts.
package retry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/storage"
)

// Pauses are the waits before each further try; they give a store about half a
// minute to come back.
var Pauses = []time.Duration{500 * time.Millisecond, 2 * time.Second, 8 * time.Second, 20 * time.Second}

// Destination asks d again where it cannot be reached.
func Destination(d storage.Destination, c clock.Clock) storage.Destination {
	return &destination{Destination: d, clock: c}
}

type destination struct {
	storage.Destination
	clock clock.Clock
}

var _ storage.Destination = (*destination)(nil)

// Unwrap gives the destination itself, for second interfaces.
func (d *destination) Unwrap() storage.Destination { return d.Destination }

// again calls f until it succeeds, fails for good, or the pauses are used up.
func again(ctx context.Context, c clock.Clock, f func() error) error {
	for _, pause := range Pauses {
		err := f()
		if err == nil || !errors.Is(err, storage.ErrUnreachable) {
			return err
		}
		if stop := c.Sleep(ctx, pause); stop != nil {
			return errors.Join(stop, err)
		}
	}
	if err := f(); err != nil {
		return fmt.Errorf("after %d tries: %w", len(Pauses)+1, err)
	}
	return nil
}

func (d *destination) Begin(ctx context.Context, attempt string) (b storage.Batch, err error) {
	err = again(ctx, d.clock, func() error {
		b, err = d.Destination.Begin(ctx, attempt)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &batch{Batch: b, clock: d.clock}, nil
}

func (d *destination) Open(ctx context.Context, key string) (r io.ReadCloser, o storage.Object, err error) {
	err = again(ctx, d.clock, func() error {
		r, o, err = d.Destination.Open(ctx, key)
		return err
	})
	return r, o, err
}

func (d *destination) Stat(ctx context.Context, key string) (o storage.Object, err error) {
	err = again(ctx, d.clock, func() error {
		o, err = d.Destination.Stat(ctx, key)
		return err
	})
	return o, err
}

// Remove may have removed the object although the answer was lost: then the
// next try finds nothing, which is what was wanted.
func (d *destination) Remove(ctx context.Context, o storage.Object) error {
	tried := false
	return again(ctx, d.clock, func() error {
		err := d.Destination.Remove(ctx, o)
		if tried && errors.Is(err, storage.ErrNotExist) {
			return nil
		}
		tried = true
		return err
	})
}

type batch struct {
	storage.Batch
	clock clock.Clock
}

var _ storage.Batch = (*batch)(nil)

// Unwrap gives the batch itself, for second interfaces.
func (b *batch) Unwrap() storage.Batch { return b.Batch }

func (b *batch) Sync(ctx context.Context) error {
	return again(ctx, b.clock, func() error { return b.Batch.Sync(ctx) })
}

func (b *batch) Reread(ctx context.Context, s storage.Staged) (r io.ReadCloser, err error) {
	err = again(ctx, b.clock, func() error {
		r, err = b.Batch.Reread(ctx, s)
		return err
	})
	return r, err
}

// Commit may have succeeded although the answer was lost: then the next try
// finds the key taken, and the caller compares digests and takes it over.
func (b *batch) Commit(ctx context.Context, s storage.Staged) (o storage.Object, err error) {
	err = again(ctx, b.clock, func() error {
		o, err = b.Batch.Commit(ctx, s)
		return err
	})
	return o, err
}

func (b *batch) Finish(ctx context.Context) error {
	return again(ctx, b.clock, func() error { return b.Batch.Finish(ctx) })
}
