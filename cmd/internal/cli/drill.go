package cli

import (
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

type driller interface {
	Drill(ctx context.Context, r engine.DrillRequest) (*engine.DrillResult, diag.List)
}

func (c *call) drill(a *arguments.Drill) int {
	return c.run(func(ctx context.Context) int {
		v := view.NewDrill(c.out)
		r, ds := c.open(a.Config, v).Drill(ctx, a.Request)
		outcomes := []engine.Outcome{engine.Failed}
		if r != nil {
			outcomes = r.Outcomes
		}
		o := c.settle(ds, outcomes...)
		return c.finish(o, ds, v.Result(r, o, ds))
	})
}
