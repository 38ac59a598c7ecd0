package apply

import (
	"context"
	"iter"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
)

// The journal's values are the state's own.
type (
	Intent  = state.Intent
	Batch   = state.Batch
	Outcome = state.Outcome
	Head    = state.Head
)

// Journal is the durable record of what is about to be done and what was done.
// Methods are called from several goroutines.
type Journal interface {
	Records
	// Intend makes intents durable. Called again for a batch it adds to them.
	Intend(ctx context.Context, b Batch) error
	// Commit folds events into rows and ends the batch's intents, in one durable
	// step, or fails and changes nothing.
	Commit(ctx context.Context, o Outcome) error
	// Fenced is an error once the right to write went to somebody else. It costs
	// one read: it is asked before each act that cannot be undone.
	Fenced(ctx context.Context) error
	// OpenIntents streams the intents of batches without an outcome, by run,
	// batch, destination, and the order in which they were intended.
	OpenIntents(ctx context.Context) iter.Seq2[Intent, error]
}

// Records are what apply looks at before it acts, and at the end of a run.
type Records interface {
	// Identity gives lineage and serial.
	Identity() state.Identity
	// Heads gives the last known catalogue head of each destination, by name.
	Heads(ctx context.Context) (map[string]Head, error)
	// Object gives the rows of one object at all destinations, in the order of
	// destination and version.
	Object(ctx context.Context, source, path string) ([]record.Copy, error)
	// LastSeq is the highest version number ever given to an object at a
	// destination, removed copies included; 0 if none was.
	LastSeq(ctx context.Context, source, path, destination string) (int, error)
	// UnderKey gives the rows whose copies lie under a key at a destination.
	UnderKey(ctx context.Context, destination, key string) ([]record.Copy, error)
	Checkpointed
}

// Checkpointed is all that a destination's checkpoint holds.
type Checkpointed interface {
	// CopiesAt streams the rows of a destination in the order of source, path,
	// version.
	CopiesAt(ctx context.Context, destination string) iter.Seq2[record.Copy, error]
	// Tombstones streams what is left of the copies that were removed there.
	Tombstones(ctx context.Context, destination string) iter.Seq2[record.Tombstone, error]
	// RestAt streams what a checkpoint has besides rows: holds, tombstones,
	// evidence.
	RestAt(ctx context.Context, destination string) iter.Seq2[record.Event, error]
}

var _ Journal = (*state.State)(nil)
