package cli

import (
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

type adopter interface {
	DestinationAdopt(ctx context.Context, name string) (*engine.AdoptResult, diag.List)
}

func (c *call) destinationAdopt(a *arguments.DestinationAdopt) int {
	return c.run(func(ctx context.Context) int {
		r, ds := c.open(a.Config, view.NewProgress(c.out)).DestinationAdopt(ctx, a.Destination)
		o := engine.Failed
		if r != nil {
			o = r.Outcome
		}
		return c.finish(c.settle(ds, o), ds, view.NewAdopt(c.out).Result(r, ds))
	})
}
