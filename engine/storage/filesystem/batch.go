package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/backstay/backstay/engine/storage"
)

const (
	// fewFiles are synced one by one; more with one call for all, which also
	// writes what others have dirty on the same file system.
	fewFiles = 4
	// primeLimit bounds the files that Sync has read ahead for Reread, so that
	// a thousand small files are not a thousand waits for the disk.
	primeLimit = 1 << 20
	// stageHole is how long a run of zeros must be to become a hole of a copy.
	stageHole = smallBuffer
)

var errBatchOver = errors.New("batch is over; this is a bug in backstay")

// batch is a group of puts. Content is staged without a name, or in tmpFolder,
// and gets its key by an exclusive link or rename.
type batch struct {
	d       *Destination
	attempt string

	mu      sync.Mutex
	over    bool
	count   int64
	staged  map[*staged]struct{} // not committed
	mover   mover
	fresh   []*staged           // not synced
	touched map[string]struct{} // folders to sync; nil: too many, sync all
}

// staged is the driver's part of a storage.Staged.
type staged struct {
	path   string        // "" if it has no name yet: then f is all there is of it
	entry  storage.Entry // facts after the last byte
	f      *file         // still open from staging; nil once closed
	kept   bool          // counted as an open file of the destination's
	primed bool          // dropped from the cache after the sync, and on its way back from the disk
}

var _ storage.Batch = (*batch)(nil)

// Begin opens a batch; attempt is of letters, digits, ".", "_" and "-".
func (d *Destination) Begin(ctx context.Context, attempt string) (storage.Batch, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if attempt == "" || strings.ContainsAny(attempt, "/\x00\\:") || strings.HasPrefix(attempt, ".") {
		return nil, fmt.Errorf("attempt %q: %w", attempt, storage.ErrEscape)
	}
	b := &batch{d: d, attempt: attempt, staged: map[*staged]struct{}{}, mover: mover{root: d.root}, touched: map[string]struct{}{}}
	if err := b.mkdirAll(strings.TrimSuffix(tmpFolder, "/")); err != nil {
		return nil, err
	}
	return b, nil
}

// Stage writes content without a name, or under a temporary one.
func (b *batch) Stage(ctx context.Context, key string, content io.Reader, size int64) (storage.Staged, error) {
	if err := checkKey(key); err != nil {
		return storage.Staged{}, err
	}
	s, err := b.create(size)
	if err != nil {
		return storage.Staged{}, err
	}
	f := s.f
	n, err := copyInto(ctx, f, content, size, stageHole)
	if err == nil {
		s.entry, err = f.facts()
	}
	if err == nil && s.entry.Size != n {
		err = fmt.Errorf("write %q: %d bytes are there, %d were written", f.name, s.entry.Size, n)
	}
	if err == nil {
		err = f.exact(s.entry.Mode)
	}
	if err == nil && !b.d.keep(s) {
		err = b.d.close(s)
	}
	if err != nil {
		return storage.Staged{}, errors.Join(err, b.drop(s))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.staged[s] = struct{}{}
	b.fresh = append(b.fresh, s)
	return storage.Staged{Key: key, Size: n, Ref: s}, nil
}

// create makes a file to stage into.
func (b *batch) create(size int64) (*staged, error) {
	path, err := b.next()
	if err != nil {
		return nil, err
	}
	if s := b.d.blank(b.attempt, size); s != nil {
		return s, nil
	}
	f, err := b.d.root.create(path)
	if err != nil {
		return nil, err
	}
	return &staged{path: path, f: f}, nil
}

// drop removes what was staged.
func (b *batch) drop(s *staged) error {
	err := b.d.close(s)
	if s.path == "" {
		return err
	}
	return errors.Join(err, b.d.root.remove(s.path))
}

// next gives a new temporary path.
func (b *batch) next() (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return "", errBatchOver
	}
	b.count++
	return temporary(b.attempt, b.count), nil
}

// Sync makes staged content durable and has what is small read ahead.
func (b *batch) Sync(ctx context.Context) error {
	b.mu.Lock()
	fresh, over := b.fresh, b.over
	b.fresh = nil
	b.mu.Unlock()
	if over {
		return errBatchOver
	}
	if err := b.syncContent(ctx, fresh); err != nil {
		b.mu.Lock()
		b.fresh = append(b.fresh, fresh...)
		b.mu.Unlock()
		return err
	}
	return b.prime(ctx, fresh)
}

func (b *batch) syncContent(ctx context.Context, fresh []*staged) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if groupSync && len(fresh) > fewFiles {
		return b.d.root.syncAll()
	}
	for _, s := range fresh {
		if err := errors.Join(b.syncOne(s), context.Cause(ctx)); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) syncOne(s *staged) error {
	if s.f != nil {
		return s.f.sync()
	}
	f, err := b.d.root.openForSync(s.path)
	if err != nil {
		return err
	}
	return errors.Join(f.sync(), f.Close())
}

// prime drops files from the cache and has the disk read them while others are
// compared.
func (b *batch) prime(ctx context.Context, fresh []*staged) error {
	if !b.d.abilities.UncachedRead {
		return nil
	}
	for _, s := range fresh {
		if s.entry.Size > primeLimit {
			continue
		}
		if err := errors.Join(b.primeOne(s), context.Cause(ctx)); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) primeOne(s *staged) (err error) {
	f := s.f
	if f == nil {
		if f, _, err = b.d.root.openFile(s.path); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
	}
	f.drop()
	f.ahead(0, s.entry.Size)
	s.primed = true
	return nil
}

// Reread reads staged content, after Sync: from the disk, where the system
// can drop it from the cache.
func (b *batch) Reread(ctx context.Context, st storage.Staged) (io.ReadCloser, error) {
	s, err := b.own(st)
	if err != nil {
		return nil, err
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	r := &reread{f: s.f, size: s.entry.Size}
	if r.f == nil {
		if r.f, _, err = b.d.root.openFile(s.path); err != nil {
			return nil, err
		}
		r.own = true
	}
	if b.d.abilities.UncachedRead && !s.primed {
		r.f.drop()
		r.f.sequential()
	}
	return r, nil
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

// Commit moves staged content to its key, which must be free. The folders
// above are made as they are needed; should a removal prune one of them in
// between, they are made again.
func (b *batch) Commit(ctx context.Context, st storage.Staged) (storage.Object, error) {
	s, err := b.own(st)
	if err := errors.Join(err, context.Cause(ctx), checkKey(st.Key)); err != nil {
		return storage.Object{}, err
	}
	if s.path != "" {
		if err := b.d.close(s); err != nil {
			return storage.Object{}, err
		}
	}
	err = b.move(s, st.Key)
	for try := 0; errors.Is(err, storage.ErrNotExist) && try < 10; try++ {
		if err = b.mkdirAll(folderOf(st.Key)); err == nil {
			err = b.move(s, st.Key)
		}
	}
	if err != nil {
		return storage.Object{}, err
	}
	_ = b.d.close(s) // its bytes were synced: there is nothing to lose
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.staged, s)
	b.touch(folderOf(st.Key))
	return object(st.Key, s.entry), nil
}

func (b *batch) move(s *staged, to string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s.path == "" {
		return b.d.nameless.link(s.f, &b.mover, to)
	}
	return b.mover.moveNew(s.path, to)
}

// folderOf is the folder that a key lies in, "" for the root.
func folderOf(key string) string {
	return key[:max(strings.LastIndexByte(key, '/'), 0)]
}

// mkdirAll makes a folder and those above it.
func (b *batch) mkdirAll(path string) error {
	made, err := b.d.root.mkdirAll(path)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range made {
		b.touch(folderOf(m))
	}
	return err
}

// touch notes a folder whose names must be synced.
func (b *batch) touch(folder string) {
	if b.touched == nil {
		return
	}
	b.touched[folder] = struct{}{}
	if groupSync && len(b.touched) > fewFiles {
		b.touched = nil
	}
}

// Rename gives staged content another key to be committed under.
func (b *batch) Rename(s storage.Staged, key string) storage.Staged {
	s.Key = key
	return s
}

// Finish syncs the folders that got new names, drops what was not committed,
// and ends the batch.
func (b *batch) Finish(ctx context.Context) error {
	b.mu.Lock()
	touched, over := b.touched, b.over
	b.mu.Unlock()
	if over {
		return errBatchOver
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if removed := b.d.removed.Swap(false); touched == nil || removed {
		if err := b.d.root.syncAll(); err != nil {
			b.d.removed.Store(removed)
			return err
		}
	}
	for folder := range touched {
		err := b.d.root.syncFolder(folder)
		if err != nil && !errors.Is(err, storage.ErrNotExist) { // pruned: nothing left to sync
			return err
		}
	}
	return b.Discard(ctx)
}

// Discard removes what was staged and not committed, and ends the batch. It
// works with a context that is done, because that is when it is called.
func (b *batch) Discard(context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
	all := b.mover.close()
	for s := range b.staged {
		if err := b.drop(s); err != nil && !errors.Is(err, storage.ErrNotExist) {
			all = errors.Join(all, err)
			continue
		}
		delete(b.staged, s)
	}
	b.fresh = nil
	return all
}
