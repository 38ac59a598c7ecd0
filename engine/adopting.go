package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema/diag"
)

// AdoptResult says what taking over a destination brought.
type AdoptResult struct {
	Destination string
	Lineage     string // of its marker, which never changes
	Head        int64
	Records     int64 // of its catalogue, folded into the state
	Outcome     Outcome
}

// adoptBatch is how many events of a catalogue go into one transaction.
const adoptBatch = 1000

// DestinationAdopt takes over a destination that another state wrote to: all
// that its catalogue knows is folded into this state, and its latest head becomes
// the one that this state goes on from. Nothing at the destination changes.
func (e *Engine) DestinationAdopt(ctx context.Context, name string) (*AdoptResult, diag.List) {
	res := &AdoptResult{Destination: name, Outcome: Failed}
	l, ds := e.loadWhole(ctx)
	if ds.HasErrors() {
		return res, ds
	}
	w, more := e.openWriter(ctx, l, true)
	if ds = append(ds, more...); w == nil {
		res.Outcome = lockedOutcome(ds)
		return res, ds
	}
	defer w.close()
	if ds = append(ds, w.open(false)...); ds.HasErrors() {
		return res, ds
	}
	p := w.places.named(name)
	if p == nil || p.driver == nil {
		return res, append(ds, unknownDestination(name))
	}
	if err := w.adoptPlace(p, res); err != nil {
		return res, append(ds, storeDiagnostic(err, "adopt_failed", "Destination could not be taken over", p.address, p.d.Origin.Block))
	}
	res.Outcome = Done
	return res, ds
}

func (ps *places) named(name string) *place {
	for _, p := range ps.list {
		if p.name == name || p.address == name {
			return p
		}
	}
	return nil
}

func (w *writer) adoptPlace(p *place, res *AdoptResult) error {
	book, err := catalogue.Open(w.ctx, apply.Files(p.driver))
	if errors.Is(err, catalogue.ErrNoMarker) {
		return diag.Fail(diag.Diagnostic{
			Severity: diag.Error, Code: "no_marker", Summary: "Destination has no catalogue", Address: p.address,
			Detail: "There is no marker at this destination, so there is nothing to take over. The next apply makes it ours.",
		})
	}
	if err != nil {
		return err
	}
	res.Lineage = book.Marker.Lineage
	if err := w.begin(state.Run{Command: "destination adopt", ConfigDigest: w.l.cfg.Digest}); err != nil {
		return err
	}
	if res.Records, err = w.foldCatalogue(p.name, book); err != nil {
		return err
	}
	head := state.Head{Destination: p.name, MarkerID: book.Marker.ID}
	if book.Head != nil {
		head, res.Head = stateHead(p.name, book.Head), book.Head.N
	}
	if err := w.st.Commit(w.ctx, state.Outcome{Run: w.runID, N: 0, Destination: p.name, Head: &head}); err != nil {
		return err
	}
	p.brake = ""
	if err := w.missing(p); err != nil {
		return err
	}
	return w.end([]Outcome{Done}, nil, nil)
}

// missing records the copies that the state has and the place lacks: it may be
// older than the state.
func (w *writer) missing(p *place) error {
	n := int64(0)
	var batch []record.Event
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		n++
		err := w.st.Commit(w.ctx, state.Outcome{Run: w.runID + "-missing", N: n, Destination: p.name, Events: batch})
		batch = nil
		return err
	}
	for row, err := range w.st.CopiesAt(w.ctx, p.name) {
		if err != nil {
			return err
		}
		if row.Key == "" || row.Status == record.Missing {
			continue
		}
		o, err := p.driver.Stat(w.ctx, row.Key)
		switch {
		case errors.Is(err, storage.ErrNotExist):
			row.Status = record.Missing
		case err != nil:
			return err
		case o.Size != row.Size:
			row.Status = record.Damaged
		default:
			continue
		}
		batch = append(batch, record.Event{Op: record.OpDamage, At: w.e.clock.Now(), Run: w.runID, Copy: &row})
		if len(batch) == adoptBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// foldCatalogue takes in what a catalogue tells, in batches: of two records of
// one copy the later term and every hold count. Folding is idempotent: killed half way, the head is not yet recorded, and the next try
// begins again.
func (w *writer) foldCatalogue(name string, book *catalogue.Catalogue) (total int64, err error) {
	var batch []record.Event
	n := int64(1)
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := w.st.Commit(w.ctx, state.Outcome{Run: w.runID, N: n, Destination: name, Events: batch, Merge: true})
		batch, n = batch[:0], n+1
		return err
	}
	for ev, err := range book.Events(w.ctx) {
		if err != nil {
			return total, err
		}
		if ev.Copy != nil && ev.Copy.Destination != name {
			moved := *ev.Copy // the other state called this place something else
			moved.Destination = name
			ev.Copy = &moved
		}
		if ev.Tombstone != nil {
			moved := *ev.Tombstone
			moved.Destination = name
			ev.Tombstone = &moved
		}
		if ev.Evidence != nil && ev.Evidence.Destination != "" {
			moved := *ev.Evidence
			moved.Destination = name
			ev.Evidence = &moved
		}
		batch, total = append(batch, ev), total+1
		if len(batch) == adoptBatch {
			if err := flush(); err != nil {
				return total, err
			}
		}
	}
	return total, flush()
}

func unknownDestination(name string) diag.Diagnostic {
	return diag.Diagnostic{
		Severity: diag.Error, Code: "unknown_destination", Summary: "No such destination",
		Detail: fmt.Sprintf("The configuration has no destination %q whose place is there. Name it as in destination.filesystem.vault.", name),
	}
}
