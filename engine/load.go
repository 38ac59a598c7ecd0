package engine

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/diff"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
	"github.com/backstay/backstay/schema/lang"
)

// loaded is a configuration with the policies that judge it.
type loaded struct {
	cfg      *schema.Configuration
	sources  *lang.Sources
	policies *policy.Engine
	intent   policy.Report // of the config phase
	projects []foundProject
}

// load reads the configuration, and asks no platform. Diagnostics without errors
// go on with it.
func (e *Engine) load(context.Context) (*loaded, diag.List) { return e.read(nil) }

func (e *Engine) read(lookup lang.Lookup) (*loaded, diag.List) {
	o := e.o.Language
	o.Version, o.Lookup = e.o.Version, lookup
	cfg, sources, ds := lang.Load(e.o.Dir, o)
	l := &loaded{cfg: cfg, sources: sources}
	return l, l.illustrate(ds)
}

// loadJudged reads the configuration and compiles its policies.
func (e *Engine) loadJudged(ctx context.Context) (*loaded, diag.List) {
	l, ds := e.load(ctx)
	return e.judged(ctx, l, ds)
}

// judged compiles the policies of a configuration that was read.
func (e *Engine) judged(ctx context.Context, l *loaded, ds diag.List) (*loaded, diag.List) {
	if ds.HasErrors() {
		return l, ds
	}
	engine, more := policy.Compile(ctx, policy.Set{Config: l.cfg, OrgDir: e.o.PolicySet, NativeOff: e.o.PolicyNativeOff})
	l.policies = engine
	return l, append(ds, l.illustrate(more)...)
}

// illustrate adds the snippet to diagnostics that point into the configuration
// or into its policies.
func (l *loaded) illustrate(ds diag.List) diag.List {
	for i := range ds {
		if ds[i].Snippet == nil && ds[i].Range != nil {
			ds[i].Snippet = l.snippet(*ds[i].Range)
		}
	}
	return ds
}

func (l *loaded) snippet(r diag.Range) *diag.Snippet {
	return (&Judgement{sources: l.sources, policies: l.policies}).Snippet(&r)
}

// judgement takes over a report of the policies.
func (l *loaded) judgement(r policy.Report) Judgement {
	return Judgement{
		Findings: r.Findings, Controls: r.Controls, Blocked: r.Blocked,
		Counters: r.Counters, sources: l.sources, policies: l.policies,
	}
}

func statePath(cfg *schema.Configuration) string {
	p := cfg.Settings.State.Path
	if p == "" {
		p = filepath.Join(".backstay", "state.db")
	}
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(cfg.Dir, p)
}

// openState opens the state that the configuration names. With an error among
// the diagnostics there is none.
func (e *Engine) openState(ctx context.Context, cfg *schema.Configuration, o state.Options) (*state.State, diag.List) {
	if cfg.Settings.State.Type == "postgres" {
		return nil, diag.List{{
			Severity: diag.Error, Code: "no_state_driver", Summary: "State backend is not available",
			Detail:  "This build keeps its state in SQLite only. Remove the state block, or write state \"sqlite\".",
			Address: "backstay", Range: at(cfg.Settings.State.Origin.Block),
		}}
	}
	o.Now = e.clock.Now()
	o.Clock = e.clock
	st, err := state.Open(ctx, statePath(cfg), o)
	if err != nil {
		return nil, diag.List{problem(err, "state_unreadable", "State cannot be opened", stateAgain)}
	}
	return st, nil
}

func at(r diag.Range) *diag.Range {
	if r.IsZero() {
		return nil
	}
	return &r
}

// standing are the findings about intent that a plan shows as well: what waivers
// let through. Advice about intent is for validate.
func (l *loaded) standing() []policy.Finding {
	return slices.DeleteFunc(slices.Clone(l.intent.Findings), func(f policy.Finding) bool {
		return f.Result != policy.Waived
	})
}

// terms are the answers that apply asks of the configuration.
func (l *loaded) terms(now time.Time) (apply.Terms, error) {
	algorithms := map[string]string{}
	for _, b := range l.cfg.Backups {
		algorithms[b.Addr.String()] = b.Verify.Algorithm
	}
	t, err := diff.CompileTerms(l.cfg, now)
	if err != nil {
		return apply.Terms{}, err
	}
	return apply.Terms{
		Algorithm: func(c *plan.Change) string { return algorithms[c.Backup] },
		Retain:    t.Retain, Quarantine: t.Quarantine,
	}, nil
}
