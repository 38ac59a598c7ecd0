package memory

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/storage"
)

// Vault is a destination with tiers and with rights of others, as a platform
// has them. Requests take the time that it was made with; a clock moves them.
type Vault struct {
	*Destination
	clock    clock.Clock
	cooling  time.Duration // from archival to archived
	thawing  time.Duration // from unarchiving to live
	access   sync.Mutex
	grants   []storage.Grant
	requests map[string]int // calls of an ability, by name
	moving   map[string]move
}

// move is where an object was last asked to, and since when.
type move struct {
	id string
	to storage.Tier // TierArchived or TierLive
	at time.Time
}

var (
	_ storage.Destination = (*Vault)(nil)
	_ storage.Tiered      = (*Vault)(nil)
	_ storage.Guarded     = (*Vault)(nil)
	_ storage.Quoted      = (*Vault)(nil)
)

// NewVault makes an empty store with tiers. Archiving an object takes cooling,
// bringing it back thawing.
func NewVault(c clock.Clock, cooling, thawing time.Duration) *Vault {
	return &Vault{
		Destination: NewDestination(storage.Abilities{Tier: true}), clock: c, cooling: cooling, thawing: thawing,
		requests: map[string]int{}, moving: map[string]move{},
	}
}

// Allow gives somebody a right.
func (v *Vault) Allow(who, level string) {
	v.access.Lock()
	defer v.access.Unlock()
	v.grants = append(v.grants, storage.Grant{Who: who, Level: level})
	slices.SortFunc(v.grants, func(a, b storage.Grant) int { return strings.Compare(a.Who, b.Who) })
}

// Requests is how often an ability was asked: "tiers", "archive", "unarchive",
// "grants", "revoke".
func (v *Vault) Requests(call string) int {
	v.access.Lock()
	defer v.access.Unlock()
	return v.requests[call]
}

func (v *Vault) request(ctx context.Context, call string) error {
	v.requests[call]++
	return context.Cause(ctx)
}

// tier is where an object lies now; access is held.
func (v *Vault) tier(o storage.Object) storage.Tier {
	there, err := v.find(context.Background(), "tier", o.Key)
	if err != nil || o.ID != "" && there.object.ID != o.ID {
		return ""
	}
	m := v.moving[o.Key]
	if m.id != there.object.ID {
		return storage.TierLive
	}
	since := v.clock.Now().Sub(m.at)
	switch {
	case m.to == storage.TierLive && since < v.thawing:
		return storage.TierUnarchiving
	case m.to == storage.TierArchived && since < v.cooling:
		return storage.TierArchival
	}
	return m.to
}

// Tiers tells where objects lie.
func (v *Vault) Tiers(ctx context.Context, objects []storage.Object) ([]storage.Tier, error) {
	v.access.Lock()
	defer v.access.Unlock()
	if err := v.request(ctx, "tiers"); err != nil {
		return nil, err
	}
	out := make([]storage.Tier, len(objects))
	for i, o := range objects {
		out[i] = v.tier(o)
	}
	return out, nil
}

// Archive asks for the cold tier; empty objects stay where they are, as on the
// platform.
func (v *Vault) Archive(ctx context.Context, objects []storage.Object) error {
	v.access.Lock()
	defer v.access.Unlock()
	err := v.request(ctx, "archive")
	if err != nil {
		return err
	}
	for _, o := range objects {
		there, missing := v.find(ctx, "archive", o.Key)
		switch {
		case missing != nil:
			err = errors.Join(err, missing)
		case there.object.Size == 0:
			err = errors.Join(err, fmt.Errorf("archive %q: an empty object cannot be archived", o.Key))
		case v.tier(o) == storage.TierLive:
			v.moving[o.Key] = move{there.object.ID, storage.TierArchived, v.clock.Now()}
		}
	}
	return err
}

// Unarchive asks for objects back. One that is not archived yet is live at once.
func (v *Vault) Unarchive(ctx context.Context, objects []storage.Object, _ string) error {
	v.access.Lock()
	defer v.access.Unlock()
	err := v.request(ctx, "unarchive")
	if err != nil {
		return err
	}
	for _, o := range objects {
		switch v.tier(o) {
		case storage.TierArchived:
			there, _ := v.find(ctx, "unarchive", o.Key)
			v.moving[o.Key] = move{there.object.ID, storage.TierLive, v.clock.Now()}
		case storage.TierArchival:
			delete(v.moving, o.Key)
		case "":
			err = errors.Join(err, fmt.Errorf("unarchive %q: %w", o.Key, storage.ErrNotExist))
		}
	}
	return err
}

// Quote prices what would be brought back at a cent a byte.
func (v *Vault) Quote(ctx context.Context, objects []storage.Object, _ string) (storage.Quote, error) {
	v.access.Lock()
	defer v.access.Unlock()
	q := storage.Quote{Currency: "USD"}
	for _, o := range objects {
		if v.tier(o) == storage.TierArchived {
			there, _ := v.find(ctx, "quote", o.Key)
			q.Objects++
			q.Bytes += there.object.Size
			q.Cost += float64(there.object.Size) / 100
		}
	}
	return q, context.Cause(ctx)
}

// Open reads a live object; of others it says where they are.
func (v *Vault) Open(ctx context.Context, key string) (io.ReadCloser, storage.Object, error) {
	v.access.Lock()
	tier := v.tier(storage.Object{Key: key})
	v.access.Unlock()
	if tier != storage.TierLive && tier != "" {
		return nil, storage.Object{}, fmt.Errorf("open %q: %w: it is %s", key, storage.ErrCold, tier)
	}
	return v.Destination.Open(ctx, key)
}

// Grants are the rights of others.
func (v *Vault) Grants(ctx context.Context) ([]storage.Grant, error) {
	v.access.Lock()
	defer v.access.Unlock()
	return slices.Clone(v.grants), v.request(ctx, "grants")
}

// Revoke takes rights away.
func (v *Vault) Revoke(ctx context.Context, grants []storage.Grant) error {
	v.access.Lock()
	defer v.access.Unlock()
	if err := v.request(ctx, "revoke"); err != nil {
		return err
	}
	v.grants = slices.DeleteFunc(v.grants, func(g storage.Grant) bool {
		return slices.ContainsFunc(grants, func(x storage.Grant) bool { return x.Who == g.Who })
	})
	return nil
}
