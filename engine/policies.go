package engine

import (
	"context"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema/diag"
)

// PolicyList describes all shipped controls, those that the configuration asks
// for marked, and the ones that it or the organisation brings. Without a
// configuration the library alone is described.
func (e *Engine) PolicyList(ctx context.Context) ([]policy.Description, diag.List) {
	library, ds := policy.Library()
	if files, err := configurationFiles(e.o.Dir); err != nil || len(files) == 0 || ds.HasErrors() {
		return library, ds
	}
	l, more := e.loadJudged(ctx)
	if ds = append(ds, more...); ds.HasErrors() {
		return library, ds
	}
	asked := l.policies.Controls()
	have := map[string]bool{}
	for _, d := range asked {
		have[d.ID] = true
	}
	for _, d := range library {
		if !have[d.ID] {
			asked = append(asked, d)
		}
	}
	slices.SortFunc(asked, func(a, b policy.Description) int { return strings.Compare(a.ID, b.ID) })
	return asked, ds
}

// PolicyExplain describes one control: what it asks, where that comes from, and
// how to satisfy it.
func (e *Engine) PolicyExplain(ctx context.Context, id string) (policy.Description, diag.List) {
	l, ds := e.loadJudged(ctx)
	if ds.HasErrors() {
		return policy.Description{}, ds
	}
	d, more := l.policies.Explain(id)
	return d, append(ds, more...)
}
