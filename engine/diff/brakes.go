package diff

import (
	"context"

	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// Brakes compares the totals of a plan with the limits of a configuration. It
// is for whoever has a plan and no inventory: apply, which does not believe the
// findings in a plan file.
func Brakes(cfg *schema.Configuration, sum *plan.Summary) ([]Brake, error) {
	d, err := prepare(context.Background(), &Request{Config: cfg}, nil)
	if err != nil {
		return nil, err
	}
	for _, t := range sum.Sources {
		d.source(t.Source).totals = t
	}
	for _, t := range sum.Destinations {
		for _, p := range d.plans.order {
			if p.addr == t.Destination {
				p.totals = t
			}
		}
	}
	return d.brakes(), nil
}
