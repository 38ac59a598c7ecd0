package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/backstay/backstay/engine/storage"
)

// batch is a group of puts. Its staged content is the destination's, as it
// would be on a disk: it outlives a batch that nobody ended.
type batch struct {
	d       *Destination
	attempt string
	over    bool // under d.mu
}

type staged struct{ data []byte }

var _ storage.Batch = (*batch)(nil)

// Begin opens a batch.
func (d *Destination) Begin(ctx context.Context, attempt string) (storage.Batch, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if attempt == "" || strings.ContainsAny(attempt, "/\x00\\:") || strings.HasPrefix(attempt, ".") {
		return nil, fmt.Errorf("attempt %q: %w", attempt, storage.ErrEscape)
	}
	return &batch{d: d, attempt: attempt}, nil
}

// Stage reads content whole.
func (b *batch) Stage(ctx context.Context, key string, content io.Reader, _ int64) (storage.Staged, error) {
	if err := checkKey(ctx, key); err != nil {
		return storage.Staged{}, err
	}
	data, err := io.ReadAll(content)
	if err != nil {
		return storage.Staged{}, err
	}
	b.d.mu.Lock()
	defer b.d.mu.Unlock()
	if b.over {
		return storage.Staged{}, errBatchOver
	}
	s := &staged{data}
	if b.d.staged[b.attempt] == nil {
		b.d.staged[b.attempt] = map[*staged]struct{}{}
	}
	b.d.staged[b.attempt][s] = struct{}{}
	return storage.Staged{Key: key, Size: int64(len(data)), Ref: s}, nil
}

// Sync has nothing to do.
func (b *batch) Sync(ctx context.Context) error { return b.usable(ctx) }

func (b *batch) usable(ctx context.Context) error {
	b.d.mu.Lock()
	defer b.d.mu.Unlock()
	if b.over {
		return errBatchOver
	}
	return context.Cause(ctx)
}

// own finds staged content; d.mu is held.
func (b *batch) own(st storage.Staged) (*staged, error) {
	s, ok := st.Ref.(*staged)
	if b.over {
		return nil, errBatchOver
	}
	if _, mine := b.d.staged[b.attempt][s]; !ok || !mine {
		return nil, fmt.Errorf("staged %q: %w", st.Key, storage.ErrNotExist)
	}
	return s, nil
}

// Reread reads staged content.
func (b *batch) Reread(ctx context.Context, st storage.Staged) (io.ReadCloser, error) {
	b.d.mu.Lock()
	defer b.d.mu.Unlock()
	s, err := b.own(st)
	if err = errors.Join(err, context.Cause(ctx)); err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(s.data)), nil
}

// Commit gives staged content its key. As in a tree of files, a key cannot go
// through another one.
func (b *batch) Commit(ctx context.Context, st storage.Staged) (storage.Object, error) {
	if err := checkKey(ctx, st.Key); err != nil {
		return storage.Object{}, err
	}
	b.d.mu.Lock()
	defer b.d.mu.Unlock()
	s, err := b.own(st)
	if err != nil {
		return storage.Object{}, err
	}
	if err := b.d.free(st.Key); err != nil {
		return storage.Object{}, fmt.Errorf("commit %q: %w", st.Key, err)
	}
	b.d.last++
	o := storage.Object{Key: st.Key, Size: int64(len(s.data)), MTime: b.d.last, ID: "m" + strconv.FormatInt(b.d.last, 10)}
	b.d.put(stored{o, s.data})
	delete(b.d.staged[b.attempt], s)
	return o, nil
}

// free tells whether a key can be taken; d.mu is held.
func (d *Destination) free(key string) error {
	if _, taken := d.objects[key]; taken {
		return storage.ErrExists
	}
	for folder := range folders(key) {
		if _, object := d.objects[folder]; object {
			return storage.ErrNotFolder
		}
	}
	if d.folders[key] > 0 {
		return storage.ErrExists
	}
	return nil
}

// folders gives the folders above a key.
func folders(key string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range len(key) {
			if key[i] == '/' && !yield(key[:i]) {
				return
			}
		}
	}
}

// put stores an object, or removes it if its ID is empty; d.mu is held.
func (d *Destination) put(o stored) {
	by := 1
	if o.object.ID == "" {
		by = -1
		delete(d.objects, o.object.Key)
	} else {
		d.objects[o.object.Key] = o
	}
	for folder := range folders(o.object.Key) {
		d.folders[folder] += by
	}
}

// Rename gives staged content another key.
func (b *batch) Rename(s storage.Staged, key string) storage.Staged {
	s.Key = key
	return s
}

// Finish ends the batch.
func (b *batch) Finish(ctx context.Context) error {
	if err := b.usable(ctx); err != nil {
		return err
	}
	return b.Discard(ctx)
}

// Discard drops what was not committed and ends the batch.
func (b *batch) Discard(context.Context) error {
	b.d.mu.Lock()
	defer b.d.mu.Unlock()
	b.over = true
	delete(b.d.staged, b.attempt)
	return nil
}
