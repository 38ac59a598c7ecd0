package view

import (
	"iter"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

// Plan shows a plan, for plan, show and the question of apply.
type Plan interface {
	// Result shows one plan; r is nil where the operation failed before it had
	// one. The changes are walked once. An error of theirs is returned after
	// whatever could be shown.
	Result(r *engine.PlanResult, changes iter.Seq2[*plan.Change, error], ds diag.List) error
}

// NewPlan gives the view that the output asks for.
func NewPlan(o *Output) Plan {
	if o.JSON {
		return &planJSON{o}
	}
	return &planText{o}
}

type planJSON struct{ o *Output }

func (v *planJSON) Result(r *engine.PlanResult, changes iter.Seq2[*plan.Change, error], ds diag.List) error {
	d := newDocument(v.o)
	if r == nil {
		d.member("outcome", engine.Failed)
		items(d, "diagnostics", ds.Sorted())
		return d.close(true)
	}
	d.member("outcome", r.Outcome)
	if compared(r) {
		d.member("header", r.Header)
		d.member("digest", r.Digest)
		d.member("path", r.Path)
		d.member("summary", r.Summary)
	}
	d.judgement(&r.Judgement)
	d.array("changes")
	var broken error
	for c, err := range changes {
		if err != nil {
			broken = err
			break
		}
		d.change(c)
	}
	d.end()
	if broken != nil {
		ds = append(ds, diag.FromError(broken, "plan_unreadable", "Plan cannot be read"))
	}
	items(d, "diagnostics", ds.Sorted())
	if err := d.close(broken == nil); err != nil {
		return err
	}
	return broken
}

// compared tells whether there is a plan at all. Where policies deny the
// configuration nothing was looked at, and a summary of zeroes would be a claim
// that nobody checked.
func compared(r *engine.PlanResult) bool { return r.Header.Lineage != "" }
