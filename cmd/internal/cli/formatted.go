package cli

import (
	"time"

	"github.com/backstay/backstay/cmd/internal/format"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

// clocked tells the moment that a report for another tool carries.
type clocked interface {
	Now() time.Time
}

// report is a document for other tools, but for the facts of its command. The
// judgement may be nil: then there was no answer.
func (c *call) report(e clocked, o engine.Outcome, j *engine.Judgement, ds diag.List) *format.Document {
	d := &format.Document{
		Command: c.inv.Spec.Name, Version: c.w.Version, At: e.Now(), Folder: c.inv.Chdir,
		Exit: code(o), Failed: o == engine.Failed || o == engine.Interrupted, Headline: headline(c.inv.Spec.Name, o, ds),
	}
	if j != nil {
		d.Items, d.Controls = format.Findings(j.Findings, j.Snippet), j.Controls
	}
	d.Items = append(d.Items, format.Diagnostics(ds)...)
	return d
}

// headlines say how a command ended, where no figure says more.
var headlines = map[string]map[engine.Outcome]string{
	"validate": {engine.Done: "the configuration is valid.", engine.Denied: "policies deny this configuration."},
	"plan":     {engine.Done: "no policy denies the plan.", engine.Denied: "policies or brakes deny the plan."},
	"check":    {engine.Done: "what policies ask is true today.", engine.Denied: "what policies ask is not true today."},
	"review":   {engine.Done: "nothing is weakened.", engine.Denied: "protection is weakened."},
}

func headline(command string, o engine.Outcome, ds diag.List) string {
	if o == engine.Changes {
		o = engine.Done
	}
	if text := headlines[command][o]; text != "" {
		return text
	}
	if ds.HasErrors() {
		return "there is no answer: " + ds.Sorted()[0].Summary + "."
	}
	return "there is no answer: " + string(o) + "."
}

// validateReport, planReport and checkReport write an answer for other tools.

func (c *call) validateReport(f format.Format, e clocked, o engine.Outcome, r *engine.ValidateResult, ds diag.List) error {
	if r == nil {
		return f.Write(c.out, c.report(e, o, nil, ds))
	}
	return f.Write(c.out, c.report(e, o, &r.Judgement, ds))
}

func (c *call) planReport(f format.Format, e clocked, o engine.Outcome, r *engine.PlanResult, ds diag.List) error {
	if r == nil {
		return f.Write(c.out, c.report(e, o, nil, ds))
	}
	d := c.report(e, o, &r.Judgement, ds)
	d.Summary = view.PlanFacts(r)
	return f.Write(c.out, d)
}

func (c *call) checkReport(f format.Format, e clocked, o engine.Outcome, r *engine.CheckResult, ds diag.List) error {
	if r == nil {
		return f.Write(c.out, c.report(e, o, nil, ds))
	}
	d := c.report(e, o, &r.Judgement, ds)
	d.Summary = view.CheckFacts(r)
	return f.Write(c.out, d)
}
