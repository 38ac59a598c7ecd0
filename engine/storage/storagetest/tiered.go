package storagetest

import (
	"context"
	"io"
	"slices"
	"testing"

	"github.com/backstay/backstay/engine/storage"
)

// Tiers is an empty destination with tiers, and the way to let its time pass.
type Tiers struct {
	Driver storage.Destination
	// Settle lets pass what a request needs until it is done.
	Settle func()
}

// Tiered runs the contract of storage.Tiered. open gives an empty destination
// at each call.
func Tiered(t *testing.T, open func(t *testing.T) Tiers) {
	for name, test := range map[string]func(*testing.T, Tiers){
		"there and back":     thereAndBack,
		"repeated":           repeated,
		"gone and untouched": goneAndUntouched,
		"refusal":            refusal,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// tiered is a harness with the calls of the ability.
type tiered struct {
	harness
	t storage.Tiered
}

func begin(t *testing.T, x Tiers) tiered {
	t.Helper()
	a, ok := storage.Ability[storage.Tiered](x.Driver)
	if !ok || !x.Driver.Abilities().Tier {
		t.Fatal("the driver says that it has no tiers")
	}
	return tiered{harness{t, x.Driver}, a}
}

func (h tiered) lie(want storage.Tier, objects ...storage.Object) {
	h.Helper()
	got, err := h.t.Tiers(context.Background(), objects)
	h.must(err)
	if len(got) != len(objects) || slices.ContainsFunc(got, func(t storage.Tier) bool { return t != want }) {
		h.Fatalf("tiers %q, want %q", got, want)
	}
}

// thereAndBack: only what is live can be read, and content survives the way.
func thereAndBack(t *testing.T, x Tiers) {
	h, ctx := begin(t, x), context.Background()
	o := h.put("a", "k/1", "one", "k/2", "two", "k/3", "three")
	h.lie(storage.TierLive, o...)
	h.must(h.t.Archive(ctx, o[:2]))
	x.Settle()
	h.lie(storage.TierArchived, o[:2]...)
	h.lie(storage.TierLive, o[2])
	_, _, err := x.Driver.Open(ctx, "k/1")
	h.wants(err, storage.ErrCold)
	if stat, err := x.Driver.Stat(ctx, "k/1"); err != nil || stat.Size != 3 {
		t.Fatalf("%+v, %v: facts are known in any tier", stat, err)
	}
	h.must(h.t.Unarchive(ctx, o[:1], ""))
	if got, err := h.t.Tiers(ctx, o[:1]); err != nil || got[0] != storage.TierUnarchiving && got[0] != storage.TierLive {
		t.Fatalf("%q, %v", got, err)
	}
	x.Settle()
	h.lie(storage.TierLive, o[0])
	h.lie(storage.TierArchived, o[1])
	r, _, err := x.Driver.Open(ctx, "k/1")
	h.must(err)
	got, err := io.ReadAll(r)
	if h.must(err); string(got) != "one" {
		t.Fatalf("%q came back", got)
	}
	h.must(r.Close())
}

// repeated: every request may be made again, whatever came of the first.
func repeated(t *testing.T, x Tiers) {
	h, ctx := begin(t, x), context.Background()
	o := h.put("a", "k", "content", "l", "live")
	for range 2 {
		h.must(h.t.Archive(ctx, o[:1]))
	}
	x.Settle()
	h.must(h.t.Archive(ctx, o)) // one of them is archived, the other is not
	x.Settle()
	h.lie(storage.TierArchived, o...)
	for range 2 {
		h.must(h.t.Unarchive(ctx, o, ""))
	}
	x.Settle()
	h.must(h.t.Unarchive(ctx, o, ""))
	h.lie(storage.TierLive, o...)
}

// goneAndUntouched: an object that is gone has no tier, and one whose key
// another object took is gone.
func goneAndUntouched(t *testing.T, x Tiers) {
	h, ctx := begin(t, x), context.Background()
	o := h.put("a", "k", "first")[0]
	h.must(x.Driver.Remove(ctx, o))
	h.lie("", o)
	again := h.put("b", "k", "second")[0]
	h.lie("", o)
	h.lie(storage.TierLive, again)
	if got, err := h.t.Tiers(ctx, nil); err != nil || len(got) != 0 {
		t.Fatalf("%q, %v", got, err)
	}
}

// refusal: what cannot be archived, as empty objects in some stores, is an error,
// after the others were asked for; what was taken is none.
func refusal(t *testing.T, x Tiers) {
	h, ctx := begin(t, x), context.Background()
	o := h.put("a", "empty", "", "full", "content")
	refused := h.t.Archive(ctx, o)
	x.Settle()
	h.lie(storage.TierArchived, o[1])
	got, err := h.t.Tiers(ctx, o[:1])
	if h.must(err); (refused != nil) != (got[0] == storage.TierLive) {
		t.Errorf("the empty object is %s, and the call said %v", got[0], refused)
	}
}

// Guarded runs the contract of storage.Guarded. open gives a destination at
// which these have rights, given in order of who.
func Guarded(t *testing.T, open func(t *testing.T) (d storage.Destination, others []storage.Grant)) {
	d, others := open(t)
	h, ctx := harness{t, d}, context.Background()
	g, ok := storage.Ability[storage.Guarded](d)
	if !ok {
		t.Fatal("the driver cannot tell who has access")
	}
	got, err := g.Grants(ctx)
	if h.must(err); !slices.Equal(got, others) || len(others) < 2 {
		t.Fatalf("grants %+v, want %+v", got, others)
	}
	for range 2 {
		h.must(g.Revoke(ctx, others[:1]))
		if got, err = g.Grants(ctx); err != nil || !slices.Equal(got, others[1:]) {
			t.Fatalf("grants %+v, %v", got, err)
		}
	}
	h.must(g.Revoke(ctx, others))
	if got, err = g.Grants(ctx); err != nil || len(got) != 0 {
		t.Fatalf("grants %+v, %v", got, err)
	}
	h.put("a", "k", "the operator still writes")
	h.holds("k", "the operator still writes")
}
