package engine

import (
	"context"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// Validate reads the configuration and asks the config phase. It touches no
// state, no source and no destination.
func (e *Engine) Validate(ctx context.Context) (*ValidateResult, diag.List) {
	res := &ValidateResult{Outcome: Failed}
	l, ds := e.loadJudged(ctx)
	if l.cfg != nil {
		res.ConfigDigest = l.cfg.Digest
	}
	if ds.HasErrors() {
		return res, ds
	}
	res.PolicyDigest = l.policies.Digest()
	if more := l.illustrate(append(able(l.cfg), movable(l.cfg)...)); more.HasErrors() {
		return res, append(ds, more...)
	}
	report, err := l.policies.Config(ctx, e.clock.Now())
	if err != nil {
		return res, append(ds, policy.Problem(err))
	}
	res.Judgement = l.judgement(report)
	res.Valid, res.Outcome = !report.Blocked, Done
	if report.Blocked {
		res.Outcome = Denied
	}
	return res, append(ds, l.illustrate(report.Diagnostics)...)
}

// complete refuses a configuration of which a part waits for a lookup: what was
// not expanded would be missing from the plan without a word. It refuses, too,
// what no driver can do.
func complete(cfg *schema.Configuration) (ds diag.List) {
	ds = append(able(cfg), movable(cfg)...)
	for _, d := range cfg.Deferred {
		ds = append(ds, diag.Diagnostic{
			Severity: diag.Error, Code: "lookup_unanswered", Summary: "Lookup cannot be answered",
			Detail:  "This block needs the answer of a data block, and nobody gave one. Without the answer its objects would be left out of the plan, so there is none.",
			Address: d.Addr.String(), Range: at(d.Origin.Block),
		})
	}
	return ds
}
