package dnanexus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

var errBatchOver = errors.New("batch is over; this is a bug in backstay")

// batch is a group of puts. Parts of what is staged leave in the background;
// Sync waits for them, closes the files and compares what the platform says.
type batch struct {
	d       *Destination
	attempt string
	ctx     context.Context // of what runs in the background

	mu     sync.Mutex
	over   bool
	staged map[*staged]struct{} // not committed
	fresh  []*staged            // not synced
}

// staged is the driver's part of a storage.Staged. After Sync it is for one
// goroutine at a time.
type staged struct {
	key        string // where the file lies
	size       int64
	up         *wire.Upload
	provenance *storage.Provenance // nil: none was told

	synced bool
	err    error       // why it can never be a copy
	file   wire.Object // as the platform describes it
	sent   []wire.Sent
	rivals []wire.Object // other files of the key, as they were last seen
	aside  bool          // marked as stepped back
}

var (
	_ storage.Batch     = (*batch)(nil)
	_ storage.Checked   = (*batch)(nil)
	_ storage.Described = (*batch)(nil)
	_ storage.Parted    = (*batch)(nil)
)

// Begin opens a batch. It makes no call.
func (d *Destination) Begin(ctx context.Context, attempt string) (storage.Batch, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if attempt == "" || strings.ContainsAny(attempt, "/\x00\\:") || strings.HasPrefix(attempt, ".") {
		return nil, fmt.Errorf("attempt %q: %w", attempt, storage.ErrEscape)
	}
	b := &batch{d: d, attempt: attempt, ctx: ctx, staged: map[*staged]struct{}{}}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.batches[b] = struct{}{}
	return b, nil
}

// Stage takes content in and lets its parts go; what becomes of them Sync and
// the calls after it tell.
func (b *batch) Stage(ctx context.Context, key string, content io.Reader, size int64) (storage.Staged, error) {
	if err := errors.Join(context.Cause(ctx), checkKey(key), b.usable()); err != nil {
		return storage.Staged{}, err
	}
	s := &staged{key: key}
	s.up = b.d.c.Upload(b.ctx, func(ctx context.Context) (string, error) { return b.create(ctx, key) })
	end := context.AfterFunc(ctx, func() { s.up.Stop(context.Cause(ctx)) })
	n, err := s.up.ReadAll(content, size, cutOf(content))
	end()
	if err != nil {
		file, _, _ := s.up.Wait() // the error is known
		return storage.Staged{}, errors.Join(err, b.forget(file))
	}
	s.size = n
	b.mu.Lock()
	defer b.mu.Unlock()
	b.staged[s] = struct{}{}
	b.fresh = append(b.fresh, s)
	return storage.Staged{Key: key, Size: n, Ref: s}, nil
}

// Parted tells that content which comes in parts keeps them.
func (b *batch) Parted() bool { return true }

// cutOf is how content came; nil if it tells nothing of parts.
func cutOf(content io.Reader) wire.Summed {
	if s, ok := content.(storage.Summed); ok {
		return cut{s}
	}
	return nil
}

// cut is the parts of content as the wire takes them.
type cut struct{ storage.Summed }

func (c cut) PartAt(offset int64) (size int64, md5 string, ok bool) {
	p, ok := c.Summed.PartAt(offset)
	return p.Size, p.MD5, ok
}

func (b *batch) usable() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return errBatchOver
	}
	return nil
}

// create makes the file in its place, open and marked as staged.
func (b *batch) create(ctx context.Context, key string) (string, error) {
	folder, name := placeOf(key)
	var made struct {
		ID string `json:"id"`
	}
	err := b.d.c.Create(ctx, "file", map[string]any{
		"project": b.d.project, "folder": folder, "name": name, "parents": true,
		"properties": map[string]string{attemptProperty: b.attempt},
	}, &made)
	if err != nil {
		return "", fmt.Errorf("make a file for %q: %w", key, err)
	}
	return made.ID, nil
}

// forget removes a file that nobody will commit; "" is none.
func (b *batch) forget(file string) error {
	if file == "" {
		return nil
	}
	return b.drop([]string{file})
}

// parting bounds how long a batch that ends tries to remove what it leaves: a
// user who interrupts a run waits for it, and the next run sweeps the rest.
const parting = time.Minute

func (b *batch) drop(files []string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), parting)
	defer cancel()
	return b.d.removeFiles(ctx, files)
}

// Describe notes where a copy comes from. It goes to the platform with Sync,
// because a closed file takes no details any more.
func (b *batch) Describe(ctx context.Context, st storage.Staged, p storage.Provenance) error {
	s, err := b.own(st)
	if err := errors.Join(context.Cause(ctx), err); err != nil {
		return err
	}
	if s.synced {
		return fmt.Errorf("%q was described after it was synced; this is a bug in backstay", st.Key)
	}
	s.provenance = &p
	return nil
}

// own finds the driver's part of what this batch staged and did not commit.
func (b *batch) own(st storage.Staged) (*staged, error) {
	s, ok := st.Ref.(*staged)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return nil, errBatchOver
	}
	if _, mine := b.staged[s]; !ok || !mine {
		return nil, fmt.Errorf("staged %q: %w", st.Key, storage.ErrNotExist)
	}
	return s, nil
}

// ready gives a staged file that is synced and can become a copy.
func (b *batch) ready(ctx context.Context, st storage.Staged) (*staged, error) {
	s, err := b.own(st)
	if err := errors.Join(context.Cause(ctx), err); err != nil {
		return nil, err
	}
	if !s.synced {
		if err := b.Sync(ctx); err != nil {
			return nil, err
		}
		if !s.synced {
			return nil, fmt.Errorf("%q is used while it is synced; this is a bug in backstay", st.Key)
		}
	}
	return s, s.err
}

// Reread reads staged content back.
func (b *batch) Reread(ctx context.Context, st storage.Staged) (io.ReadCloser, error) {
	s, err := b.ready(ctx, st)
	if err != nil {
		return nil, err
	}
	return b.d.read(ctx, &s.file)
}

// Rename gives staged content another key to be committed under.
func (b *batch) Rename(s storage.Staged, key string) storage.Staged {
	s.Key = key
	return s
}

// Finish has nothing left to make durable: it drops what was not committed and
// ends the batch.
func (b *batch) Finish(ctx context.Context) error {
	if err := errors.Join(context.Cause(ctx), b.usable()); err != nil {
		return err
	}
	return b.Discard(ctx)
}

var errDiscarded = errors.New("the batch was discarded")

// Discard stops what is under way, removes what was staged and not committed,
// and ends the batch. It works with a context that is done.
func (b *batch) Discard(context.Context) error {
	b.mu.Lock()
	left := slices.Collect(maps.Keys(b.staged))
	b.over, b.fresh = true, nil
	b.mu.Unlock()
	for _, s := range left {
		s.up.Stop(errDiscarded)
	}
	var files []string
	for _, s := range left {
		if file, _, _ := s.up.Wait(); file != "" { // what failed is discarded too
			files = append(files, file)
		}
	}
	slices.Sort(files)
	if err := b.drop(files); err != nil {
		return fmt.Errorf("remove what was staged: %w", err)
	}
	b.mu.Lock()
	clear(b.staged)
	b.mu.Unlock()
	b.d.mu.Lock()
	defer b.d.mu.Unlock()
	delete(b.d.batches, b)
	return nil
}

// appear waits until every staged file is made.
func (b *batch) appear() {
	b.mu.Lock()
	all := slices.Collect(maps.Keys(b.staged))
	b.mu.Unlock()
	for _, s := range all {
		_, _ = s.up.File() // one that cannot be made is told by Sync
	}
}
