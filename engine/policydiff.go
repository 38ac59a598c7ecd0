package engine

import (
	"context"
	"os"

	"github.com/backstay/backstay/engine/review"
	"github.com/backstay/backstay/schema/diag"
)

// PolicyDiffRequest asks what a change of policies means.
type PolicyDiffRequest struct {
	Base string // what they are compared with: a folder, or else a commit of git
	Set  string // the organisation's own controls on the base's side, as for ReviewRequest
}

// PolicyDiffResult is the answer of PolicyDiff.
type PolicyDiffResult struct {
	Base     string // as asked
	Commit   string // full name of the base's commit; "" for a folder
	Verdict  review.Verdict
	Changes  []review.Change // what weakens first
	Weakened int             // how many of them weaken, what cannot be compared included
	Same     int             // rules of the old set that stand in the new one
	Compared int             // rules that were compared exactly
	Open     int             // rules that could not be
	Outcome  Outcome

	judged Judgement
}

// Snippet is the source of a range in the new configuration; nil elsewhere.
func (r *PolicyDiffResult) Snippet(at *diag.Range) *diag.Snippet { return r.judged.Snippet(at) }

// PolicyDiff compares two policy sets by meaning, over the new configuration: a
// weakening is shown as a change that was denied and now passes. It reads no
// source, no destination and no state.
func (e *Engine) PolicyDiff(ctx context.Context, r PolicyDiffRequest) (*PolicyDiffResult, diag.List) {
	res := &PolicyDiffResult{Base: r.Base, Outcome: Failed}
	l, ds := e.loadJudged(ctx)
	if ds.HasErrors() {
		return res, ds
	}
	base, more := e.loadBase(ctx, r.Base, r.Set)
	if ds = append(ds, more...); more.HasErrors() {
		return res, ds
	}
	res.Commit = base.commit
	v := &reviewing{e: e, now: e.clock.Now(), base: base, head: &sideOf{loaded: l, files: os.DirFS(e.o.Dir)}}
	got, report, err := v.run(ctx)
	if err != nil {
		return res, append(ds, diag.FromError(err, "review_failed", "Policies could not be compared"))
	}
	policies := got.Policies()
	m := v.meaning
	res.Changes, res.Weakened, res.Verdict = policies.Changes, len(policies.Weakened()), policies.Verdict()
	res.Same, res.Compared, res.Open = m.Same, m.Compared, m.Open
	res.judged = l.judgement(report)
	res.Outcome = Done
	if res.Weakened > 0 {
		res.Outcome = Denied
	}
	return res, ds
}
