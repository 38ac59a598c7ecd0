package engine

import (
	"context"
	"iter"
	"path/filepath"
	"time"

	"github.com/backstay/backstay/engine/cost"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/report"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

// Check asks the state phase: is what the backup plans promise true today? It
// lists the sources, reads the record, and changes neither copies nor what is
// recorded of them: the log of runs alone gets an entry, so that the next check
// can compare.
func (e *Engine) Check(ctx context.Context) (*CheckResult, diag.List) {
	res := &CheckResult{Outcome: Failed}
	l, ds := e.loadWholeJudged(ctx)
	if !ds.HasErrors() {
		ds = append(ds, complete(l.cfg)...)
	}
	if ds.HasErrors() {
		return res, ds
	}
	st, more := e.openPlanState(ctx, l.cfg)
	ds = append(ds, more...)
	if st == nil {
		return res, ds
	}
	defer e.closing("state", st.Close)
	k := &checking{e: e, l: l, st: st, now: e.clock.Now(), sources: map[string]storage.Source{}, held: map[string]heldCount{}}
	defer func() { e.closeSources(k.sources) }()
	ds = append(ds, k.open(ctx)...)
	if err := k.run(ctx, res); err != nil {
		return res, append(ds, problem(err, "check_failed", "Check stopped", readAgain))
	}
	res.Outcome = Done
	if res.Blocked {
		res.Outcome = Denied
	}
	k.recordCheck(ctx, res)
	return res, ds
}

// checking is one Check under way.
type checking struct {
	e       *Engine
	l       *loaded
	st      *state.State
	now     time.Time
	sources map[string]storage.Source
	session *policy.StateSession
	watch   *watching
	held    map[string]heldCount // by hold
	cost    *cost.Forecast
	places  *places
	unclear diag.List // what is wrong with places
	told    map[string]*storage.Told
	trail   *trail
	erasure *erasing
	orphans plan.Count
}

// open opens the sources. One that cannot be opened is a warning: what rests on
// its listing is then unknown, which no control takes for a pass.
func (k *checking) open(ctx context.Context) (ds diag.List) {
	for _, s := range k.l.cfg.Sources {
		driver, err := k.e.openSource(ctx, s)
		if err != nil {
			d := storeDiagnostic(err, "source_unreadable", "Source cannot be opened", s.Addr.String(), placeAt(s))
			d.Severity = diag.Warning
			ds = append(ds, d)
			continue
		}
		k.sources[s.Addr.Instance()] = driver
	}
	return ds
}

func (k *checking) run(ctx context.Context, res *CheckResult) error {
	var err error
	if k.session, err = k.l.policies.NewState(ctx, k.now); err != nil {
		return diag.Fail(policy.Problem(err))
	}
	names, err := k.st.SourceNames(ctx)
	if err != nil {
		return err
	}
	for _, s := range k.l.cfg.Sources {
		names = union(names, []string{s.Addr.Instance()})
	}
	k.cost = cost.New(k.l.cfg, k.now)
	k.places, k.unclear = k.e.openPlaces(ctx, k.l.cfg, k.st, false)
	defer k.places.close()
	if err := k.prepare(); err != nil {
		return err
	}
	k.watch = k.e.watching("check")
	defer k.watch.end()
	got, err := report.Run(ctx, report.Request{
		Config: k.l.cfg, Now: k.now, Sources: names,
		Inventories: func(name string) iter.Seq2[storage.Entry, error] { return k.inventory(ctx, name) },
		Recorded:    func(name string) iter.Seq2[record.Copy, error] { return k.st.Copies(ctx, name) },
		Object:      func(o *report.Object) error { return k.object(ctx, o) },
		Copy:        func(c *report.Copy) error { return k.copy(ctx, c) },
	})
	if err != nil {
		return err
	}
	totals, err := k.totals(ctx, got)
	if err != nil {
		return err
	}
	judged, err := k.session.End(ctx, totals)
	if err != nil {
		return diag.Fail(policy.Problem(err))
	}
	k.doubts(&judged)
	res.Judgement = k.l.judgement(judged)
	res.Coverage, res.Orphans = coverages(got.Coverage), k.orphans
	res.Trend, err = k.trend(ctx, &res.Judgement)
	return err
}

func (k *checking) inventory(ctx context.Context, name string) iter.Seq2[storage.Entry, error] {
	s := k.sources[name]
	if s == nil {
		return nil
	}
	k.e.keepListing(k.l.cfg, k.st, name, s, true) // what is true today is asked for
	return k.trail.following(name, k.e.outside(k.l.cfg, s, k.e.remarked(name, s, counted(s.List(ctx), k.watch))))
}

func (k *checking) object(ctx context.Context, o *report.Object) error {
	_, err := k.session.Object(ctx, k.objectSubject(o))
	if err != nil {
		return diag.Fail(policy.Problem(err))
	}
	return nil
}

func (k *checking) copy(ctx context.Context, c *report.Copy) error {
	k.countHeld(&c.Copy)
	k.cost.Recorded(&c.Copy)
	k.erasure.count(&c.Copy, k.now)
	if len(c.Claims) == 0 {
		k.orphans.Add(c.Size)
	}
	_, err := k.session.Copy(ctx, k.copySubject(c))
	if err != nil {
		return diag.Fail(policy.Problem(err))
	}
	return nil
}

// doubts adds what cannot be true of destinations that are not as the state knows
// them: what is recorded of their copies is not known today.
func (k *checking) doubts(r *policy.Report) {
	for _, b := range k.places.brakes(nil) {
		r.Findings = append(r.Findings, unknownPlace(b.Address, b.Message))
	}
	for _, d := range k.unclear {
		r.Findings = append(r.Findings, unknownPlace(d.Address, d.Detail))
	}
	r.Blocked = r.Blocked || len(k.places.brakes(nil))+len(k.unclear) > 0
}

// prepare gets ready what the streams are compared with on their way.
func (k *checking) prepare() (err error) {
	k.told = map[string]*storage.Told{}
	k.trail = newTrail(k.l.policies.Strings("SCOPE-7", "audit_sources"))
	k.erasure, err = k.e.erasing(k.l.cfg)
	return err
}

func unknownPlace(address, message string) policy.Finding {
	return policy.Finding{
		Control: destinationBrake, Title: "Destination is not as the state knows it", Severity: policy.Mandatory,
		Result: policy.Unknown, Phase: policy.PhaseState, Address: address, Message: message,
	}
}

// coverages are the figures as views show them.
func coverages(in []report.Coverage) []Coverage {
	out := make([]Coverage, len(in))
	for i, c := range in {
		out[i] = Coverage{
			Backup: c.Backup.Addr.String(), Source: c.Backup.Source.String(), Objects: c.Objects,
			Protected: c.Protected, Partly: c.Partly, Unprotected: c.Unprotected, Gone: c.Gone,
			OldestCopy: millis(c.OldestCopy), NewestCopy: millis(c.NewestCopy), OldestVerify: millis(c.OldestVerify),
		}
		for j, d := range c.Destinations {
			out[i].Destinations = append(out[i].Destinations, DestinationCoverage{
				Destination: c.Backup.Copies[j].To.String(), Copies: d.Copies, Verified: d.Verified, Damaged: d.Damaged, Retired: d.Retired,
			})
		}
	}
	return out
}

// counted tells the observer how far a listing is.
func counted(in iter.Seq2[storage.Entry, error], w *watching) iter.Seq2[storage.Entry, error] {
	return func(yield func(storage.Entry, error) bool) {
		for entry, err := range in {
			w.step(entry.Size)
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

func policyCount(c plan.Count) policy.Count { return policy.Count{Objects: c.Objects, Bytes: c.Bytes} }

// stateFolder is where the state and its companions lie.
func stateFolder(path string) string { return filepath.Dir(path) }
