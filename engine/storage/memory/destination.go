// Package memory keeps sources and destinations in memory, for tests of what
// stands on them.
//
// They obey the contract of package storage whole. Faults are added by
// WithFaults, to them or to any other destination, so that a step fails, waits
// or stops where a test wants it. Nothing here reaches a disk or a network.
package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema/addr"
)

// Destination is a store of objects in memory. It is safe for concurrent use.
type Destination struct {
	abilities storage.Abilities

	mu      sync.Mutex
	objects map[string]stored
	folders map[string]int                  // how many objects lie below
	staged  map[string]map[*staged]struct{} // by attempt
	last    int64                           // id of the last object
}

type stored struct {
	object storage.Object
	data   []byte
}

var _ storage.Destination = (*Destination)(nil)

// NewDestination makes an empty store. Exclusive and UncachedRead are set: it
// has both.
func NewDestination(a storage.Abilities) *Destination {
	a.Exclusive, a.UncachedRead = true, true
	if a.Media == "" {
		a.Media = "object"
	}
	return &Destination{abilities: a, objects: map[string]stored{}, folders: map[string]int{}, staged: map[string]map[*staged]struct{}{}}
}

// Abilities are those it was made with.
func (d *Destination) Abilities() storage.Abilities { return d.abilities }

// Corrupt flips a bit of a stored object, as a disk does: the object's facts
// stay as they are. It tells whether there was something to flip.
func (d *Destination) Corrupt(key string, at int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, ok := d.objects[key]
	if !ok || at >= len(o.data) {
		return false
	}
	o.data = bytes.Clone(o.data)
	o.data[at] ^= 1
	d.objects[key] = o
	return true
}

// Lose removes an object behind everybody's back.
func (d *Destination) Lose(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.objects[key]; ok {
		d.put(stored{object: storage.Object{Key: key}})
	}
}

func checkKey(ctx context.Context, key string) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if !addr.CheckPath(key) || addr.IsFolder(key) {
		return fmt.Errorf("key %q: %w", key, storage.ErrEscape)
	}
	return nil
}

func (d *Destination) find(ctx context.Context, step, key string) (stored, error) {
	if err := checkKey(ctx, key); err != nil {
		return stored{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	o, ok := d.objects[key]
	if !ok {
		return stored{}, fmt.Errorf("%s %q: %w", step, key, storage.ErrNotExist)
	}
	return o, nil
}

// Open reads an object.
func (d *Destination) Open(ctx context.Context, key string) (io.ReadCloser, storage.Object, error) {
	o, err := d.find(ctx, "open", key)
	if err != nil {
		return nil, storage.Object{}, err
	}
	return io.NopCloser(bytes.NewReader(o.data)), o.object, nil
}

// Stat gives an object's facts.
func (d *Destination) Stat(ctx context.Context, key string) (storage.Object, error) {
	o, err := d.find(ctx, "stat", key)
	return o.object, err
}

// List gives the objects that are there when it begins.
func (d *Destination) List(ctx context.Context, prefix string) iter.Seq2[storage.Object, error] {
	return func(yield func(storage.Object, error) bool) {
		for _, o := range d.snapshot(prefix) {
			if err := context.Cause(ctx); err != nil {
				yield(storage.Object{}, err)
				return
			}
			if !yield(o, nil) {
				return
			}
		}
		if err := context.Cause(ctx); err != nil {
			yield(storage.Object{}, err)
		}
	}
}

func (d *Destination) snapshot(prefix string) []storage.Object {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []storage.Object
	for key, o := range d.objects {
		if strings.HasPrefix(key, prefix) {
			out = append(out, o.object)
		}
	}
	slices.SortFunc(out, func(a, b storage.Object) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// Remove removes the very object.
func (d *Destination) Remove(ctx context.Context, o storage.Object) error {
	if err := checkKey(ctx, o.Key); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	there, ok := d.objects[o.Key]
	switch {
	case !ok:
		return fmt.Errorf("remove %q: %w", o.Key, storage.ErrNotExist)
	case there.object.ID != o.ID || there.object.Size != o.Size:
		return fmt.Errorf("remove %q: %w", o.Key, storage.ErrChanged)
	}
	d.put(stored{object: storage.Object{Key: o.Key}})
	return nil
}

// Sweep drops what dead attempts staged.
func (d *Destination) Sweep(ctx context.Context, live func(attempt string) bool) (int, error) {
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for attempt, staged := range d.staged {
		if !live(attempt) {
			n += len(staged)
			delete(d.staged, attempt)
		}
	}
	return n, nil
}

var errBatchOver = errors.New("batch is over; this is a bug in backstay")
