package filesystem

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/backstay/backstay/engine/storage"
)

// BenchmarkBackup copies the tree that BACKSTAY_BENCH_TREE names, or one of
// 2,000 small files, as an apply does: staged and digested by two workers,
// synced, read back and digested again, committed, folders synced.
func BenchmarkBackup(b *testing.B) {
	tree := os.Getenv("BACKSTAY_BENCH_TREE")
	if tree == "" {
		tree = b.TempDir()
		grow(b, tree, 2, 10, 100)
	}
	out := os.Getenv("BACKSTAY_BENCH_OUT")
	if out == "" {
		out = b.TempDir()
	}
	s, err := OpenSource(tree, SourceOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	run := 0
	before := cpu(b)
	for b.Loop() {
		run++
		d, err := OpenDestination(filepath.Join(out, fmt.Sprint("run-", run)), DestinationOptions{Create: true})
		if err != nil {
			b.Fatal(err)
		}
		if err := backup(s, d); err != nil {
			b.Fatal(err)
		}
		if err := d.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu(b)-before).Milliseconds())/float64(run), "cpu-ms/op")
}

// copied is one file on its way.
type copied struct {
	e      storage.Entry
	staged storage.Staged
	sum    [sha256.Size]byte
}

// batchBytes ends a batch that is large before it has a thousand files.
const batchBytes = 2 << 30

func backup(s *Source, d *Destination) error {
	var batch []*copied
	var bytes int64
	n := 0
	for e, err := range s.List(context.Background()) {
		if err != nil {
			return err
		}
		if e.Kind != storage.File {
			continue
		}
		batch, bytes = append(batch, &copied{e: e}), bytes+e.Size
		if len(batch) == 1000 || bytes > batchBytes {
			n++
			if err := copyBatch(s, d, fmt.Sprint("b", n), batch); err != nil {
				return err
			}
			batch, bytes = batch[:0], 0
		}
	}
	return copyBatch(s, d, "last", batch)
}

func copyBatch(s *Source, d *Destination, attempt string, batch []*copied) error {
	ctx := context.Background()
	b, err := d.Begin(ctx, attempt)
	if err != nil {
		return err
	}
	if err := each(batch, func(c *copied) error { return c.stage(ctx, s, b) }); err != nil {
		return err
	}
	if err := b.Sync(ctx); err != nil {
		return err
	}
	if err := each(batch, func(c *copied) error { return c.verify(ctx, b) }); err != nil {
		return err
	}
	return b.Finish(ctx)
}

// each acts on all with two workers.
func each(batch []*copied, act func(*copied) error) error {
	var group sync.WaitGroup
	errs := make([]error, 2)
	next := make(chan *copied)
	for i := range errs {
		group.Go(func() {
			for c := range next {
				errs[i] = errors.Join(errs[i], act(c))
			}
		})
	}
	for _, c := range batch {
		next <- c
	}
	close(next)
	group.Wait()
	return errors.Join(errs...)
}

func (c *copied) stage(ctx context.Context, s *Source, b storage.Batch) error {
	in, err := s.Open(ctx, c.e)
	if err != nil {
		return err
	}
	h := sha256.New()
	if c.staged, err = b.Stage(ctx, c.e.Path, io.TeeReader(in, h), c.e.Size); err != nil {
		return err
	}
	h.Sum(c.sum[:0])
	return errors.Join(in.Unchanged(), in.Close())
}

func (c *copied) verify(ctx context.Context, b storage.Batch) error {
	r, err := b.Reread(ctx, c.staged)
	if err != nil {
		return err
	}
	h := sha256.New()
	buf, giveBack := borrow(c.staged.Size)
	defer giveBack()
	if _, err := io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{r}, buf); err != nil {
		return err
	}
	if err := r.Close(); err != nil {
		return err
	}
	if !bytes.Equal(h.Sum(nil), c.sum[:]) {
		return fmt.Errorf("%q: read back other bytes", c.e.Path)
	}
	_, err = b.Commit(ctx, c.staged)
	return err
}
