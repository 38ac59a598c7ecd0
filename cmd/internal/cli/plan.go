package cli

import (
	"context"
	"iter"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

type planner interface {
	Plan(ctx context.Context, r engine.PlanRequest) (*engine.PlanResult, diag.List)
}

func (c *call) plan(a *arguments.Plan) int {
	return c.run(func(ctx context.Context) int {
		r, ds := c.open(a.Config, view.NewProgress(c.out)).Plan(ctx, a.Request)
		return c.showPlan(ctx, r, ds, a.DetailedExitCode)
	})
}

// showPlan shows a plan, closes it and makes the exit code.
func (c *call) showPlan(ctx context.Context, r *engine.PlanResult, ds diag.List, detailed bool) int {
	var changes iter.Seq2[*plan.Change, error]
	o := engine.Failed
	if r != nil {
		changes = r.Changes(ctx)
		if o = r.Outcome; o == engine.Changes && !detailed {
			o = engine.Done
		}
	}
	err := view.NewPlan(c.out).Result(r, changes, ds)
	if closing := r.Close(); err == nil {
		err = closing
	}
	return c.finish(c.settle(ds, o), ds, err)
}
