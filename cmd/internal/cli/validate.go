package cli

import (
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

type validator interface {
	Validate(ctx context.Context) (*engine.ValidateResult, diag.List)
}

func (c *call) validate(a *arguments.Validate) int {
	return c.run(func(ctx context.Context) int {
		r, ds := c.open(a.Config, view.NewProgress(c.out)).Validate(ctx)
		o := engine.Failed
		if r != nil {
			o = r.Outcome
		}
		return c.finish(c.settle(ds, o), ds, view.NewValidate(c.out).Result(r, ds))
	})
}
