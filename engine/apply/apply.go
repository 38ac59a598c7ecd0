// Package apply carries out the changes of a plan: bytes move, copies are
// verified, recorded and, last of all, removed.
//
// In go a stream of changes that policies have judged, open sources and
// destinations, and a journal; out come copies, catalogue files, recorded
// outcomes, and a count of what was done, skipped and failed. Run can be killed
// at any instruction: Settle then brings journal, destinations and state
// together again. The package never plans and never asks a policy; only it
// removes copies.
//
// # One batch
//
// Changes go in batches of at most 1,000 changes and 256 MiB. Each destination
// has several lanes; a lane takes one batch after another, so that one batch is
// staged while another is synced. The steps of a batch, and the fault point
// behind each:
//
//	bytes staged through the digest, source unchanged   apply.staged
//	staged bytes synced                                 apply.synced
//	the store's receipt compared, or bytes read back    apply.verified
//	intents of the objects durable (facts and digests)  apply.intended
//	objects committed under their keys                  apply.committed
//	their folders synced                                apply.finished
//	intents of the catalogue files durable              apply.segment
//	catalogue files staged, synced, committed           apply.catalogued
//	outcomes recorded, intents ended                    apply.outcome
//
// An intent stands in the journal before anything gets a name; what is staged
// has none and goes with the process, or carries the attempt in a temporary one
// and is swept once the attempt is dead. A catalogue segment gets its name only after the objects that it
// records are durable, so that a segment never speaks of what is not there.
// Rights are taken away before all that, behind access.intended and
// access.revoked; tiers are asked for after apply.finished, behind tier.intended
// and tier.asked; in place at a source, behind inplace.asked. Removals have remove.intended, remove.removed; heads head.open, head.opened,
// head.checkpoint, head.manifest, head.close, head.closed; the first use of a destination head.marker.
package apply

import (
	"context"
	"iter"
	"time"

	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/keymap"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// Request is one apply.
type Request struct {
	Run string // id of this run, unique
	// Changes streams the plan. It is ranged over twice: additions first,
	// removals when those are verified.
	Changes iter.Seq2[*plan.Change, error]
	// Sources by instance name, Destinations by address.
	Sources      map[string]storage.Source
	Systems      map[string]string // the sources' types, by instance name
	Destinations map[string]*Target
	Journal      Journal
	Clock        clock.Clock
	Terms        Terms
	// Holds are holds that this run sets or ends; each is recorded at every
	// destination.
	Holds []record.Event
	// Observe is told of progress, skips and problems; it is called from
	// several goroutines, one at a time. Nil: nobody listens.
	Observe func(Event)
	// Parallelism is the number of lanes per destination; 0 takes 4.
	Parallelism int
	// Partial says that changes were left out of the plan by a policy: then
	// nothing is removed.
	Partial bool
	// Resume says that the plan was begun before: what the state has as done is
	// counted as done.
	Resume bool
	// Guard is asked before each removal, after the checks of this package, and
	// refuses it with an error. Nil: no further check.
	Guard func(ctx context.Context, row *record.Copy, versions []record.Copy) error
	// Drain, once closed, lets the batches under way finish and starts no more.
	Drain <-chan struct{}
	// Budget is the number of failed changes after which the run stops; 0 takes
	// 100.
	Budget int
	// Audit is the head of the audit chain, which the heads of this run name. Nil
	// leaves what the last head named.
	Audit *catalogue.AuditRef
	// Listings are evidence about sources. Those without a kind say what each source was that the plan took in whole: kind
	// "listing", Detail its instance name, Objects and Bytes its live regular files,
	// At the plan's as-of. They go into the catalogue of each destination that the
	// run writes to, and into the state, if nothing failed: a state that is rebuilt
	// has its baselines from them.
	Listings []record.Evidence
	// AllCopies are the archive blocks, by address, that move copies in other
	// places under the same payer too.
	AllCopies map[string]bool
	// Expect is the plan's total, for progress.
	Expect plan.Count
}

// Keys names copies.
type Keys interface {
	Key(source, path string, seq int) string
	// Aside is the key to take if an element of Key is an object at the
	// destination, so that nothing can lie below it.
	Aside(source, path string, seq int) string
}

var _ Keys = (*keymap.Map)(nil)

// Target is one destination of a run.
type Target struct {
	Name   string // instance name, as rows have it
	Driver storage.Destination
	Keys   Keys
	// Allowed says that the brake "destination" was let pass: a missing or
	// strange marker, or a head that the state does not know, does not stop the
	// run. A missing marker is then made anew.
	Allowed bool
}

// Terms are the answers of the backup plans that apply needs and does not
// work out. A nil function takes what the plan's change says.
type Terms struct {
	// Algorithm is the digest algorithm for the object's copies.
	Algorithm func(c *plan.Change) string
	// Claims are who wants the copy.
	Claims func(c *plan.Change) []string
	// Retain is the end of a copy's term, and the rule that set it. versions
	// are all rows of the object at the destination, row among them. Apply only
	// raises terms.
	Retain func(row *record.Copy, versions []record.Copy) (schema.Until, string)
	// Quarantine is how long a retired copy lies before it may be removed. It is
	// at least retention.MinimumQuarantine, which nil takes.
	Quarantine func(row *record.Copy) schema.Term
}

// Result is what a run did.
type Result struct {
	Done    map[plan.Action]plan.Count
	Present int64 // done before, by the run that this one resumes
	Skipped int64 // source objects that moved since the plan
	Failed  int64
	Left    int64 // not begun: drained, interrupted, a stopped destination
	// Problems are the first of what was skipped or failed; the counts are whole.
	Problems []Problem
	// Stops says why destinations, or the whole run, stopped early.
	Stops diag.List
	// Open says that intents are left in the journal for the next run to settle.
	Open        bool
	Interrupted bool
	Drained     bool
}

// Problem names one object that is not as it should be.
type Problem struct {
	Destination string // instance name
	Source      string
	Path        string
	Key         string
	What        What
	Detail      string
}

// What is the kind of a problem.
type What string

// The kinds of problem.
const (
	Moved       What = "moved"       // skipped: the source object changed or vanished since the plan
	Unreadable  What = "unreadable"  // the source object cannot be read
	Unwritten   What = "unwritten"   // the destination did not take it
	Mismatch    What = "mismatch"    // read back other than written
	Foreign     What = "foreign"     // a key is taken by something that is not ours
	Damaged     What = "damaged"     // a recorded copy has another digest
	Missing     What = "missing"     // a recorded copy is not there
	Refused     What = "refused"     // a removal that is not due, or is guarded
	Unsupported What = "unsupported" // the driver lacks it
	Unmarked    What = "unmarked"    // the destination's marker is missing or another one: it is left alone
	Archived    What = "archived"    // skipped: the copy lies where it cannot be read
	Unrecorded  What = "unrecorded"  // the change names a copy that the state lacks
)

// EventKind says what an Event tells.
type EventKind string

// The kinds of event.
const (
	Progress EventKind = "progress" // at least every five seconds
	Item     EventKind = "item"     // one change done
	Skipped  EventKind = "skipped"  // one change not done, and that is no failure
	Trouble  EventKind = "problem"  // one change failed, or something foreign was found
)

// Event is one thing that happened. Objects and Bytes are the totals so far.
type Event struct {
	Kind           EventKind
	At             time.Time
	Change         *plan.Change // Item only
	Problem        *Problem
	Objects, Bytes int64
	Expect         plan.Count
	Failed         int64
}
