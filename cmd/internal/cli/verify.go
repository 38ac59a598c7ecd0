package cli

import (
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

type verifier interface {
	Verify(ctx context.Context, r engine.VerifyRequest) (*engine.VerifyResult, diag.List)
}

func (c *call) verify(a *arguments.Verify) int {
	return c.run(func(ctx context.Context) int {
		v := view.NewVerify(c.out)
		r, ds := c.open(a.Config, v).Verify(ctx, a.Request)
		outcomes := []engine.Outcome{engine.Failed}
		if r != nil {
			outcomes = r.Outcomes
		}
		o := c.settle(ds, outcomes...)
		return c.finish(o, ds, v.Result(r, o, ds))
	})
}
