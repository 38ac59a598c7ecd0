package wire

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
)

// PageSize is the largest page, and the longest list that a call takes.
const PageSize = 1000

// Pages asks subject/method for page after page and streams the results. in is
// not changed; its own limit and starting are overwritten. An error ends the
// stream: what is not whole never ends in silence.
func Pages[T any](ctx context.Context, c *Client, subject, method string, in map[string]any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		ask := maps.Clone(in)
		if ask == nil {
			ask = map[string]any{}
		}
		ask["limit"] = PageSize
		for {
			var page struct {
				Results []T             `json:"results"`
				Next    json.RawMessage `json:"next"`
			}
			if err := c.Call(ctx, subject, method, ask, &page); err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, one := range page.Results {
				if !yield(one, nil) {
					return
				}
			}
			if len(page.Next) == 0 || string(page.Next) == "null" {
				return
			}
			ask["starting"] = page.Next
		}
	}
}
