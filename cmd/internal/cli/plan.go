package cli

import (
	"cmp"
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/format"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

type planner interface {
	Plan(ctx context.Context, r engine.PlanRequest) (*engine.PlanResult, diag.List)
}

func (c *call) plan(a *arguments.Plan) int {
	return c.run(func(ctx context.Context) int {
		e := c.open(a.Config, view.NewProgress(c.out))
		r, ds := e.Plan(ctx, a.Request)
		if f := format.Find(a.Format); f != nil {
			o := c.planned(r, ds, a.DetailedExitCode)
			return c.finish(o, ds, cmp.Or(c.planReport(f, e, o, r, ds), r.Close()))
		}
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
	err := view.NewPlan(c.out).Result(r, r.Changes(ctx), ds)
	return c.finish(c.planned(r, ds, detailed), ds, cmp.Or(err, r.Close()))
}

// planned is how a plan ended; that it has changes is told only if asked for.
func (c *call) planned(r *engine.PlanResult, ds diag.List, detailed bool) engine.Outcome {
	o := engine.Failed
	if r != nil {
		o = r.Outcome
	}
	if o == engine.Changes && !detailed {
		o = engine.Done
	}
	return c.settle(ds, o)
}
