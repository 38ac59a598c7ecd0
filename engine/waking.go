package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/diff"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/restore"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/filesystem"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

// Unarchive is what has to come back from a cold tier before it can be read.
type Unarchive struct {
	plan.Count
	Priced   bool // the destination told what it costs
	Currency string
	Cost     float64
}

func unarchive(c restore.Cold) Unarchive {
	return Unarchive{Count: c.Copies, Priced: c.Priced && c.Copies.Objects > 0, Currency: c.Currency, Cost: c.Cost}
}

// wakeFor brings back what a restore reads and lies in a cold tier.
func (e *Engine) wakeFor(ctx context.Context, l *loaded, j restoreJob, names []string, res *RestoreResult) diag.List {
	req := restore.Request{
		Stores: j.stores, Want: j.want, At: j.r.At, Gone: j.r.Gone, DryRun: j.r.DryRun, Overwrite: j.r.Overwrite, Clock: e.clock,
	}
	for _, name := range names {
		prefix := sourceFolder(name) + "/"
		if j.r.ToProject != "" {
			prefix = ""
		}
		req.Sources = append(req.Sources, restore.Source{Name: name, Prefix: prefix, Copies: copiesOf(ctx, j.st, name)})
	}
	if j.r.ToProject != "" && len(names) > 0 { // nor what was not lost
		j.name = names[0]
		root, err := e.openProject(ctx, j)
		if err == nil {
			defer e.closing("restore target", root.Close)
			req.Root = root
		}
	}
	if _, err := os.Stat(j.r.To); err == nil && !j.r.InPlace { // what is there already need not come back
		root, err := filesystem.OpenRestore(j.r.To, false)
		if err == nil {
			defer e.closing("restore target", root.Close)
			req.Root = root
		}
	}
	a := &asking{e: e, l: l, command: "restore"}
	cold, err := restore.Wake(ctx, req, a.waker(ctx, j.r.Rate))
	res.Unarchive = unarchive(cold)
	if err = errors.Join(err, a.close(ctx)); err != nil && ctx.Err() == nil {
		return diag.List{problem(err, "unarchive_failed", "Copies could not be brought back from the archive", runAgain)}
	}
	return nil
}

// asking records what is asked for, and tells the user. Where a restore cannot
// record it goes on: bytes that are needed today are worth more than a record.
type asking struct {
	e        *Engine
	l        *loaded
	command  string
	strict   bool // what cannot be recorded is not asked for
	w        *writer
	recorder *apply.Recorder
	lost     bool // it cannot be recorded
	total    plan.Count
	woken    []record.Copy // with strict: rows as they were
}

func (a *asking) waker(ctx context.Context, rate string) restore.Waker {
	return restore.Waker{
		Rate: rate, Asked: a.asked,
		Announce: func(c restore.Cold) { a.announce(c, rate) },
		AllAsked: func() error { return a.pause(ctx) },
		Waiting: func(left plan.Count) {
			a.e.watch.Event(Event{
				Kind: Progress, At: a.e.clock.Now(), Phase: "unarchive", TotalObjects: a.total.Objects, TotalBytes: a.total.Bytes,
				Objects: max(0, a.total.Objects-left.Objects), Bytes: max(0, a.total.Bytes-left.Bytes),
			})
		},
	}
}

func (a *asking) announce(c restore.Cold, rate string) {
	a.total = c.Copies
	cost := "What that costs is not known"
	if c.Priced {
		cost = fmt.Sprintf("By their own word that costs %.2f %s", c.Cost, c.Currency)
	}
	if rate != "" {
		rate = " at rate " + rate
	}
	a.e.notice("%d copies (%d bytes) at %s are archived and have to be brought back%s before they can be read. %s, and it may take hours.",
		c.Copies.Objects, c.Copies.Bytes, strings.Join(c.Places, ", "), rate, cost)
}

// asked records copies as being on their way, so that a plan leaves them live for
// a while, and then archives them again.
func (a *asking) asked(ctx context.Context, place string, rows []record.Copy) error {
	if a.lost {
		return nil
	}
	err := a.open(ctx)
	if err == nil {
		err = a.note(ctx, place, rows)
	}
	if a.strict && err == nil {
		a.woken = append(a.woken, rows...)
	}
	if err == nil || a.strict || ctx.Err() != nil {
		return err
	}
	a.lost = true
	a.e.notice("That these copies come back cannot be recorded (%v). \"backstay verify\" records where they lie.", err)
	return nil
}

func (a *asking) open(ctx context.Context) error {
	if a.w != nil {
		return nil
	}
	w, ds := a.e.openWriter(ctx, a.l, false)
	if w == nil {
		return firstError(ds)
	}
	a.w = w
	if ds := w.open(false); ds.HasErrors() {
		return firstError(ds)
	}
	if err := w.begin(state.Run{Command: a.command, ConfigDigest: a.l.cfg.Digest}); err != nil {
		return err
	}
	var err error
	a.recorder, err = apply.NewRecorder(w.request())
	return err
}

func (a *asking) note(ctx context.Context, place string, rows []record.Copy) error {
	p := a.w.places.byName(place)
	if p == nil || p.brake != "" {
		return fmt.Errorf("%s is not as the state knows it", place)
	}
	var events []record.Event
	for i := range rows {
		row, err := a.w.unchanged(ctx, &rows[i])
		if err != nil {
			return err
		}
		if row == nil {
			continue
		}
		now := a.e.clock.Now()
		row.Tier, row.TieredAt, row.Run = string(storage.TierUnarchiving), now.UnixMilli(), a.w.runID
		events = append(events, record.Event{Op: record.OpUnarchive, At: now, Run: a.w.runID, Copy: row})
	}
	if len(events) == 0 {
		return nil
	}
	return a.recorder.Found(ctx, place, events, false)
}

// pause gives the lease back before a wait. A restore goes on whatever comes of
// it.
func (a *asking) pause(ctx context.Context) error {
	err := a.close(ctx)
	if err != nil && !a.strict && ctx.Err() == nil {
		a.e.notice("That these copies come back is not wholly recorded (%v). \"backstay verify\" records where they lie.", err)
		return nil
	}
	return err
}

// close gives the lease back: others may write while copies are on their way.
func (a *asking) close(ctx context.Context) error {
	if a.w == nil {
		return nil
	}
	defer func() { a.w.close(); a.w = nil }()
	if a.recorder == nil || a.lost {
		return nil
	}
	return errors.Join(a.recorder.Close(context.WithoutCancel(ctx)), a.w.end([]Outcome{Done}, nil, nil))
}

// rested says in words how long what was brought back stays live.
func rested() string { return fmt.Sprintf("%d days", int(diff.Rested/(24*time.Hour))) }
