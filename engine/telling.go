package engine

import (
	"context"
	"slices"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// What systems tell of themselves is asked once in a check. A system that does
// not tell, or cannot be asked now, leaves a fact absent, which no control takes
// for a pass.

// ask asks one system; nil where nothing is told.
func (k *checking) ask(ctx context.Context, address string, system any) *storage.Told {
	if told, asked := k.told[address]; asked {
		return told
	}
	k.told[address] = nil
	t, ok := system.(storage.Telling)
	if !ok {
		return nil
	}
	told, err := t.Tell(ctx)
	if err != nil {
		k.e.notice("%s could not be asked what it holds to (%v); what rests on that is unknown.", address, err)
		return nil
	}
	k.told[address] = &told
	return &told
}

func (k *checking) askDestination(ctx context.Context, name string) *storage.Told {
	p := k.places.byName(name)
	if p == nil || p.driver == nil || p.brake != "" {
		return nil
	}
	system, _ := storage.Ability[storage.Telling](p.driver)
	return k.ask(ctx, p.address, system)
}

// store is what a destination's system says, for its totals.
func (k *checking) store(ctx context.Context, name string) *policy.StoreFacts {
	t := k.askDestination(ctx, name)
	if t == nil {
		return nil
	}
	out := &policy.StoreFacts{Encrypted: t.Encrypted, Cipher: t.Cipher, ContainsPHI: t.PHI, Restricted: t.Restricted, Protected: t.Protected}
	if t.Deleters != nil {
		n := int64(len(t.Deleters))
		out.Deleters = &n
	}
	return out
}

// reach compares who can delete at a backup plan's source with who can at one of
// its destinations.
func (k *checking) reach(ctx context.Context, b *schema.Backup, to *addr.Resource) policy.StateReach {
	out := policy.StateReach{Destination: to.String()}
	from := k.ask(ctx, b.Source.String(), k.sources[b.Source.Instance()])
	there := k.askDestination(ctx, to.Instance())
	if from == nil || there == nil || from.Deleters == nil || there.Deleters == nil {
		return out
	}
	shared := int64(0)
	for _, who := range there.Deleters {
		if slices.Contains(from.Deleters, who) {
			shared++
		}
	}
	out.Shared = &shared
	return out
}
