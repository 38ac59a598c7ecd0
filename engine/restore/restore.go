// Package restore brings versions back: it chooses one version of each object
// and the best copy of it, writes it below a root while its digest is compared,
// and puts links, owners, modes, times and attributes back.
//
// In goes the stream of recorded copies in path order, open destinations and a
// root to write below; out come counts, and the problems by name. Memory is
// bounded by depth and parallelism. The package never reads a copy that is
// known to be bad, never replaces a file unless asked to, never follows a link,
// and never writes to a destination or a record. Wake asks for copies that are
// archived, and waits for them.
package restore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/internal/guard"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/addr"
)

// Request is one restore.
type Request struct {
	Sources []Source
	// Stores are the open destinations by instance name. Copies at others are
	// not candidates.
	Stores map[string]storage.Destination
	Root   storage.Restorer
	// Want chooses among the copies (path, claim); nil takes all.
	Want func(*record.Copy) bool
	// At is the instant whose versions are wanted; zero: the present ones.
	At time.Time
	// Gone brings vanished objects back too.
	Gone      bool
	Overwrite bool
	DryRun    bool
	// Parallelism is how many files are written at once; 0 takes 4.
	Parallelism int
	Clock       clock.Clock
	// Observe is told of progress and problems, one at a time. May be nil.
	Observe func(Event)
	Expect  plan.Count
	// Buried tells whether a copy of an object was removed for good since At; nil:
	// none was. It is asked for every path on record.
	Buried func(ctx context.Context, source, path string) (bool, error)
	// Bad is told of each copy that turns out to be missing or damaged, one at a
	// time; its row is as it is recorded. May be nil.
	Bad func(row record.Copy, status record.Status)
}

// Source is one source whose objects are wanted. They are written as
// Prefix + path; Prefix is "" or ends in "/".
type Source struct {
	Name   string
	Prefix string
	// Copies are all recorded copies of the source in the order of path,
	// destination, version.
	Copies iter.Seq2[record.Copy, error]
	// Root is the metadata of the source's own folder; nil: it is not put back.
	Root *storage.Meta
}

// Result is what a restore brought back.
type Result struct {
	Restored plan.Count
	Present  plan.Count // already there with the same bytes
	Entries  int64      // folders and links
	Failed   int64
	Problems []Problem // the first; Failed is whole
	Notes    []Problem // objects that are back, but not in every respect

	// What At asks for and no copy has. Removed objects on record have lost a copy
	// since, and have none of that time left; Later ones were first copied after it.
	// Buried is how many paths on record have lost a copy since.
	Removed, Later, Buried int64
}

// Problem names one object that did not come back as recorded.
type Problem struct {
	Source, Path, Destination, Key string
	What                           What
	Detail                         string
}

// What is the kind of a problem.
type What string

// The kinds of problem.
const (
	NoCopy   What = "no_copy"  // no whole copy of the version can be read
	Exists   What = "exists"   // something else is there, and Overwrite was not asked for
	Unsafe   What = "unsafe"   // the path could lead out of the root
	Failed   What = "failed"   // it could not be written
	Metadata What = "metadata" // owner, mode, times or attributes could not all be set
	Removed  What = "removed"  // the version of the wanted time was removed for good
	Unlinked What = "unlinked" // restored as a file of its own, not as a link of its group
	Fallback What = "fallback" // a copy was bad; another one was read instead
)

// Event is progress, or a problem where that is set.
type Event struct {
	At             time.Time
	Problem        *Problem
	Objects, Bytes int64
	Expect         plan.Count
	Failed         int64
}

const (
	defaultWork = 4
	maxProblems = 100
	reportEvery = time.Second
)

// Run restores. What concerns one object is in the result; the error is what
// ended the run: records that cannot be read, a full or read-only disk, ctx.
// Run again, it finds what is there already and carries on.
func Run(ctx context.Context, req Request) (Result, error) {
	if req.Parallelism <= 0 {
		req.Parallelism = defaultWork
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &restorer{Request: req, halt: cancel}
	stop := r.report()
	defer stop()
	for _, s := range req.Sources {
		if err := r.source(ctx, s); err != nil {
			return r.sum(), fmt.Errorf("restore %s: %w", s.Name, err)
		}
	}
	if f, ok := req.Root.(flusher); ok && !req.DryRun {
		if err := f.Flush(ctx); err != nil {
			return r.sum(), fmt.Errorf("make what was restored durable: %w", err)
		}
	}
	return r.sum(), nil
}

// flusher is a Restorer that writes lazily until it is told to sync.
type flusher interface {
	Flush(ctx context.Context) error
}

// restorer is one restore under way.
type restorer struct {
	Request
	tally
	halt context.CancelCauseFunc
}

// source restores the objects of one source in path order: folders are made on
// the way, files are written by workers, and a folder's own metadata comes once
// everything below it is done.
func (r *restorer) source(ctx context.Context, s Source) error {
	jobs := make(chan job)
	var workers sync.WaitGroup
	for range r.Parallelism {
		workers.Go(func() {
			defer guard.Recover()
			for j := range jobs {
				r.file(ctx, s, j)
				j.folder.leave(ctx)
			}
		})
	}
	t := newTree(r, s)
	links := newGroups()
	err := func() error {
		defer workers.Wait()
		defer close(jobs)
		for rows, err := range r.versions(ctx, s) {
			if err != nil {
				return err
			}
			if err := r.object(ctx, s, t, links, rows, jobs); err != nil {
				return err
			}
		}
		return nil
	}()
	t.close(ctx)
	if err == nil && ctx.Err() == nil {
		r.root(ctx, s)
	}
	return errors.Join(err, context.Cause(ctx))
}

// root puts the metadata of the source's own folder back, last of all.
func (r *restorer) root(ctx context.Context, s Source) {
	if _, again := r.Root.(storage.Recreator); again || s.Root == nil || r.DryRun {
		return
	}
	if s.Prefix != "" {
		r.setMeta(ctx, s, &record.Copy{}, s.Root, true)
		return
	}
	root, ok := r.Root.(storage.RootRestorer)
	if !ok {
		return
	}
	if there, err := root.RootMeta(ctx); err == nil && sameMeta(&there, s.Root) {
		return
	}
	problems, err := root.SetRootMeta(ctx, *s.Root)
	r.metaNotes(s, &record.Copy{}, problems, err)
}

// object makes an entry, or sends a file to a worker.
func (r *restorer) object(ctx context.Context, s Source, t *tree, links *groups, rows []record.Copy, jobs chan<- job) error {
	row := &rows[0]
	if !addr.CheckPath(row.Path) {
		r.problem(s, row, Unsafe, errors.New("the path could lead out of the folder that is restored into"))
		return nil
	}
	if r.DryRun {
		r.dry(row)
		return nil
	}
	folder, err := t.enter(ctx, row)
	if err != nil {
		if ended(ctx, err) {
			return err
		}
		r.problem(s, row, Failed, err)
		return nil
	}
	switch row.Kind {
	case "directory":
		r.entry()
		return nil
	case "symlink":
		r.symlink(ctx, s, row)
		return nil
	}
	j := job{rows: rows, folder: folder, group: links.join(row)}
	folder.add()
	select {
	case jobs <- j:
		return nil
	case <-ctx.Done():
		folder.leave(ctx)
		return context.Cause(ctx)
	}
}

// ended tells errors that no other object would be spared.
func ended(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, storage.ErrNoSpace) || errors.Is(err, storage.ErrReadOnly)
}
