package cli

import (
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

type checker interface {
	Check(ctx context.Context) (*engine.CheckResult, diag.List)
}

func (c *call) check(a *arguments.Check) int {
	return c.run(func(ctx context.Context) int {
		r, ds := c.open(a.Config, view.NewProgress(c.out)).Check(ctx)
		o := engine.Failed
		if r != nil {
			o = r.Outcome
		}
		return c.finish(c.settle(ds, o), ds, view.NewCheck(c.out).Result(r, ds))
	})
}
