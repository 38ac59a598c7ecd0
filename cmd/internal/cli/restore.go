package cli

import (
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

type restorer interface {
	Restore(ctx context.Context, r engine.RestoreRequest) (*engine.RestoreResult, diag.List)
}

func (c *call) restore(a *arguments.Restore) int {
	return c.run(func(ctx context.Context) int {
		v := view.NewRestore(c.out, a.Request.DryRun)
		r, ds := c.open(a.Config, v).Restore(ctx, a.Request)
		outcomes := []engine.Outcome{engine.Failed}
		if r != nil {
			outcomes = r.Outcomes
		}
		o := c.settle(ds, outcomes...)
		resume := ""
		if o == engine.Interrupted && !a.Request.DryRun {
			// What is there and equal is left alone, so the same command carries on.
			resume = arguments.ShellQuote(append([]string{"backstay"}, c.w.Args...))
		}
		return c.finish(o, ds, v.Result(r, o, resume, ds))
	})
}
