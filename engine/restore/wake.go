package restore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// Waker says how copies come back from a cold tier, and hears of it.
type Waker struct {
	Rate string // of the system's; "" its default
	// Announce is told what is to come back before anything is asked for. It is
	// not called where nothing is.
	Announce func(Cold)
	// Asked is called before up to 1,000 copies at a destination are asked for, so
	// that the record knows; its error ends it. Nil: nobody records.
	Asked func(ctx context.Context, destination string, rows []record.Copy) error
	// AllAsked is called when everything is on its way, before the wait. May be
	// nil. Leave ends it there: who comes again finds it on its way.
	AllAsked func() error
	Leave    bool
	// Waiting is told every few seconds what is still on its way. May be nil.
	Waiting func(left plan.Count)
}

// Cold is what lies in a cold tier and has to come back first.
type Cold struct {
	Copies   plan.Count // not live, those on their way included
	Places   []string   // destinations by instance name, sorted
	Priced   bool       // every place told what it takes: Cost is a claim
	Currency string
	Cost     float64
}

const (
	maxWake   = 1000
	firstLook = time.Second
	lastLook  = 5 * time.Minute
	wakeEvery = 4 * time.Second // between two words about waiting
)

// Wake makes ready what Run of the same request reads: it surveys the chosen
// copies, announces those that are archived, asks for them and waits until they
// are live. A copy elsewhere that can be read makes it leave an archived one
// alone, and what lies restored already is not asked for. With DryRun it only
// surveys. It may be stopped at any time and run again: what was asked for is on
// its way, and is waited for.
func Wake(ctx context.Context, req Request, w Waker) (Cold, error) {
	k := &waking{restorer: &restorer{Request: req}, w: w}
	cold := Cold{Priced: true}
	if err := k.each(ctx, func(g shelf) error { return k.survey(ctx, g, &cold) }); err != nil {
		return cold, err
	}
	if cold.Copies.Objects == 0 {
		return cold, nil
	}
	slices.Sort(cold.Places)
	if w.Announce != nil {
		w.Announce(cold)
	}
	if req.DryRun {
		return cold, nil
	}
	if err := k.each(ctx, func(g shelf) error { return k.ask(ctx, g) }); err != nil {
		return cold, err
	}
	if w.AllAsked != nil {
		if err := w.AllAsked(); err != nil {
			return cold, err
		}
	}
	if w.Leave {
		return cold, nil
	}
	return cold, k.wait(ctx)
}

type waking struct {
	*restorer
	w Waker
}

// shelf is up to a thousand chosen copies at one tiered destination, with where
// they lie.
type shelf struct {
	place   string
	store   storage.Tiered
	sources []*Source
	rows    []record.Copy
	tiers   []storage.Tier
}

func (g *shelf) objects() []storage.Object {
	objects := make([]storage.Object, len(g.rows))
	for i := range g.rows {
		objects[i] = storage.Object{Key: g.rows[i].Key, ID: g.rows[i].ID, Size: g.rows[i].Size}
	}
	return objects
}

// where keeps the rows that a function takes.
func (g shelf) where(take func(i int) bool) shelf {
	kept := shelf{place: g.place, store: g.store}
	for i := range g.rows {
		if take(i) {
			kept.sources = append(kept.sources, g.sources[i])
			kept.rows, kept.tiers = append(kept.rows, g.rows[i]), append(kept.tiers, g.tiers[i])
		}
	}
	return kept
}

// each goes through the chosen copies that lie at tiered destinations, in groups.
func (k *waking) each(ctx context.Context, f func(shelf) error) error {
	open := map[string]*shelf{}
	send := func(g *shelf) (err error) {
		if g.tiers, err = g.store.Tiers(ctx, g.objects()); err != nil {
			return fmt.Errorf("ask %s where copies lie: %w", g.place, err)
		}
		delete(open, g.place)
		return f(*g)
	}
	for i := range k.Sources {
		for rows, err := range k.versions(ctx, k.Sources[i]) {
			if err != nil {
				return err
			}
			row, store := k.best(rows)
			if store == nil {
				continue
			}
			g := open[row.Destination]
			if g == nil {
				g = &shelf{place: row.Destination, store: store}
				open[g.place] = g
			}
			g.sources, g.rows = append(g.sources, &k.Sources[i]), append(g.rows, *row)
			if len(g.rows) == maxWake {
				if err := send(g); err != nil {
					return err
				}
			}
		}
	}
	for _, place := range slices.Sorted(maps.Keys(open)) {
		if err := send(open[place]); err != nil {
			return err
		}
	}
	return nil
}

// best is the copy that will be read, if it lies at a destination with tiers.
func (k *waking) best(rows []record.Copy) (*record.Copy, storage.Tiered) {
	for i := range rows {
		if d := k.Stores[rows[i].Destination]; d != nil && rows[i].Key != "" && !bad(&rows[i]) {
			t, _ := storage.Ability[storage.Tiered](d)
			return &rows[i], t
		}
	}
	return nil, nil
}

// asleep are the copies of a group that cannot be read and are needed.
func (k *waking) asleep(ctx context.Context, g shelf) shelf {
	return g.where(func(i int) bool {
		if g.tiers[i] == "" || g.tiers[i] == storage.TierLive {
			return false
		}
		if k.Root == nil {
			return true
		}
		there, err := k.present(ctx, *g.sources[i], &g.rows[i])
		return err != nil || !there
	})
}

func (k *waking) survey(ctx context.Context, g shelf, cold *Cold) error {
	g = k.asleep(ctx, g)
	if len(g.rows) == 0 {
		return ctx.Err()
	}
	for i := range g.rows {
		cold.Copies.Add(g.rows[i].Size)
	}
	if !slices.Contains(cold.Places, g.place) {
		cold.Places = append(cold.Places, g.place)
	}
	priced, ok := storage.Ability[storage.Quoted](k.Stores[g.place])
	if !ok {
		cold.Priced = false
		return nil
	}
	q, err := priced.Quote(ctx, g.objects(), k.w.Rate)
	if err != nil {
		return fmt.Errorf("ask %s what bringing copies back takes: %w", g.place, err)
	}
	if cold.Cost += q.Cost; q.Currency == "" || cold.Currency != "" && cold.Currency != q.Currency {
		cold.Priced = false
	}
	cold.Currency = q.Currency
	return nil
}

// ask asks for what is not on its way yet.
func (k *waking) ask(ctx context.Context, g shelf) error {
	g = k.asleep(ctx, g)
	g = g.where(func(i int) bool { return g.tiers[i] != storage.TierUnarchiving })
	if len(g.rows) == 0 {
		return ctx.Err()
	}
	if k.w.Asked != nil {
		if err := k.w.Asked(ctx, g.place, g.rows); err != nil {
			return err
		}
	}
	if err := g.store.Unarchive(ctx, g.objects(), k.w.Rate); err != nil {
		return fmt.Errorf("bring copies at %s back: %w", g.place, err)
	}
	return nil
}

// wait looks again and again, with growing pauses, until nothing is on its way.
func (k *waking) wait(ctx context.Context) error {
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		var left plan.Count
		err := k.each(ctx, func(g shelf) error {
			for i := range g.rows {
				if g.tiers[i] == storage.TierUnarchiving {
					left.Add(g.rows[i].Size)
				}
			}
			return nil
		})
		if err != nil || left.Objects == 0 {
			return err
		}
		for slept := time.Duration(0); slept < pause; slept += wakeEvery {
			if k.w.Waiting != nil {
				k.w.Waiting(left)
			}
			if err := k.Clock.Sleep(ctx, min(wakeEvery, pause-slept)); err != nil {
				return err
			}
		}
	}
}
