package cli

import (
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/format"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

type validator interface {
	Validate(ctx context.Context) (*engine.ValidateResult, diag.List)
}

func (c *call) validate(a *arguments.Validate) int {
	return c.run(func(ctx context.Context) int {
		e := c.open(a.Config, view.NewProgress(c.out))
		r, ds := e.Validate(ctx)
		o := engine.Failed
		if r != nil {
			o = r.Outcome
		}
		o = c.settle(ds, o)
		if f := format.Find(a.Format); f != nil {
			return c.finish(o, ds, c.validateReport(f, e, o, r, ds))
		}
		return c.finish(o, ds, view.NewValidate(c.out).Result(r, ds))
	})
}
