package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/internal/atomicfile"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// Apply carries out a plan: one from a file, or one made now and confirmed. It
// first settles what an earlier run left, judges the plan again by its own
// clock, and does nothing if that refuses.
func (e *Engine) Apply(ctx context.Context, r ApplyRequest) (*ApplyResult, diag.List) {
	res := &ApplyResult{}
	l, ds := e.loadWholeJudged(ctx)
	if !ds.HasErrors() {
		ds = append(ds, complete(l.cfg)...)
	}
	if ds.HasErrors() {
		return res.end(Failed), ds
	}
	if denied, more := e.judgeIntent(ctx, l); denied != nil || more.HasErrors() {
		if denied != nil {
			res.Plan, res.Judgement = denied, denied.Judgement
			return res.end(denied.Outcome), append(ds, more...)
		}
		return res.end(Failed), append(ds, more...)
	}
	if r.File != "" && !r.Resume {
		var err error
		if res.Plan, err = openPlan(r.File); err != nil { // before anything is touched
			return res.end(Failed), append(ds, diag.FromError(err, "plan_unreadable", "Plan file cannot be read"))
		}
		res.Plan.sources = l.sources
	}
	w, more := e.openWriter(ctx, l, r.File == "" && !r.Resume)
	ds = append(ds, more...)
	if w == nil {
		return res.end(lockedOutcome(ds)), ds
	}
	defer w.close()
	a := &applying{writer: w, r: r, res: res}
	return res, append(ds, a.run()...)
}

// applying is one Apply under way.
type applying struct {
	*writer
	r       ApplyRequest
	res     *ApplyResult
	sources map[string]storage.Source
	resumed *state.Run
	earlier *state.Run // interrupted, and given up once this run begins
}

func (a *applying) run() diag.List {
	earlier, err := a.st.OpenRun(a.ctx)
	if err != nil {
		return a.failed(err)
	}
	if a.r.Resume && earlier == nil {
		a.e.notice("Nothing to resume: no run was interrupted.")
		a.res.end(Done)
		return nil
	}
	if ds := a.open(true); ds.HasErrors() {
		a.res.end(Failed)
		return ds
	}
	a.res.Settled = a.settled
	if err := a.sweepPlans(earlier); err != nil {
		return a.failed(err)
	}
	if a.r.Resume {
		return a.resume(earlier)
	}
	a.earlier = earlier
	if a.r.File != "" {
		return a.carryOut()
	}
	return a.planAndCarryOut()
}

func (a *applying) failed(err error) diag.List {
	a.res.end(Failed)
	return diag.List{problem(err, "apply_failed", "Apply stopped", runAgain)}
}

// abandon closes the records of runs that died and are not resumed: what they
// left was settled, and a new plan takes their place.
func (a *applying) abandon() error {
	runs, err := a.st.AbandonRuns(a.ctx, a.e.clock.Now())
	if err != nil {
		return err
	}
	if a.earlier != nil {
		end := state.RunEnd{ID: a.earlier.ID, Outcome: state.Abandoned, EndedAt: a.e.clock.Now()}
		if err := a.endWithLink(a.ctx, a.earlier, end); err != nil {
			return err
		}
		if err := removeIfThere(a.keptPlan(a.earlier.ID)); err != nil {
			return err
		}
	}
	for i := range runs {
		link, err := a.link(a.ctx, &runs[i], state.RunEnd{Outcome: runs[i].Outcome, EndedAt: runs[i].EndedAt})
		if err != nil {
			return err
		}
		if err := a.st.AppendAudit(a.ctx, link); err != nil {
			return err
		}
	}
	return nil
}

// resume carries on with the plan of an interrupted run.
func (a *applying) resume(earlier *state.Run) diag.List {
	var err error
	if a.res.Plan, err = openPlan(a.keptPlan(earlier.ID)); err != nil {
		a.res.end(Stale)
		return diag.List{stale("The plan of run " + earlier.ID + " is no longer kept beside the state. Apply again without -resume: what was done is recorded, and only what is left will be planned.")}
	}
	if d, refused, err := a.overtaken(earlier); err != nil {
		return a.failed(err)
	} else if refused {
		a.res.end(Stale)
		return diag.List{d}
	}
	a.resumed, a.runID = earlier, earlier.ID
	a.res.Plan.sources = a.l.sources
	return a.carryOut()
}

// overtaken tells whether the plan of an interrupted run may still be carried
// on: it must be the very plan that was begun, and nobody else may have written
// since, or what it rests on may have moved.
func (a *applying) overtaken(earlier *state.Run) (diag.Diagnostic, bool, error) {
	if a.res.Plan.Digest != earlier.PlanDigest {
		return stale("The plan kept for run " + earlier.ID + " is not the one that it began with. Apply again without -resume."), true, nil
	}
	for run, err := range a.st.Runs(a.ctx) {
		if err != nil {
			return diag.Diagnostic{}, false, err
		}
		if run.ID != earlier.ID && !run.StartedAt.Before(earlier.StartedAt) {
			return stale(fmt.Sprintf("Run %s (%s) has written since run %s was interrupted, so its plan may rest on what is no longer so. Apply again without -resume: what was done is recorded, and only what is left will be planned.",
				run.ID, run.Command, earlier.ID)), true, nil
		}
	}
	return diag.Diagnostic{}, false, nil
}

// planAndCarryOut makes a plan under the lease, so that nothing can move between
// the plan that is shown and the one that is applied.
func (a *applying) planAndCarryOut() diag.List {
	a.r.Plan.Allow = append(a.r.Plan.Allow, a.r.Allow...)
	made, ds := a.e.makePlan(a.ctx, a.l, a.st, a.places, a.r.Plan)
	if ds.HasErrors() {
		a.res.end(Failed)
		return ds
	}
	a.res.Plan, a.res.Judgement = made, made.Judgement
	if made.Outcome == Denied && !a.r.Partial {
		a.res.end(Denied)
		return ds
	}
	if made.Summary.Changes() > 0 && a.r.Confirm != nil && !a.r.Confirm(made) {
		a.res.end(Declined)
		return ds
	}
	return append(ds, a.carryOut()...)
}

// touch records that a run looked and found nothing to do: age and freshness
// rest on it. The serial stays.
func (a *applying) touch() diag.List {
	if err := errors.Join(a.abandon(), a.begin(a.runRecord())); err != nil {
		return a.failed(err)
	}
	if err := a.end([]Outcome{Done}, nil, a.carriedOut(true)); err != nil {
		return a.failed(err)
	}
	a.res.Run = a.runID
	return nil
}

// carryOut checks the bindings of the plan, judges it again, and applies it.
func (a *applying) carryOut() diag.List {
	p := a.res.Plan
	if d, refused := a.refuse(p); refused {
		a.res.end(Stale)
		return diag.List{d}
	}
	verdict, err := a.judgeAgain(p)
	if err != nil {
		return a.failed(err)
	}
	a.res.Judgement = verdict.judgement
	a.decisions = decided(&a.res.Judgement)
	if verdict.stops(a.r.Partial) {
		a.res.end(Denied)
		return nil
	}
	holds, err := a.holdEvents()
	if err != nil {
		return a.failed(err)
	}
	if p.Summary.Changes() == 0 && len(holds) == 0 {
		a.res.end(Done)
		return a.touch()
	}
	if ds := a.openSources(p); ds.HasErrors() {
		a.res.end(Failed)
		return ds
	}
	defer a.e.closeSources(a.sources)
	return a.apply(p, verdict, holds)
}

func (a *applying) apply(p *PlanResult, v *verdict, holds []record.Event) diag.List {
	if a.resumed == nil {
		if err := errors.Join(a.abandon(), a.keepPlan(p), a.begin(a.runRecord())); err != nil {
			return a.failed(err)
		}
	} else {
		a.begun = a.resumed
	}
	a.res.Run = a.runID
	req := a.request()
	req.Changes, req.Sources = v.allowed(p.Changes(a.ctx)), a.sources
	req.Systems = systems(a.l.cfg)
	req.Parallelism, req.Drain, req.Resume = a.r.Parallelism, a.r.Drain, a.resumed != nil
	req.Partial, req.AllCopies = v.denied > 0, everywhere(a.l.cfg)
	req.Expect = expectation(&p.Summary)
	req.Holds = holds
	for _, s := range a.carriedOut(v.denied == 0) {
		req.Listings = append(req.Listings, record.Evidence{
			At: s.ListedAt(p.Header.AsOf).UnixMilli(), Detail: s.Source, Objects: s.Live.Objects, Bytes: s.Live.Bytes,
		})
		root, err := rootOf(a.ctx, s.Source, a.sources[s.Source], p.Header.AsOf)
		if err != nil {
			return a.failed(err)
		}
		req.Listings = append(req.Listings, root...)
	}
	a.e.watch.Event(Event{Kind: PhaseStart, Phase: "apply", At: a.e.clock.Now(), TotalObjects: req.Expect.Objects, TotalBytes: req.Expect.Bytes})
	got, err := apply.Run(a.ctx, req)
	sum := total(got.Done)
	a.e.watch.Event(Event{
		Kind: PhaseEnd, Phase: "apply", At: a.e.clock.Now(), Objects: sum.Objects, Bytes: sum.Bytes, Failed: got.Failed,
		TotalObjects: req.Expect.Objects, TotalBytes: req.Expect.Bytes,
	})
	return a.conclude(got, v, err)
}

// conclude makes outcomes of what was done, and closes the run's record unless
// something is left that -resume can carry on.
func (a *applying) conclude(got apply.Result, v *verdict, err error) (ds diag.List) {
	a.res.take(got)
	ds = append(ds, got.Stops...)
	if err != nil && !got.Interrupted && !errors.Is(err, context.Canceled) {
		ds = append(ds, problem(err, "apply_failed", "Apply stopped", runAgain))
	}
	interrupted := got.Interrupted || got.Drained
	a.res.end(applyOutcomes(got, v, ds, interrupted)...)
	if interrupted {
		a.res.Resume = "apply -resume"
		return ds
	}
	whole := got.Failed+got.Left+v.denied == 0 && !ds.HasErrors()
	if err := errors.Join(a.end(a.res.Outcomes, got.Done, a.carriedOut(whole)), removeIfThere(a.keptPlan(a.runID))); err != nil {
		ds = append(ds, problem(err, "run_unrecorded", "Run could not be recorded", runAgain))
		a.res.end(Failed)
	}
	return ds
}

func applyOutcomes(got apply.Result, v *verdict, ds diag.List, interrupted bool) []Outcome {
	out := []Outcome{Done}
	if interrupted {
		out = append(out, Interrupted)
	}
	if got.Failed > 0 || ds.HasErrors() {
		out = append(out, Failed)
	}
	if got.Skipped > 0 || got.Left > 0 || v.denied > 0 || len(ds) > 0 {
		out = append(out, Partial)
	}
	return out
}

func (r *ApplyResult) take(got apply.Result) {
	r.Done, r.Skipped, r.Failed, r.Left = got.Done, got.Skipped, got.Failed, got.Left
	for _, p := range got.Problems {
		r.Problems = append(r.Problems, Problem{
			Destination: p.Destination, Source: p.Source, Path: p.Path, Key: p.Key, What: string(p.What), Detail: p.Detail,
		})
	}
}

func (r *ApplyResult) end(o ...Outcome) *ApplyResult {
	r.Outcomes = append(r.Outcomes, o...)
	return r
}

// Close removes what was kept for this result.
func (r *ApplyResult) Close() error { return r.Plan.Close() }

// expectation is what progress counts towards.
func expectation(s *plan.Summary) plan.Count { return total(s.Actions) }

func total(actions map[plan.Action]plan.Count) plan.Count {
	var sum plan.Count
	for _, c := range actions {
		sum.Objects += c.Objects
		sum.Bytes += c.Bytes
	}
	return sum
}

func (a *applying) runRecord() state.Run {
	p := a.res.Plan
	return state.Run{
		Command: "apply", PlanDigest: p.Digest, ConfigDigest: a.l.cfg.Digest,
		PolicyDigest: a.l.policies.Digest(), AsOf: p.Header.AsOf, Allow: a.allows(),
	}
}

// allows are the brakes that plan and apply let pass.
func (a *applying) allows() []string {
	return union(a.res.Plan.Header.Allow, a.r.Allow)
}

// openSources opens the sources that the plan reads.
func (a *applying) openSources(p *PlanResult) (ds diag.List) {
	a.sources = map[string]storage.Source{}
	for _, s := range a.l.cfg.Sources {
		driver, err := a.e.openSource(a.ctx, s)
		if err != nil {
			if gone(err) {
				continue // its changes are skipped one by one, and named
			}
			ds = append(ds, storeDiagnostic(err, "source_unreadable", "Source cannot be opened", s.Addr.String(), placeAt(s)))
			continue
		}
		a.sources[s.Addr.Instance()] = driver
	}
	return append(ds, a.e.apart(a.l.cfg, a.sources, a.places)...)
}

// systems are the types of the sources, by instance name.
func systems(cfg *schema.Configuration) map[string]string {
	types := map[string]string{}
	for _, s := range cfg.Sources {
		types[s.Addr.Instance()] = s.Addr.Type
	}
	return types
}

// keptPlan is where the plan of a run lies until the run has ended.
func (a *applying) keptPlan(run string) string {
	return filepath.Join(filepath.Dir(statePath(a.l.cfg)), "run-"+run+".plan")
}

// keepPlan keeps a copy of the plan for -resume: a copy, so that nobody who
// writes to the original reaches it.
func (a *applying) keepPlan(p *PlanResult) error {
	in, err := os.Open(p.kept)
	if err != nil {
		return fmt.Errorf("keep the plan: %w", err)
	}
	defer a.e.closing("plan", in.Close)
	err = atomicfile.Write(a.keptPlan(a.runID), planMode, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the plan: %w", err)
	}
	return nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// refuse compares what the plan is bound to with what is there now.
func (a *applying) refuse(p *PlanResult) (diag.Diagnostic, bool) {
	h, id, now := p.Header, a.st.Identity(), a.e.clock.Now()
	switch {
	case a.r.ApproveDigest != "" && a.r.ApproveDigest != p.Digest:
		return stale(fmt.Sprintf("The digest that was approved is %s, and this plan has %s. Have this plan reviewed, or apply the one that was.", a.r.ApproveDigest, p.Digest)), true
	case h.ConfigDigest != a.l.cfg.Digest:
		return stale("The configuration changed since the plan was made. Plan again, and have the new plan reviewed."), true
	case h.PolicyDigest != a.l.policies.Digest():
		return stale("The policy set changed since the plan was made: it would be applied under other rules than it was judged by. Plan again."), true
	case h.Lineage != id.Lineage:
		return stale(fmt.Sprintf("The plan was made for the state with lineage %s, and this one has %s.", h.Lineage, id.Lineage)), true
	case a.resumed != nil:
		return diag.Diagnostic{}, false // its own run moved the serial
	case h.Serial != id.Serial:
		return stale(fmt.Sprintf("The plan was made at serial %d of the state, which is now at %d: another run, or this plan itself, was applied since. Plan again.", h.Serial, id.Serial)), true
	case h.AsOf.After(now.Add(clockBack)):
		return stale(fmt.Sprintf("The plan was made as of %s, which lies ahead: it is a simulation and cannot be applied.", h.AsOf.UTC().Format(time.RFC3339))), true
	case now.Sub(h.AsOf) > h.MaxAge:
		return stale(fmt.Sprintf("The plan was made as of %s and may be begun within %s. Plan again.", h.AsOf.UTC().Format(time.RFC3339), h.MaxAge)), true
	}
	return diag.Diagnostic{}, false
}

func stale(detail string) diag.Diagnostic {
	return diag.Diagnostic{
		Severity: diag.Error, Code: "plan_stale", Summary: "Plan is stale",
		Detail: detail + " Nothing was done.",
	}
}

// allowedChanges leaves out the changes that policies denied.
func allowedChanges(in iter.Seq2[*plan.Change, error], denied func(i int64) bool) iter.Seq2[*plan.Change, error] {
	return func(yield func(*plan.Change, error) bool) {
		var i int64
		for c, err := range in {
			if err == nil && denied(i) {
				i++
				continue
			}
			i++
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

// carriedOut are the sources whose freshness rests on this run: none where some
// of the plan was left out, or where it was narrowed to some objects.
func (a *applying) carriedOut(whole bool) []plan.SourceTotals {
	h := a.res.Plan.Header
	if !whole || len(h.Targets)+len(h.Excludes) > 0 {
		return nil
	}
	return a.res.Plan.Summary.Sources
}
