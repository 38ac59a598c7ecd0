package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/backstay/backstay/engine/audit"
	"github.com/backstay/backstay/engine/cost"
	"github.com/backstay/backstay/engine/diff"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/renames"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/plan/planfile"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// MaxPlanAge is how long after its as-of a plan may be begun (design.md,
// section 3).
const MaxPlanAge = 24 * time.Hour

// Names of brakes that the façade itself knows; diff knows the others.
const (
	destinationBrake = "destination"
	clockBrake       = "clock"
)

// Plan compares what backup plans ask for with what exists. It changes nothing
// but creates an empty state at first use.
func (e *Engine) Plan(ctx context.Context, r PlanRequest) (*PlanResult, diag.List) {
	l, ds := e.loadWholeJudged(ctx)
	if !ds.HasErrors() {
		ds = append(ds, complete(l.cfg)...)
	}
	if ds.HasErrors() {
		return failedPlan(), ds
	}
	if res, more := e.judgeIntent(ctx, l); res != nil || more.HasErrors() {
		return res, append(ds, more...)
	}
	st, more := e.openPlanState(ctx, l.cfg)
	ds = append(ds, more...)
	if st == nil {
		return failedPlan(), ds
	}
	defer e.closing("state", st.Close)
	places, more := e.openPlaces(ctx, l.cfg, st, false)
	defer places.close()
	ds = append(ds, more...)
	if ds.HasErrors() {
		return failedPlan(), ds
	}
	res, more := e.makePlan(ctx, l, st, places, r)
	return res, append(ds, more...)
}

func failedPlan() *PlanResult { return &PlanResult{Outcome: Failed} }

// judgeIntent asks the config phase. A denial is a result without changes: in
// config a fail lets nothing run.
func (e *Engine) judgeIntent(ctx context.Context, l *loaded) (*PlanResult, diag.List) {
	report, err := l.policies.Config(ctx, e.clock.Now())
	if err != nil {
		return failedPlan(), diag.List{policy.Problem(err)}
	}
	l.intent = report
	ds := l.illustrate(report.Diagnostics)
	if !report.Blocked {
		return nil, ds
	}
	return &PlanResult{
		Judgement: l.judgement(report), Outcome: Denied,
		Header:  plan.Header{FormatVersion: planfile.Version, Program: e.o.Version, ConfigDigest: l.cfg.Digest, PolicyDigest: l.policies.Digest(), AsOf: e.clock.Now()},
		changes: noChanges,
	}, ds
}

func noChanges(context.Context) iter.Seq2[*plan.Change, error] {
	return func(func(*plan.Change, error) bool) {}
}

// openPlanState opens the state for reading; at first use it makes an empty one,
// so that the plan has a lineage to be bound to.
func (e *Engine) openPlanState(ctx context.Context, cfg *schema.Configuration) (*state.State, diag.List) {
	st, ds := e.openState(ctx, cfg, state.Options{ReadOnly: true})
	if st != nil || !missingState(ds) {
		return st, ds
	}
	made, ds := e.openState(ctx, cfg, state.Options{Create: true})
	if made == nil {
		return nil, ds
	}
	e.closing("state", made.Close)
	return e.openState(ctx, cfg, state.Options{ReadOnly: true})
}

func missingState(ds diag.List) bool {
	return slices.ContainsFunc(ds, func(d diag.Diagnostic) bool { return d.Code == "state_missing" })
}

// planning is one plan under way.
type planning struct {
	e       *Engine
	l       *loaded
	st      *state.State
	places  *places
	r       PlanRequest
	now     time.Time
	sources map[string]storage.Source
	whole   map[string]bool // sources that have to be listed whole
	session *policy.PlanSession
	cost    *cost.Forecast
	out     *sink
	notes   diag.List // what the user should know of the plan beside its findings
}

func (e *Engine) makePlan(ctx context.Context, l *loaded, st *state.State, ps *places, r PlanRequest) (*PlanResult, diag.List) {
	p := &planning{e: e, l: l, st: st, places: ps, r: r, now: r.AsOf, sources: map[string]storage.Source{}, whole: map[string]bool{}}
	if p.now.IsZero() {
		p.now = e.clock.Now()
	}
	defer p.closeSources()
	if ds := p.openSources(ctx); ds.HasErrors() {
		return failedPlan(), ds
	}
	if ds := e.apart(l.cfg, p.sources, ps); ds.HasErrors() {
		return failedPlan(), ds
	}
	res, err := p.run(ctx)
	for errors.Is(err, errWhole) { // once for each source at most
		res, err = p.run(ctx)
	}
	if err != nil {
		return failedPlan(), diag.List{p.explain(err)}
	}
	return res, p.notes
}

func (p *planning) run(ctx context.Context) (*PlanResult, error) {
	h := p.header()
	facts := policy.PlanFacts{
		Now: p.now, AsOf: p.now, MaxAge: MaxPlanAge, Allow: p.r.Allow,
		ConfigBound: true, PolicyBound: true, StateBound: true, Author: p.e.o.User,
	}
	if err := p.e.planRecord(ctx, p.l.cfg, p.st, &facts); err != nil {
		return nil, err
	}
	report, sum, err := p.attempt(ctx, h, facts, nil)
	var moved *movedObjects
	if errors.As(err, &moved) {
		report, sum, err = p.attempt(ctx, h, facts, moved.pairs)
		err = errors.Join(err, moved.pairs.Close())
	}
	if err != nil {
		return nil, err
	}
	findings := append(report.Findings, p.l.standing()...)
	if err := p.out.finish(*sum, findings); err != nil {
		return nil, err
	}
	res, err := openPlan(p.out.path)
	if err != nil {
		return nil, err
	}
	p.dress(res, report)
	return res, nil
}

// attempt makes the changes and their judgement once, into a file of its own.
func (p *planning) attempt(ctx context.Context, h plan.Header, facts policy.PlanFacts, pairs *renames.Pairs) (policy.Report, *plan.Summary, error) {
	var err error
	p.cost = cost.New(p.l.cfg, p.now)
	if p.session, err = p.l.policies.NewPlan(ctx, facts); err != nil {
		return policy.Report{}, nil, diag.Fail(policy.Problem(err))
	}
	if p.out, err = newSink(p.r.Out, filepath.Dir(statePath(p.l.cfg)), h); err != nil {
		return policy.Report{}, nil, err
	}
	report, sum, err := p.stream(ctx, pairs)
	if err != nil {
		p.out.abort()
	}
	return report, sum, err
}

// dress adds to the plan as read back what only its maker knows.
func (p *planning) dress(res *PlanResult, report policy.Report) {
	res.Controls, res.Counters, res.sources = report.Controls, report.Counters, p.l.sources
	if res.Summary.Cost.Currency != "" {
		res.forecast = p.cost
	}
	if !p.out.keep {
		res.Path = ""
		res.close = removing(res.close, p.out.path)
	}
}

// stream makes the changes: each goes to the policies and into the file, and is
// then forgotten.
func (p *planning) stream(ctx context.Context, pairs *renames.Pairs) (policy.Report, *plan.Summary, error) {
	names, err := p.st.SourceNames(ctx)
	if err != nil {
		return policy.Report{}, nil, err
	}
	holds, err := p.st.Holds(ctx)
	if err != nil {
		return policy.Report{}, nil, err
	}
	if lost := p.lost(); len(lost) > 0 {
		return p.refuseLost(ctx, lost)
	}
	p.places.brakes(p.r.Allow) // which are let pass decides what is looked at
	rights, err := p.places.rights(ctx)
	if err != nil {
		return policy.Report{}, nil, err
	}
	ready := p.readying()
	search := p.searching(names, pairs)
	defer search.close()
	watch := p.e.watching("plan")
	sum, brakes, err := diff.Run(ctx, diff.Request{
		Unpaired: search.unpaired(), Renamed: search.renamed(),
		Config: p.l.cfg, Now: p.now, Holds: holds, Checksum: p.r.Checksum,
		Targets: p.r.Targets, Excludes: p.r.Excludes, RecordedSources: names,
		Inventories: func(name string) iter.Seq2[storage.Entry, error] { return p.inventory(ctx, name, watch) },
		Recorded:    func(name string) iter.Seq2[*record.Copy, error] { return priced(p.cost, p.st.Scan(ctx, name)) },
		Whole:       p.st.Object, Deviations: p.deviations(ctx), Probe: p.probe, Rights: rights, Passed: ready.passed,
	}, func(c *plan.Change) error {
		if err := p.leaning(c); err != nil {
			return err
		}
		if err := ready.add(ctx, c); err != nil {
			return err
		}
		c.Cost = p.cost.Change(c)
		if _, err := p.session.Change(ctx, c); err != nil {
			return diag.Fail(policy.Problem(err))
		}
		return p.out.Change(c)
	})
	watch.end()
	if err == nil {
		err = p.reach(sum)
	}
	if err == nil {
		err = search.end()
	}
	if err == nil {
		p.notes, err = ready.end(ctx)
	}
	if err != nil {
		return policy.Report{}, nil, err
	}
	sum.Cost = p.cost.Sum()
	pulled, err := p.pulled(ctx, sum, brakes)
	if err != nil {
		return policy.Report{}, nil, err
	}
	report, err := p.session.End(ctx, sum, pulled)
	if err != nil {
		return policy.Report{}, nil, diag.Fail(policy.Problem(err))
	}
	return report, sum, nil
}

// pulled are all brakes of this plan, those that -allow lets pass marked.
func (p *planning) pulled(ctx context.Context, sum *plan.Summary, brakes []diff.Brake) ([]policy.Brake, error) {
	out := p.places.brakes(p.r.Allow)
	for _, b := range brakes {
		out = append(out, policy.Brake{
			Name: b.Name, Address: b.Address, Message: b.Message,
			Value: float64(b.Count.Objects), Limit: float64(b.Of.Objects), Allowed: slices.Contains(p.r.Allow, b.Name),
		})
	}
	if p.r.AsOf.IsZero() {
		clock, err := clockBrakes(ctx, p.st, p.now, sum, p.r.Allow)
		if err != nil {
			return nil, err
		}
		out = append(out, clock...)
	}
	return out, nil
}

// clockJump is how far the clock may be ahead of the last run before removals
// need -allow=clock; clockBack how far behind before anything does (design.md,
// section 5).
const (
	clockJump = 30 * 24 * time.Hour
	clockBack = 5 * time.Minute
)

// clockBrakes compares the clock with the last apply on record; other commands
// do not vouch for a clock.
func clockBrakes(ctx context.Context, st *state.State, now time.Time, sum *plan.Summary, allow []string) ([]policy.Brake, error) {
	last, err := lastApply(ctx, st)
	if err != nil {
		return nil, err
	}
	if last.IsZero() {
		return nil, nil
	}
	removals := sum.Actions[plan.Retire].Objects + sum.Actions[plan.Expire].Objects
	b := policy.Brake{Name: clockBrake, Allowed: slices.Contains(allow, clockBrake)}
	switch gap := now.Sub(last); {
	case gap < -clockBack:
		b.Message = fmt.Sprintf("The clock says %s, but the last run began at %s: it went back. Terms would be worked out for the wrong day. Set the clock right, or let it pass with -allow=clock.",
			now.UTC().Format(time.RFC3339), last.UTC().Format(time.RFC3339))
	case gap > clockJump && removals > 0:
		b.Message = fmt.Sprintf("The clock says %s, and the last run was at %s, more than 30 days before. Should the clock be wrong, %d copies would be retired or removed too early. Look at the clock, then let it pass with -allow=clock.",
			now.UTC().Format(time.RFC3339), last.UTC().Format(time.RFC3339), removals)
	default:
		return nil, nil
	}
	return []policy.Brake{b}, nil
}

// lastApply is when the latest apply began; zero if there was none. A rebuilt
// state has no runs: there the log of runs, which destinations keep, knows it.
func lastApply(ctx context.Context, st *state.State) (last time.Time, err error) {
	for run, err := range st.Runs(ctx) {
		if err != nil {
			return last, err
		}
		if run.Command == "apply" && run.StartedAt.After(last) {
			last = run.StartedAt
		}
	}
	if !last.IsZero() {
		return last, nil
	}
	for link, err := range st.AuditEntries(ctx) {
		if err != nil {
			return last, err
		}
		entry, err := audit.Parse(link.Entry)
		if err == nil && entry.Command == "apply" && entry.Started.After(last) {
			last = entry.Started
		}
	}
	return last, nil
}

func (p *planning) header() plan.Header {
	id := p.st.Identity()
	refresh := p.r.Refresh
	if refresh == "" {
		refresh = "quick"
	}
	allow := slices.Clone(p.r.Allow)
	slices.Sort(allow)
	return plan.Header{
		FormatVersion: planfile.Version, Program: p.e.o.Version, ConfigDigest: p.l.cfg.Digest,
		PolicyDigest: p.l.policies.Digest(), Lineage: id.Lineage, Serial: id.Serial, AsOf: p.now, MaxAge: MaxPlanAge,
		Refresh: refresh, Checksum: p.r.Checksum, Targets: p.r.Targets, Excludes: p.r.Excludes, Allow: allow,
	}
}

// probe looks whether a copy that justifies a removal is there.
func (p *planning) probe(ctx context.Context, row *record.Copy) (bool, error) {
	place := p.places.byName(row.Destination)
	if place == nil || place.driver == nil {
		return false, nil
	}
	key, err := p.keyOf(ctx, row)
	if key == "" || err != nil {
		return false, err
	}
	o, err := place.driver.Stat(ctx, key)
	if errors.Is(err, storage.ErrNotExist) {
		return false, nil
	}
	return err == nil && o.Size == row.Size, err
}

// keyOf is the key on record: a scan leaves it out, and a name gives only the
// one that a copy would get today.
func (p *planning) keyOf(ctx context.Context, row *record.Copy) (string, error) {
	if row.Key != "" {
		return row.Key, nil
	}
	rows, err := p.st.Object(ctx, row.Source, row.Path)
	if err != nil {
		return "", err
	}
	for i := range rows {
		if r := &rows[i]; r.Destination == row.Destination && r.Seq == row.Seq {
			return r.Key, nil
		}
	}
	return "", nil
}

// deviations compares recorded copies with their destination: all of them for
// -refresh=deep, and those at a place whose brake was let pass. Nil otherwise.
func (p *planning) deviations(ctx context.Context) func(string) iter.Seq2[diff.Deviation, error] {
	doubt := slices.ContainsFunc(p.places.list, func(l *place) bool { return p.places.doubted(l.name) })
	if p.r.Refresh != "deep" && !doubt {
		return nil
	}
	return func(source string) iter.Seq2[diff.Deviation, error] { return p.looked(ctx, source) }
}

func (p *planning) deviation(ctx context.Context, row *record.Copy) (d diff.Deviation, bad bool, err error) {
	place := p.places.byName(row.Destination)
	if row.Key == "" || place == nil || place.driver == nil || p.r.Refresh != "deep" && !p.places.doubted(row.Destination) {
		return d, false, nil
	}
	d = diff.Deviation{Path: row.Path, Destination: row.Destination, Seq: row.Seq}
	o, err := place.driver.Stat(ctx, row.Key)
	switch {
	case errors.Is(err, storage.ErrNotExist):
		d.Status, d.Detail = record.Missing, "the destination has no object "+row.Key
		err := strayed(ctx, place.driver, row, &d)
		return d, true, err
	case err != nil:
		return d, false, fmt.Errorf("look at %s: %w", place.address, err)
	case o.Size != row.Size:
		d.Status, d.Detail = record.Damaged, fmt.Sprintf("size %d, recorded as %d", o.Size, row.Size)
		return d, true, nil
	}
	return d, false, nil
}

// strayed tells a copy that somebody renamed or moved from one that is lost: it
// is brought back and read again, not made a second time.
func strayed(ctx context.Context, driver storage.Destination, row *record.Copy, d *diff.Deviation) error {
	homing, ok := storage.Ability[storage.Homing](driver)
	if !ok || row.ID == "" {
		return nil
	}
	at, err := homing.Strayed(ctx, storage.Object{Key: row.Key, ID: row.ID, Size: row.Size})
	if err == nil && at != "" {
		d.Status, d.Detail = record.Written, "it lies at "+at+" now, and is moved back"
	}
	return err
}

// explain makes a diagnostic of what ended a plan: a source that cannot be
// listed whole, for the most part.
func (p *planning) explain(err error) diag.Diagnostic {
	for _, listing := range []error{storage.ErrPermission, storage.ErrNotExist, storage.ErrUnreachable, storage.ErrNotFolder, fs.ErrPermission, syscall.EIO} {
		if errors.Is(err, listing) {
			d := problem(err, "source_unreadable", "Source cannot be listed whole", "")
			d.Detail += "A source that cannot be listed whole is never taken for one whose objects were deleted, so there is no plan."
			return d
		}
	}
	return problem(err, "plan_failed", "Plan could not be made", readAgain)
}
