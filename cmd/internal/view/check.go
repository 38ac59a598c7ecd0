package view

import (
	"strings"
	"time"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

// Check shows what check found: r is nil where the operation failed before it
// had a result.
type Check interface {
	Result(r *engine.CheckResult, ds diag.List) error
}

// NewCheck gives the view that the output asks for.
func NewCheck(o *Output) Check {
	if o.JSON {
		return &checkJSON{o}
	}
	return &checkText{o}
}

// coverage is an engine.Coverage as both views show it.
type coverage struct {
	Backup       string                `json:"backup"`
	Source       string                `json:"source"`
	Objects      plan.Count            `json:"objects"`
	Protected    plan.Count            `json:"protected"`
	Partly       plan.Count            `json:"partly"`
	Unprotected  plan.Count            `json:"unprotected"`
	Gone         plan.Count            `json:"gone"`
	OldestCopy   time.Time             `json:"oldest_copy,omitzero"`
	NewestCopy   time.Time             `json:"newest_copy,omitzero"`
	OldestVerify time.Time             `json:"oldest_verify,omitzero"`
	Destinations []destinationCoverage `json:"destinations"`
}

type destinationCoverage struct {
	Destination string     `json:"destination"`
	Copies      plan.Count `json:"copies"`
	Verified    plan.Count `json:"verified"`
	Damaged     plan.Count `json:"damaged"`
	Retired     plan.Count `json:"retired"`
}

func coverageOf(all []engine.Coverage) []coverage {
	shown := make([]coverage, len(all))
	for i, c := range all {
		shown[i] = coverage{
			c.Backup, c.Source, c.Objects, c.Protected, c.Partly, c.Unprotected, c.Gone,
			c.OldestCopy, c.NewestCopy, c.OldestVerify, make([]destinationCoverage, len(c.Destinations)),
		}
		for j, d := range c.Destinations {
			shown[i].Destinations[j] = destinationCoverage(d)
		}
	}
	return shown
}

// valid tells whether everything that was asked is true today.
func (v *checkJSON) valid(r *engine.CheckResult, ds diag.List) bool {
	return r.Outcome == engine.Done && !r.Blocked && !ds.HasErrors()
}

type checkText struct{ o *Output }

func (v *checkText) Result(r *engine.CheckResult, _ diag.List) error {
	if r == nil {
		return nil
	}
	t := &text{s: &v.o.Out}
	for _, c := range coverageOf(r.Coverage) {
		t.coverage(&c)
	}
	if r.Orphans.Objects > 0 {
		t.printf("Orphans: %s that no backup plan claims.\n\n", amount(r.Orphans, "copy", "copies"))
	}
	t.findings(&r.Judgement)
	if r.Trend != nil {
		t.printf("%s.\n", "S"+since(r.Trend)[1:])
	}
	switch {
	case r.Blocked:
		t.printf("%s What policies ask is not true today.\n", t.s.paint(red, "Check failed."))
	case r.Outcome == engine.Done:
		t.printf("%s What policies ask is true today.\n", t.s.paint(green, "Check passed."))
		if lacking := lackingIn(r.Coverage); lacking > 0 {
			t.printf("But %s without a verified copy somewhere, and no policy of this configuration asks for one: pack \"core\" does.\n",
				plural(lacking, "object is", "objects are"))
		}
	}
	return v.o.flush(t)
}

// lackingIn counts objects that lack a verified copy at some destination.
func lackingIn(all []engine.Coverage) (n int64) {
	for i := range all {
		n += all[i].Partly.Objects + all[i].Unprotected.Objects
	}
	return n
}

func (t *text) coverage(c *coverage) {
	t.printf("%s\n", t.s.paint(bold, printable(c.Backup)+" from "+printable(c.Source)))
	t.printf("  in scope      %s\n", amount(c.Objects, "object", "objects"))
	for _, line := range []struct {
		label string
		plan.Count
		always bool
	}{
		{"protected", c.Protected, true},
		{"partly", c.Partly, false},
		{"unprotected", c.Unprotected, true},
		{"source gone", c.Gone, false},
	} {
		if line.Objects > 0 || line.always {
			t.printf("  %-12s  %s\n", line.label, amount(line.Count, "object", "objects"))
		}
	}
	if !c.OldestCopy.IsZero() {
		t.printf("  copied        between %s and %s\n", moment(c.OldestCopy), moment(c.NewestCopy))
	}
	if !c.OldestVerify.IsZero() {
		t.printf("  verified      the oldest proof is of %s\n", moment(c.OldestVerify))
	}
	for _, d := range c.Destinations {
		t.printf("  at %s: %s\n", printable(d.Destination), strings.Join(d.parts(), ", "))
	}
	t.printf("\n")
}

func (d *destinationCoverage) parts() []string {
	parts := []string{amount(d.Copies, "copy", "copies"), number(d.Verified.Objects) + " verified"}
	if d.Damaged.Objects > 0 {
		parts = append(parts, number(d.Damaged.Objects)+" damaged")
	}
	if d.Retired.Objects > 0 {
		parts = append(parts, number(d.Retired.Objects)+" in quarantine")
	}
	return parts
}

// trend is an engine.Trend as programs read it.
type trend struct {
	Since           time.Time      `json:"since"`
	PoliciesChanged bool           `json:"policies_changed"`
	Controls        []controlTrend `json:"controls"`
}

type controlTrend struct {
	Control       string `json:"control"`
	Fail          int64  `json:"fail"`
	FailBefore    int64  `json:"fail_before"`
	Unknown       int64  `json:"unknown"`
	UnknownBefore int64  `json:"unknown_before"`
}

func trendOf(t *engine.Trend) trend {
	out := trend{Since: t.Since, PoliciesChanged: t.PoliciesChanged, Controls: make([]controlTrend, len(t.Controls))}
	for i, c := range t.Controls {
		out.Controls[i] = controlTrend(c)
	}
	return out
}

type checkJSON struct{ o *Output }

func (v *checkJSON) Result(r *engine.CheckResult, ds diag.List) error {
	if r == nil {
		r = &engine.CheckResult{Outcome: engine.Failed}
	}
	d := newDocument(v.o)
	d.member("valid", v.valid(r, ds))
	d.member("outcome", r.Outcome)
	d.judgement(&r.Judgement)
	items(d, "coverage", coverageOf(r.Coverage))
	d.member("orphans", r.Orphans)
	if r.Trend != nil {
		d.member("trend", trendOf(r.Trend))
	}
	items(d, "diagnostics", ds.Sorted())
	return d.close(true)
}
