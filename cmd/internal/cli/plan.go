package cli

import (
	"cmp"
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
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

// showPlan shows a plan, closes it and makes the exit code. Of a plan that
// failed there is nothing to show but the diagnostics.
func (c *call) showPlan(ctx context.Context, r *engine.PlanResult, ds diag.List, detailed bool) int {
	if r == nil || r.Outcome == engine.Failed {
		err := view.NewPlan(c.out).Result(nil, nil, ds)
		return c.finish(c.settle(ds, engine.Failed), ds, cmp.Or(err, r.Close()))
	}
	o := r.Outcome
	if o == engine.Changes && !detailed {
		o = engine.Done
	}
	err := view.NewPlan(c.out).Result(r, r.Changes(ctx), ds)
	return c.finish(c.settle(ds, o), ds, cmp.Or(err, r.Close()))
}
