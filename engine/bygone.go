package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/restore"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/schema/diag"
)

// bygone is what a restore of an earlier time cannot bring back any more: of
// copies that were removed for good a state keeps numbers, not names.
type bygone struct {
	st     *state.State
	at     time.Time
	places []string // that ever held copies
	names  int64    // of the source, that lost a copy since
}

func bygoneOf(ctx context.Context, st *state.State, source string, at time.Time) (*bygone, error) {
	b := &bygone{st: st, at: at}
	if at.IsZero() {
		return b, nil
	}
	heads, err := st.Heads(ctx)
	if err != nil {
		return nil, err
	}
	b.places = slices.Sorted(maps.Keys(heads))
	b.names, err = st.BuriedNames(ctx, source, at.UnixMilli())
	return b, err
}

// ask is for restore.Request.Buried: nil where nothing was removed since.
func (b *bygone) ask() func(ctx context.Context, source, path string) (bool, error) {
	if b.names == 0 {
		return nil
	}
	return func(ctx context.Context, source, path string) (bool, error) {
		return b.st.Buried(ctx, source, path, b.places, b.at.UnixMilli())
	}
}

// told puts into the result, and into words, what is missing of a source.
func (b *bygone) told(source string, got *restore.Result, res *RestoreResult) diag.List {
	unnamed := max(0, b.names-got.Buried)
	res.Removed, res.Later, res.Unnamed = res.Removed+got.Removed, res.Later+got.Later, res.Unnamed+unnamed
	var parts []string
	say := func(n int64, format string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf(format, n))
		}
	}
	say(got.Removed, "Objects whose copies of that time were removed when their terms were over: %d.")
	say(unnamed, "Objects of which copies were removed since and no name is left, so that nobody can say whether they were there then: %d.")
	say(got.Later, "Objects on record that were first copied after that time, so that nothing older of them was ever kept: %d.")
	if len(parts) == 0 {
		return nil
	}
	return diag.List{{
		Severity: diag.Warning, Code: "versions_gone", Summary: "Not all of that time is left",
		Detail: fmt.Sprintf("What source %q held at %s does not come back whole. %s", source, b.at.UTC().Format(time.RFC3339), strings.Join(parts, " ")),
	}}
}
