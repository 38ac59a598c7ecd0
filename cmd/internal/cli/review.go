package cli

import (
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/format"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/review"
	"github.com/backstay/backstay/schema/diag"
)

type reviewer interface {
	Review(ctx context.Context, r engine.ReviewRequest) (*engine.ReviewResult, diag.List)
}

func (c *call) review(a *arguments.Review) int {
	return c.run(func(ctx context.Context) int {
		e := c.open(a.Config, view.NewProgress(c.out))
		r, ds := e.Review(ctx, a.Request)
		o := engine.Failed
		if r != nil {
			o = r.Outcome
		}
		o = c.settle(ds, o)
		if f := format.Find(a.Format); f != nil {
			return c.finish(o, ds, c.reviewReport(f, e, o, r, ds))
		}
		return c.finish(o, ds, view.NewReview(c.out).Result(r, ds))
	})
}

// reviewReport writes a review for other tools: what is weakened comes before
// what policies find.
func (c *call) reviewReport(f format.Format, e clocked, o engine.Outcome, r *engine.ReviewResult, ds diag.List) error {
	if r == nil || o == engine.Failed || o == engine.Interrupted {
		return f.Write(c.out, c.report(e, o, nil, ds))
	}
	d := c.report(e, o, &r.Judgement, ds)
	d.Headline = view.ReviewHeadline(r)
	var items []format.Item
	for i := range r.Changes[:r.Weakened] {
		items = append(items, weakening(r, &r.Changes[i]))
	}
	// What a control says already is told once, as a weakening; the findings of
	// validate are not why a review ends with 3.
	for _, item := range d.Items {
		if item.Level == format.Error {
			item.Level = format.Warning
		}
		items = append(items, item)
	}
	d.Items = items
	return f.Write(c.out, d)
}

func weakening(r *engine.ReviewResult, change *review.Change) format.Item {
	at := change.Range
	if at == nil && change.BaseRange != nil {
		at = &diag.Range{Filename: change.BaseRange.Filename} // its lines are those of the base
	}
	return format.Item{
		Rule: "review/" + string(change.Kind), Title: change.Kind.Title(), Level: format.Error, Word: view.EffectWord(change.Effect),
		Message: change.Message, Consequence: view.Consequence(change), Address: change.Address,
		Range: at, Source: r.Snippet(change.Range),
	}
}
