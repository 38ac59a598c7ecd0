package apply

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

const (
	defaultLanes  = 4
	defaultBudget = 100
)

// run is one apply under way.
type run struct {
	Request
	tally
	sites  map[string]*site // by address
	mover  mover
	batchN atomic.Int64
	halt   context.CancelCauseFunc // ends the whole run
	ended  <-chan struct{}         // closed then: what fails from there on is only interrupted
}

// errBudget ends a run that failed too often.
var errBudget = errors.New("too many changes failed")

// Run carries out the changes. What concerns one object or one destination is in
// the result; the error is what ended the run as a whole: the plan cannot be
// read, the journal cannot be written, the lease was lost. Cancelling ctx stops
// at once; the result is valid in every case.
func Run(ctx context.Context, req Request) (Result, error) {
	r, err := newRun(req)
	if err != nil {
		return Result{}, err
	}
	ctx, r.halt = context.WithCancelCause(ctx)
	defer r.halt(nil)
	r.ended = ctx.Done()
	stop := r.report()
	defer stop()

	if err := r.afterOpen(ctx); err != nil {
		return Result{}, err
	}
	r.recordHolds(ctx)
	removals, err := r.pass(ctx, func(a plan.Action) bool { return !a.Removes() })
	if err == nil && removals > 0 && r.mayRemove(removals) {
		_, err = r.pass(ctx, plan.Action.Removes)
	}
	return r.finish(ctx, err)
}

func newRun(req Request) (*run, error) {
	r := &run{Request: req, sites: map[string]*site{}}
	if r.Parallelism <= 0 {
		r.Parallelism = defaultLanes
	}
	if r.Budget <= 0 {
		r.Budget = defaultBudget
	}
	if req.Run == "" || req.Changes == nil || req.Journal == nil || req.Clock == nil {
		return nil, errors.New("apply: a request needs run, changes, journal and clock; this is a bug in the caller")
	}
	r.tally.start(&r.Request)
	r.mover.r = r
	for address, t := range req.Destinations {
		r.sites[address] = newSite(r, address, t)
	}
	return r, nil
}

// afterOpen numbers the batches of a run that is resumed after those that it
// left open at destinations that are not there now.
func (r *run) afterOpen(ctx context.Context) error {
	if !r.Resume {
		return nil
	}
	for i, err := range r.Journal.OpenIntents(ctx) {
		if err != nil {
			return inJournal("read open intents", err)
		}
		if i.Run == r.Run {
			r.batchN.Store(max(r.batchN.Load(), i.Batch))
		}
	}
	return nil
}

// recordHolds records holds at every destination, each of which must know them
// to rebuild a lost state.
func (r *run) recordHolds(ctx context.Context) {
	if len(r.Holds) == 0 {
		return
	}
	for _, s := range r.ordered() {
		err := s.claim(ctx)
		if err == nil {
			n := r.batchN.Add(1)
			err = s.publish(ctx, s.lanes[0], n, s.attempt(n), r.Holds)
		}
		if err != nil {
			s.fail(err)
		}
	}
}

// ordered gives the sites in order of address, for deterministic output.
func (r *run) ordered() []*site {
	var out []*site
	for _, address := range slices.Sorted(maps.Keys(r.sites)) {
		out = append(out, r.sites[address])
	}
	return out
}

// siteNamed gives a destination by its instance name; nil if it was not opened.
func (r *run) siteNamed(name string) *site {
	for _, s := range r.sites {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// pass carries out the changes that are wanted and counts the removals it saw.
func (r *run) pass(ctx context.Context, want func(plan.Action) bool) (removals int64, err error) {
	var lanes sync.WaitGroup
	for _, s := range r.ordered() {
		s.start(ctx, &lanes)
	}
	for c, e := range r.Changes {
		if e != nil {
			err = e
			break
		}
		if c.Action.Removes() {
			removals++
		}
		if !want(c.Action) {
			continue
		}
		if r.halted(ctx) {
			break
		}
		if err = r.offer(ctx, c); err != nil {
			break
		}
	}
	for _, s := range r.ordered() {
		s.end(ctx)
	}
	lanes.Wait()
	return removals, errors.Join(err, r.mover.flush(ctx))
}

// halted tells whether no new work is to be begun.
func (r *run) halted(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	case <-r.Drain:
		r.drained()
		return true
	default:
		return false
	}
}

// offer gives a change to its destination. The stream may reuse the value, so a
// copy of it goes on.
func (r *run) offer(ctx context.Context, c *plan.Change) error {
	if c.Reason == plan.CostMeasure {
		return r.mover.offer(ctx, cloneChange(c))
	}
	s := r.sites[c.Destination]
	if s == nil {
		return errors.New("apply: the plan names " + c.Destination + ", which was not opened; this is a bug in the caller")
	}
	return s.offer(ctx, cloneChange(c))
}

func cloneChange(c *plan.Change) *plan.Change {
	n := *c
	if c.Before != nil {
		before := *c.Before
		n.Before = &before
	}
	if c.After != nil {
		after := *c.After
		n.After = &after
	}
	return &n
}

// mayRemove tells whether removals may follow: never when anything failed, since
// what failed might be the copy that covers them.
func (r *run) mayRemove(removals int64) bool {
	why := ""
	r.tally.mu.Lock()
	switch {
	case r.Partial:
		why = "Policies kept part of this plan from being carried out"
	case r.result.Failed > 0:
		why = strconv.FormatInt(r.result.Failed, 10) + " changes of this run failed"
	case len(r.result.Stops) > 0:
		why = "A destination stopped early"
	case r.result.Drained || r.result.Interrupted:
		why = "The run was interrupted"
	}
	r.tally.mu.Unlock()
	if why == "" {
		return true
	}
	r.stop(diag.Diagnostic{
		Severity: diag.Warning,
		Code:     "removals_left",
		Summary:  "Removals were left out",
		Detail: why + ", so that none of the " + strconv.FormatInt(removals, 10) +
			" changes that retire or remove copies was begun: the copies that are to cover them may be among what is missing. Mend the cause and apply again.",
	})
	return false
}

// finish closes the heads and makes the result.
func (r *run) finish(ctx context.Context, err error) (Result, error) {
	cause := context.Cause(ctx)
	if cause == nil {
		listings := r.listed()
		for _, s := range r.ordered() {
			if e := s.close(ctx, listings); e != nil {
				s.fail(e)
			}
		}
		cause = context.Cause(ctx)
	}
	res := r.sum()
	switch {
	case errors.Is(cause, errBudget):
		r.stop(diag.Diagnostic{
			Severity: diag.Error,
			Code:     "failure_budget",
			Summary:  "Too many changes failed",
			Detail:   "The run stopped after " + strconv.FormatInt(res.Failed, 10) + " failed changes, because so many point at one cause. What was done is recorded; mend the cause and apply again.",
		})
		res = r.sum()
	case err == nil && cause != nil && !errors.Is(cause, context.Canceled):
		err = cause
	case cause != nil:
		res.Interrupted = true
	}
	return res, err
}

// listed gives the listings of a run that carried its plan out: what failed may
// be what was listed.
func (r *run) listed() (out []record.Evidence) {
	r.tally.mu.Lock()
	defer r.tally.mu.Unlock()
	if r.result.Failed > 0 || r.result.Drained || r.result.Stops.HasErrors() {
		return nil
	}
	for _, e := range r.Listings {
		e.Kind, e.Run, e.Destination = cmp.Or(e.Kind, "listing"), r.Run, ""
		out = append(out, e)
	}
	return out
}

// over tells whether the run was told to stop at once.
func (r *run) over() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}
