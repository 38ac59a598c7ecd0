package engine

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/audit"
	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/internal/guard"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

// writer is an operation that may write: it holds the lease, what an earlier
// run left is settled, and its run is on record.
type writer struct {
	e         *Engine
	l         *loaded
	st        *state.State
	lease     *state.Lease
	places    *places
	runID     string
	begun     *state.Run
	settled   int64
	terms     apply.Terms
	auditRef  *catalogue.AuditRef
	decisions []audit.Decision // of the policies, for the log of runs
	serial    int64            // of the state before this run
	ctx       context.Context
	stop      context.CancelFunc
	watchers  sync.WaitGroup
}

// openWriter opens the state, takes the lease and opens the destinations, and
// settles an open journal. With errors among the diagnostics there is no writer
// and nothing to close.
func (e *Engine) openWriter(ctx context.Context, l *loaded, create bool) (*writer, diag.List) {
	st, ds := e.openState(ctx, l.cfg, state.Options{Create: create})
	if st == nil {
		return nil, ds
	}
	w := &writer{e: e, l: l, st: st, runID: e.runID()}
	lease, err := st.Acquire(ctx, state.Holder{Host: e.o.Host, PID: os.Getpid(), Run: w.runID, User: e.o.User}, e.clock.Now())
	if err != nil {
		e.closing("state", st.Close)
		return nil, append(ds, problem(err, "state_unwritable", "State cannot be written", stateAgain))
	}
	w.lease, w.serial = lease, st.Identity().Serial
	w.ctx, w.stop = context.WithCancel(ctx)
	w.watchers.Go(func() {
		defer guard.Recover()
		select {
		case <-lease.Lost(): // somebody else writes now: not one act more
			w.stop()
		case <-w.ctx.Done():
		}
	})
	return w, ds
}

// close gives the lease back.
func (w *writer) close() {
	w.stop()
	w.watchers.Wait()
	if w.places != nil {
		w.places.close()
	}
	w.e.closing("state", w.st.Close)
}

// open opens destinations and settles what an earlier run left open.
func (w *writer) open(create bool) diag.List {
	places, ds := w.e.openPlaces(w.ctx, w.l.cfg, w.st, create)
	w.places = places
	if ds.HasErrors() {
		return ds
	}
	if err := w.prepare(); err != nil {
		return append(ds, problem(err, "state_unreadable", "State cannot be read", stateAgain))
	}
	got, err := apply.Settle(w.ctx, w.request())
	if err != nil {
		return append(ds, problem(err, "settle_failed", "An earlier run could not be settled", runAgain))
	}
	w.settled = got.Intents - got.Left
	for _, p := range got.Problems {
		if got.Left == 0 {
			break // nothing of ours was begun there; the brake says what is wrong
		}
		w.e.notice("An earlier run left work at %s that cannot be settled now: %s.", p.Destination, p.Detail)
	}
	if got.Intents > 0 || got.Swept > 0 {
		w.e.notice("Settled what an earlier run left: %d acts looked at, %d recorded, %d had not happened, %d temporary objects removed.",
			got.Intents, got.Recorded, got.Dropped, got.Swept)
	}
	return ds
}

// prepare reads what every run needs: the terms of copies, and the last link of
// the log of runs, which heads name.
func (w *writer) prepare() (err error) {
	if w.terms, err = w.l.terms(w.e.clock.Now()); err != nil {
		return err
	}
	last, err := w.st.AuditHead(w.ctx)
	if last != nil {
		w.auditRef = audit.Ref(*last)
	}
	return err
}

// request is what apply needs in any case.
func (w *writer) request() apply.Request {
	return apply.Request{
		Run: w.runID, Journal: w.st, Clock: w.e.clock, Destinations: w.places.targets(),
		Observe: w.e.applyEvent, Terms: w.terms, Audit: w.auditRef,
	}
}

// begin puts the run on record.
func (w *writer) begin(r state.Run) error {
	r.ID, r.User, r.Host, r.StartedAt = w.runID, w.e.o.User, w.e.o.Host, w.e.clock.Now()
	r.BaseSerial = w.st.Identity().Serial
	w.begun = &r
	return w.st.BeginRun(w.ctx, r)
}

// end closes the run's record. It writes even when the run was interrupted.
// sources are those that the run carried out whole, as its plan saw them.
func (w *writer) end(outcomes []Outcome, done map[plan.Action]plan.Count, sources []plan.SourceTotals) error {
	if w.begun == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), 30*time.Second)
	defer cancel()
	counts := map[string]int64{}
	for a, c := range done {
		counts[string(a)] = c.Objects
	}
	end := state.RunEnd{ID: w.runID, Outcome: string(worst(outcomes)), Counts: counts, EndedAt: w.e.clock.Now()}
	for _, s := range sources {
		end.Baselines = append(end.Baselines, state.Baseline{
			Source: s.Source, Run: w.runID, AppliedAt: s.ListedAt(w.begun.AsOf), LiveObjects: s.Live.Objects, LiveBytes: s.Live.Bytes,
		})
	}
	if err := w.endWithLink(ctx, w.begun, end); err != nil {
		return err
	}
	return w.spreadAudit(ctx)
}

// endWithLink ends a run together with its link in the log of runs: both are
// there or neither.
func (w *writer) endWithLink(ctx context.Context, r *state.Run, end state.RunEnd) error {
	link, err := w.link(ctx, r, end)
	if err != nil {
		return err
	}
	end.Audit = &link
	return w.st.EndRun(ctx, end)
}

// precedence of outcomes, worst first: design.md, exit codes.
var precedence = []Outcome{Interrupted, Failed, Locked, Stale, Denied, Partial, Declined, Changes, Done}

// worst is the outcome that decides the exit code.
func worst(outcomes []Outcome) Outcome {
	for _, o := range precedence {
		for _, have := range outcomes {
			if o == have {
				return o
			}
		}
	}
	return Done
}

// lockedOutcome tells a lease that somebody else holds from other failures.
func lockedOutcome(ds diag.List) Outcome {
	for _, d := range ds {
		if d.Code == "state_locked" {
			return Locked
		}
	}
	return Failed
}
