package cli

import (
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema/diag"
)

type policyReader interface {
	PolicyList(ctx context.Context) ([]policy.Description, diag.List)
	PolicyExplain(ctx context.Context, id string) (policy.Description, diag.List)
}

func (c *call) policyList(a *arguments.PolicyList) int {
	return c.run(func(ctx context.Context) int {
		all, ds := c.open(a.Config, nil).PolicyList(ctx)
		return c.finish(c.settle(ds), ds, view.NewPolicy(c.out).List(all, ds))
	})
}

func (c *call) policyExplain(a *arguments.PolicyExplain) int {
	return c.run(func(ctx context.Context) int {
		d, ds := c.open(a.Config, nil).PolicyExplain(ctx, a.Control)
		return c.finish(c.settle(ds), ds, view.NewPolicy(c.out).Explain(d, ds))
	})
}
