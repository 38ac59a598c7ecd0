package cli

import (
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

type coster interface {
	Cost(ctx context.Context, r engine.CostRequest) (*engine.CostResult, diag.List)
}

func (c *call) cost(a *arguments.Cost) int {
	return c.run(func(ctx context.Context) int {
		r, ds := c.open(a.Config, view.NewProgress(c.out)).Cost(ctx, a.Request)
		o := c.settle(ds, r.Outcome)
		return c.finish(o, ds, view.NewCost(c.out).Result(r, ds))
	})
}
