package cli

import (
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

type policyDiffer interface {
	PolicyDiff(ctx context.Context, r engine.PolicyDiffRequest) (*engine.PolicyDiffResult, diag.List)
}

func (c *call) policyDiff(a *arguments.PolicyDiff) int {
	return c.run(func(ctx context.Context) int {
		res, ds := c.open(a.Config, nil).PolicyDiff(ctx, a.Request)
		return c.finish(c.settle(ds, res.Outcome), ds, view.NewPolicyDiff(c.out).Result(res, ds))
	})
}
