package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/scope"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/verify"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

// Verify reads copies again and compares their digests. What it finds is
// recorded: whole copies with a new date, damaged and missing ones so that the
// next plan makes them again.
func (e *Engine) Verify(ctx context.Context, r VerifyRequest) (*VerifyResult, diag.List) {
	res := &VerifyResult{}
	l, ds := e.loadWhole(ctx)
	if ds.HasErrors() {
		return res.end(Failed), ds
	}
	want, more := verifyFilter(r, e.clock.Now())
	if more.HasErrors() {
		return res.end(Failed), append(ds, more...)
	}
	w, more := e.openWriter(ctx, l, false)
	ds = append(ds, more...)
	if w == nil {
		return res.end(lockedOutcome(ds)), ds
	}
	defer w.close()
	res.Run = w.runID
	if more := w.open(false); more.HasErrors() {
		return res.end(Failed), append(ds, more...)
	}
	ds = append(ds, w.places.brakesAsErrors()...)
	targets, more := w.verifyTargets(r.Destinations)
	ds = append(ds, more...)
	if ds.HasErrors() {
		return res.end(Failed), ds
	}
	more = w.verify(res, r, want, targets)
	return res.settle(ctx, append(ds, more...)), append(ds, more...)
}

// verify runs the verification under a run of its own.
func (w *writer) verify(res *VerifyResult, r VerifyRequest, want func(*record.Copy) bool, targets []verify.Target) (ds diag.List) {
	fail := func(err error) {
		ds = append(ds, problem(err, "verify_failed", "Verification stopped", runAgain))
	}
	if err := w.begin(state.Run{Command: "verify", ConfigDigest: w.l.cfg.Digest}); err != nil {
		fail(err)
		return ds
	}
	recorder, err := apply.NewRecorder(w.request())
	if err != nil {
		fail(err)
		return ds
	}
	if want, err = w.narrow(want, r, targets); err != nil {
		fail(err)
		return ds
	}
	got, err := verify.Run(w.ctx, verify.Request{
		Run: w.runID, Destinations: targets, Want: want, Clock: w.e.clock, Parallelism: r.Parallelism,
		Observe: w.e.verifyEvent, Sink: recorder, Expect: w.places.expect(w.ctx, targetNames(targets)),
	})
	if err != nil && w.ctx.Err() == nil {
		fail(err)
	}
	if err := recorder.Close(context.WithoutCancel(w.ctx)); err != nil {
		fail(err)
	}
	res.take(got)
	if err := w.end(res.settle(w.ctx, ds).Outcomes, nil, nil); err != nil {
		fail(err)
	}
	res.Outcomes = nil
	return ds
}

func verifyFilter(r VerifyRequest, now time.Time) (func(*record.Copy) bool, diag.List) {
	var glob *scope.Glob
	if r.Path != "" {
		g, err := scope.CompileGlob(r.Path)
		if err != nil {
			return nil, diag.List{badGlob(r.Path, err)}
		}
		glob = &g
	}
	before := now.Add(-r.OlderThan).UnixMilli()
	return func(c *record.Copy) bool {
		return c.Key != "" && (glob == nil || glob.Match(c.Path)) && (r.OlderThan <= 0 || c.VerifiedAt <= before)
	}, nil
}

// narrow leaves a sample of each destination's wanted copies.
func (w *writer) narrow(want func(*record.Copy) bool, r VerifyRequest, targets []verify.Target) (func(*record.Copy) bool, error) {
	if r.Sample <= 0 {
		return want, nil
	}
	chosen := map[string]map[string]bool{}
	for _, t := range targets {
		var err error
		if chosen[t.Name], err = sampled(t.Copies, r.Sample, w.runID, want, copyID); err != nil {
			return nil, err
		}
	}
	return func(c *record.Copy) bool { return chosen[c.Destination][copyID(c)] }, nil
}

// copyID tells copies at one destination apart.
func copyID(c *record.Copy) string { return c.Key }

func (w *writer) verifyTargets(want []string) ([]verify.Target, diag.List) {
	var out []verify.Target
	for _, p := range w.places.list {
		if len(want) > 0 && !named(want, p.address, p.name) {
			continue
		}
		if p.driver != nil {
			out = append(out, verify.Target{Name: p.name, Driver: p.driver, Copies: w.st.CopiesAt(w.ctx, p.name)})
		}
	}
	if len(out) == 0 {
		return nil, diag.List{{
			Severity: diag.Error, Code: "nothing_to_verify", Summary: "No destination to verify",
			Detail: fmt.Sprintf("None of the destinations asked for (%s) is configured and has copies on record.", strings.Join(want, ", ")),
		}}
	}
	return out, nil
}

func targetNames(ts []verify.Target) []string {
	out := make([]string, len(ts))
	for i, t := range ts {
		out[i] = t.Name
	}
	return out
}

func named(want []string, names ...string) bool {
	for _, w := range want {
		for _, n := range names {
			if w == n {
				return true
			}
		}
	}
	return false
}

func (r *VerifyResult) take(got verify.Result) {
	r.Verified, r.Damaged, r.Missing, r.Unreadable, r.Archived = got.Verified, got.Damaged, got.Missing, got.Failed, got.Archived
	for _, p := range got.Problems {
		r.Problems = append(r.Problems, Problem{
			Destination: p.Destination, Source: p.Source, Path: p.Path, Key: p.Key, What: p.What, Detail: p.Detail,
		})
	}
}

func (r *VerifyResult) end(o ...Outcome) *VerifyResult {
	r.Outcomes = append(r.Outcomes, o...)
	return r
}

// settle makes the outcome of counts and diagnostics: damage is a failure.
func (r *VerifyResult) settle(ctx context.Context, ds diag.List) *VerifyResult {
	r.Outcomes = nil
	bad := plan.Count{Objects: r.Damaged.Objects + r.Missing.Objects + r.Unreadable.Objects}
	switch {
	case ctx.Err() != nil:
		return r.end(Interrupted)
	case ds.HasErrors() || bad.Objects > 0:
		return r.end(Failed)
	}
	return r.end(Done)
}
