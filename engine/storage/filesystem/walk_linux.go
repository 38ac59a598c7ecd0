package filesystem

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/backstay/backstay/engine/internal/guard"
	"github.com/backstay/backstay/engine/storage"
)

// The walk is a depth-first pass over folders whose entries are sorted with
// folders compared as name + "/", which makes it the byte order of paths. The
// caller's goroutine emits; workers read ahead the folders that come first in
// path order, and the caller reads itself what no worker has begun. So it
// never waits for nothing, and the order never depends on the workers.

const (
	// chunk is how many entries are statted at once. A folder of more is cut
	// into chunks after its names alone were read and sorted.
	chunk = 2048
	// aheadLimit is how many entries are read and not yet emitted, at most, but
	// for those of the folders above and of the one at hand.
	aheadLimit = 16 * chunk
)

// node is a folder, or a chunk of a large one, on its way through the walk.
type node struct {
	path    string // of the folder, with "/"; "" is the root
	from    device // of the folder as it was listed
	ready   bool
	err     error
	entries []storage.Entry // sorted
	dirs    []int32         // which entries are folders: the children
	large   *large          // set instead of entries: the children are chunks
	at      int             // chunk number in large, for a chunk
	kids    []*node         // children that were begun
	next    int             // first child that was not begun
}

// device is what a folder's device was in its parent's listing.
type device struct {
	known       bool
	own, parent uint64
}

func (n *node) children() int {
	if n.large != nil && n.at < 0 {
		return n.large.chunks()
	}
	return len(n.dirs)
}

// child makes the node of the i-th child.
func (n *node) child(i int) *node {
	if n.large != nil && n.at < 0 {
		return &node{path: n.path, large: n.large, at: i}
	}
	e := &n.entries[n.dirs[i]]
	return &node{path: e.Path, at: -1, from: device{known: true, own: e.Dev, parent: n.from.own}}
}

// key is the first path of the i-th child: its place in the order.
func (n *node) key(i int) string {
	if n.large != nil && n.at < 0 {
		return n.path + string(n.large.first(i))
	}
	return n.entries[n.dirs[i]].Path
}

// walker is one walk.
type walker struct {
	root   *root
	start  string // folder to begin in
	prefix string // what names in the start folder must begin with

	mu      sync.Mutex
	idle    *sync.Cond // workers wait: nothing to do, or enough is held
	arrived *sync.Cond // the caller waits for a node that a worker reads
	queue   queue
	held    int // entries read and not passed
	resting bool
	stopped atomic.Bool
	open    []*large // descriptors to close
	spare   [][]storage.Entry
}

// walk emits everything below start, and ends with all workers gone.
func (r *root) walk(ctx context.Context, start, prefix string, workers int, yield func(storage.Entry, error) bool) {
	w := &walker{root: r, start: start, prefix: prefix}
	w.idle, w.arrived = sync.NewCond(&w.mu), sync.NewCond(&w.mu)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			defer guard.Recover()
			w.work()
		})
	}
	defer func() {
		w.mu.Lock()
		w.stopped.Store(true)
		w.idle.Broadcast()
		w.mu.Unlock()
		group.Wait()
		for _, l := range w.open {
			l.close()
		}
	}()
	own := newReader(w)
	top := &node{path: start, at: -1}
	own.read(top)
	w.finish(top)
	w.visit(ctx, own, top, yield)
}

// visit emits a node and what lies below it, and tells whether to go on.
func (w *walker) visit(ctx context.Context, own *reader, n *node, yield func(storage.Entry, error) bool) bool {
	if n.err == nil {
		n.err = context.Cause(ctx)
	}
	if n.err != nil {
		yield(storage.Entry{}, n.err)
		return false
	}
	kid := 0
	for i := range n.entries {
		if !yield(n.entries[i], nil) {
			return false
		}
		if n.entries[i].Kind != storage.Directory {
			continue
		}
		if !w.visit(ctx, own, w.take(own, n, kid), yield) {
			return false
		}
		n.kids[kid] = nil
		kid++
	}
	for i := 0; n.large != nil && n.at < 0 && i < n.large.chunks(); i++ {
		if !w.visit(ctx, own, w.take(own, n, i), yield) {
			return false
		}
		n.kids[i] = nil
	}
	w.pass(n)
	return true
}

// take gives the i-th child of n, read: by a worker, or here and now.
func (w *walker) take(own *reader, n *node, i int) *node {
	w.mu.Lock()
	if kid := n.kids[i]; kid != nil {
		for !kid.ready {
			w.arrived.Wait()
		}
		w.mu.Unlock()
		return kid
	}
	kid := n.child(i)
	n.kids[i], n.next = kid, i+1
	w.mu.Unlock()
	own.read(kid)
	w.finish(kid)
	return kid
}

// finish makes a node that was read known to all.
func (w *walker) finish(n *node) {
	if n.err == nil {
		n.kids = make([]*node, n.children())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	n.ready = true
	w.held += len(n.entries)
	if n.large != nil && n.at < 0 {
		w.open = append(w.open, n.large)
	}
	if n.children() > 0 && n.err == nil {
		w.queue.push(task{n.key(0), n, 0})
		w.wake()
	}
	w.arrived.Signal()
}

// pass drops a node that was emitted whole.
func (w *walker) pass(n *node) {
	if n.large != nil && n.at < 0 {
		n.large.close()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held -= len(n.entries)
	if n.entries != nil && len(w.spare) < 64 {
		w.spare = append(w.spare, n.entries)
	}
	n.entries = nil
	w.wake()
}

// wake sets workers going if there is room; once the limit was reached, only
// when half is free again, so that they do not wake for every folder.
func (w *walker) wake() {
	if w.resting && w.held > w.root.ahead/2 {
		return
	}
	w.resting = false
	if len(w.queue) > 0 {
		w.idle.Signal()
	}
}

// work is a worker's life.
func (w *walker) work() {
	rd := newReader(w)
	for {
		n := w.await()
		if n == nil {
			return
		}
		rd.read(n)
		w.finish(n)
	}
}

// await gives the unread node that is first in path order; nil at the end.
func (w *walker) await() *node {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		if w.stopped.Load() {
			return nil
		}
		if w.held >= w.root.ahead {
			w.resting = true
		}
		if !w.resting {
			if n := w.begin(); n != nil {
				return n
			}
		}
		w.idle.Wait()
	}
}

func (w *walker) begin() *node {
	for len(w.queue) > 0 {
		t := w.queue[0]
		n := t.of
		switch {
		case n.next >= n.children() || n.entries == nil && n.large == nil:
			w.queue.pop()
		case t.index != n.next: // the caller was faster
			w.queue.replace(task{n.key(n.next), n, n.next})
		default:
			kid := n.child(n.next)
			n.kids[n.next] = kid
			n.next++
			if n.next < n.children() {
				w.queue.replace(task{n.key(n.next), n, n.next})
			} else {
				w.queue.pop()
			}
			if len(w.queue) > 0 {
				w.idle.Signal()
			}
			return kid
		}
	}
	return nil
}

// buffer gives a slice for n entries, used before if possible.
func (w *walker) buffer(n int) []storage.Entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	if last := len(w.spare) - 1; last >= 0 {
		s := w.spare[last]
		w.spare = w.spare[:last]
		if cap(s) >= n {
			return s[:0]
		}
	}
	return make([]storage.Entry, 0, n)
}

var errStopped = errors.New("walk was stopped")
