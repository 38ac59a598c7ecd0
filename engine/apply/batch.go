package apply

import (
	"iter"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// The bounds of a batch. The first batches of a run are smaller, so that a
// small plan, too, uses all lanes.
const (
	maxBatchChanges = 1000
	maxBatchBytes   = 256 << 20
	minBatchChanges = 32
)

// batch is a group of changes at one destination that become durable together.
type batch struct {
	n     int64
	tasks []*task
	index map[string]*task // by object
	from  map[string]bool  // objects whose copies others take over
	size  int              // changes
	light int              // those of them that only ask for a tier: any number of them is one call
	bytes int64
}

func newBatch() *batch { return &batch{index: map[string]*task{}, from: map[string]bool{}} }

// objects gives the objects whose rows the batch changes.
func (b *batch) objects() iter.Seq[string] {
	return func(yield func(string) bool) {
		for id := range b.index {
			if !yield(id) {
				return
			}
		}
		for id := range b.from {
			if !yield(id) {
				return
			}
		}
	}
}

// task is all that a batch does to one object, in plan order: so that no two
// goroutines ever change the rows of one object.
type task struct {
	steps  []step
	moving *plan.Change  // the one change that moves bytes, or nil
	rows   versions      // at this destination
	others []record.Copy // at other destinations
	put    *put          // what is staged
}

// step is one change of a task, and what it does to the rows once its acts are
// done; nil where nothing is to be recorded.
type step struct {
	change *plan.Change
	effect effect
	failed bool // counted as failed, though something is recorded
}

// effect changes rows and gives the events that say so; none if the act did not
// come about.
type effect func(at time.Time) []record.Event

// put is content on its way to a destination.
type put struct {
	row    record.Copy
	staged storage.Staged
	object storage.Object
	op     record.Op
	whole  bool // verified
	method string
	early  *early // how a first try to commit ended that is not looked at yet
	done   bool   // it has its key
	aside  bool   // an element of the plain key is an object
}

func objectID(o *plan.Object) string { return o.Source + "\x00" + o.Path }

// formerID is the object whose copy a change takes over, or "".
func formerID(c *plan.Change) string {
	if c.From == "" {
		return ""
	}
	return c.Object.Source + "\x00" + c.From
}

// moves tells whether an action may bring bytes to a destination.
func moves(a plan.Action) bool {
	return a == plan.Copy || a == plan.Recopy || a == plan.Recheck || a == plan.Adopt
}

// add takes a change in, or refuses it because the object has a moving change
// already, or because one of its two objects is the other one of another change.
func (b *batch) add(c *plan.Change) bool {
	id, former := objectID(&c.Object), formerID(c)
	if b.from[id] || former != "" && (b.from[former] || b.index[former] != nil) {
		return false
	}
	t := b.index[id]
	if t == nil {
		t = &task{}
		b.index[id] = t
		b.tasks = append(b.tasks, t)
	}
	if moves(c.Action) {
		if t.moving != nil {
			return false
		}
		t.moving = c
		b.bytes += c.Object.Size
	}
	if former != "" {
		b.from[former] = true
	}
	t.steps = append(t.steps, step{change: c})
	b.size++
	if c.Action == plan.Archive || c.Action == plan.Unarchive {
		b.light++
	}
	return true
}

// fresh tells that the state has no rows of the object that matter: all its
// changes bring something new. It saves a query for each object of a first
// backup.
func (t *task) fresh() bool {
	for _, s := range t.steps {
		c := s.change
		first := c.Reason == plan.NewObject || c.Reason == plan.NewEntry
		if !first || c.Before != nil || c.After != nil && c.After.Seq > 1 {
			return false
		}
	}
	return true
}

// failed notes that a change is counted already.
func (t *task) failed(c *plan.Change) {
	for i := range t.steps {
		t.steps[i].failed = t.steps[i].failed || t.steps[i].change == c
	}
}

// effect notes what a change does to the rows once its acts are done.
func (t *task) effect(c *plan.Change, e effect) {
	for i := range t.steps {
		if t.steps[i].change == c {
			t.steps[i].effect = e
		}
	}
}
