package cli

import (
	"cmp"
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

type applier interface {
	Apply(ctx context.Context, r engine.ApplyRequest) (*engine.ApplyResult, diag.List)
}

func (c *call) apply(a *arguments.Apply) int {
	return c.run(func(ctx context.Context) int {
		v := view.NewApply(c.out)
		request := a.Request
		request.Drain = c.int.draining()
		confirm := &confirmation{c: c, ctx: ctx, view: v, asks: a.Asks()}
		if request.File == "" && !request.Resume {
			request.Confirm = confirm.plan
		}
		r, ds := c.open(a.Config, v).Apply(ctx, request)
		var outcomes []engine.Outcome
		resume := ""
		if r != nil {
			outcomes = r.Outcomes
			if r.Resume != "" {
				resume = a.ResumeCommand(c.inv.Globals)
			}
		}
		o := c.settle(ds, outcomes...)
		if confirm.interrupted {
			o = overall(ds, o, engine.Interrupted)
		}
		err := v.Result(r, o, resume, ds)
		if r != nil {
			err = cmp.Or(err, r.Close())
		}
		return c.finish(o, ds, cmp.Or(err, confirm.err))
	})
}

// confirmation shows the plan that apply made and asks for a yes.
type confirmation struct {
	c           *call
	ctx         context.Context // of the operation: the callback has none of its own
	view        view.Apply
	asks        bool
	interrupted bool
	err         error
}

// plan is engine.ApplyRequest.Confirm. What could not be shown to the one who is
// asked is not approved.
func (f *confirmation) plan(r *engine.PlanResult) bool {
	f.err = f.view.Plan(r, r.Changes(f.ctx))
	if !f.asks {
		return true
	}
	if f.err != nil {
		return false
	}
	answer, ok := f.c.ask("Carry out this plan? Only \"yes\" goes on: ")
	f.interrupted = !ok
	return ok && answer == "yes"
}
