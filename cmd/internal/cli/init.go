package cli

import (
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

type initializer interface {
	Init(ctx context.Context, r engine.InitRequest) (*engine.InitResult, diag.List)
}

func (c *call) init(a *arguments.Init) int {
	return c.run(func(ctx context.Context) int {
		r, ds := c.open(arguments.Config{}, nil).Init(ctx, a.Request)
		return c.finish(c.settle(ds), ds, view.NewInit(c.out).Result(r, ds))
	})
}
