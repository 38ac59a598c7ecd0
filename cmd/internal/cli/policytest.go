package cli

import (
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

type policyTester interface {
	PolicyTest(ctx context.Context, r engine.PolicyTestRequest) (*engine.PolicyTestResult, diag.List)
}

func (c *call) policyTest(a *arguments.PolicyTest) int {
	return c.run(func(ctx context.Context) int {
		res, ds := c.open(a.Config, nil).PolicyTest(ctx, a.Request)
		return c.finish(c.settle(ds, res.Outcome), ds, view.NewPolicyTest(c.out).Result(res, ds))
	})
}
