package cli

import (
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

type shower interface {
	Show(ctx context.Context, file string) (*engine.PlanResult, diag.List)
}

func (c *call) show(a *arguments.Show) int {
	return c.run(func(ctx context.Context) int {
		r, ds := c.open(a.Config, view.NewProgress(c.out)).Show(ctx, a.File)
		return c.showPlan(ctx, r, ds, false)
	})
}
