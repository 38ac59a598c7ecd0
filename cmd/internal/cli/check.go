package cli

import (
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/format"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

type checker interface {
	Check(ctx context.Context) (*engine.CheckResult, diag.List)
}

func (c *call) check(a *arguments.Check) int {
	return c.run(func(ctx context.Context) int {
		e := c.open(a.Config, view.NewProgress(c.out))
		r, ds := e.Check(ctx)
		o := engine.Failed
		if r != nil {
			o = r.Outcome
		}
		o = c.settle(ds, o)
		if f := format.Find(a.Format); f != nil {
			return c.finish(o, ds, c.checkReport(f, e, o, r, ds))
		}
		return c.finish(o, ds, view.NewCheck(c.out).Result(r, ds))
	})
}
