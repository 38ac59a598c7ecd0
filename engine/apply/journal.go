package apply

import (
	"context"
	"io"
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
	// OpenIntents streams the intents of batches without an outcome, by run,
	// batch, and the order in which they were intended.
	OpenIntents(ctx context.Context) iter.Seq2[Intent, error]
}

// Records are the rows that apply looks at before it acts.
type Records interface {
	// Object gives the rows of one object at all destinations, in the order of
	// destination and version.
	Object(ctx context.Context, source, path string) ([]record.Copy, error)
	// LastSeq is the highest version number ever given to an object at a
	// destination, removed copies included; 0 if none was.
	LastSeq(ctx context.Context, source, path, destination string) (int, error)
	// Tombstones streams what is left of the copies that were removed at a
	// destination.
	Tombstones(ctx context.Context, destination string) iter.Seq2[record.Tombstone, error]
}

var _ Journal = (*state.State)(nil)

// File is a small file of ours at a destination. Kind is that of its intent.
type File struct {
	Kind, Key, Digest string
	Data              []byte
}

// Book is the catalogue of one destination as one run writes it. Methods are
// called by one goroutine at a time, chains by one each.
type Book interface {
	// Marker makes the file that makes the destination ours; nil if it is there.
	Marker() (*File, error)
	// Head makes the next head, and what the state records of it.
	Head(kind HeadKind) (File, Head, error)
	// Chain begins a worker's chain of segments.
	Chain(run, worker string) Chain
	// Closing makes what comes before the closing head: the manifest of the
	// run's segments, and a checkpoint if one is due.
	Closing(ctx context.Context) ([]File, error)
	// HeadFrom reads a head of ours that lies at the destination already.
	HeadFrom(key string, data []byte) (Head, error)
	// Stand says which head is the highest, after one was settled.
	Stand(Head)
	// Events decodes a segment and checks it against its digest.
	Events(segment io.Reader) iter.Seq2[record.Event, error]
}

// HeadKind tells the two heads of a run apart.
type HeadKind string

// The kinds of head.
const (
	HeadOpens  HeadKind = "open"
	HeadCloses HeadKind = "close"
)

// Chain is one worker's chain of catalogue segments.
type Chain interface {
	// Segment makes the next segment with its list of checksums. They are
	// written in the order given: the segment last.
	Segment(events []record.Event) ([]File, error)
}
