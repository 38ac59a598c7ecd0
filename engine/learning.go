package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/schema/diag"
)

// maxLearnt is how many bad copies a restore remembers. More of them are found
// again by a verification.
const maxLearnt = 10_000

// learnt is what a restore learns of copies on the way: those that are missing
// or damaged.
type learnt struct {
	rows  []record.Copy // with the status that was found
	count int64
}

func (l *learnt) add(row record.Copy, status record.Status) {
	l.count++
	if len(l.rows) < maxLearnt {
		row.Status = status
		l.rows = append(l.rows, row)
	}
}

// recordLearnt records what a restore learnt, so that the next plan makes the
// copies again. It takes the lease only if there is something to record; where it
// cannot, the restore is none the worse, and the user is told.
func (e *Engine) recordLearnt(ctx context.Context, l *loaded, found *learnt) diag.List {
	if found.count == 0 {
		return nil
	}
	ctx = context.WithoutCancel(ctx) // what was learnt is recorded even when the run was interrupted
	n, err := e.record(ctx, l, found)
	d := diag.Diagnostic{
		Severity: diag.Warning, Code: "copies_bad", Summary: "Copies are not as recorded",
		Detail: fmt.Sprintf("%d copies that were to be read are missing or damaged. ", found.count),
	}
	switch {
	case err != nil:
		d.Detail += fmt.Sprintf("This could not be recorded (%v). \"backstay verify\" finds and records it.", err)
	case n < found.count:
		d.Detail += fmt.Sprintf("%d of them are recorded as such, and the next plan makes them again. \"backstay verify\" finds the others.", n)
	default:
		d.Detail += "They are recorded as such, and the next plan makes them again."
	}
	return diag.List{d}
}

func (e *Engine) record(ctx context.Context, l *loaded, found *learnt) (n int64, err error) {
	w, ds := e.openWriter(ctx, l, false)
	if w == nil {
		return 0, firstError(ds)
	}
	defer w.close()
	if ds := w.open(false); ds.HasErrors() {
		return 0, firstError(ds)
	}
	if err := w.begin(state.Run{Command: "restore", ConfigDigest: l.cfg.Digest}); err != nil {
		return 0, err
	}
	recorder, err := apply.NewRecorder(w.request())
	if err != nil {
		return 0, err
	}
	for _, p := range w.places.list {
		if p.driver == nil || p.brake != "" {
			continue // not the place that the state knows: nothing there is believed
		}
		told, err := w.tell(ctx, recorder, p, found.rows)
		n += told
		if err != nil {
			return n, err
		}
	}
	if err := recorder.Close(ctx); err != nil {
		return n, err
	}
	return n, w.end([]Outcome{Done}, nil, nil)
}

// tell records the bad copies of one destination that are still on record as they
// were when they were read.
func (w *writer) tell(ctx context.Context, recorder *apply.Recorder, p *place, rows []record.Copy) (n int64, err error) {
	var events []record.Event
	for i := range rows {
		if rows[i].Destination != p.name {
			continue
		}
		row, err := w.unchanged(ctx, &rows[i])
		if err != nil {
			return n, err
		}
		if row == nil {
			continue
		}
		at := &row.Status
		if row.Status == record.Retired {
			at = &row.RetiredFrom
		}
		*at, row.Run = rows[i].Status, w.runID
		events = append(events, record.Event{Op: record.OpDamage, At: w.e.clock.Now(), Run: w.runID, Copy: row})
	}
	for chunk := range slices.Chunk(events, adoptBatch) {
		if err := recorder.Found(ctx, p.name, chunk, false); err != nil {
			return n, err
		}
		n += int64(len(chunk))
	}
	return n, nil
}

// unchanged reads a row again; nil if it is not the one any more.
func (w *writer) unchanged(ctx context.Context, was *record.Copy) (*record.Copy, error) {
	all, err := w.st.Object(ctx, was.Source, was.Path)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(r record.Copy) bool {
		return r.Destination == was.Destination && r.Seq == was.Seq && r.Key == was.Key && r.Digest == was.Digest
	})
	if i < 0 {
		return nil, nil
	}
	return &all[i], nil
}

// firstError is the first of diagnostics that says why something did not come
// about.
func firstError(ds diag.List) error {
	for _, d := range ds {
		if d.Severity == diag.Error {
			return fmt.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
	return fmt.Errorf("the state could not be opened")
}
