package apply_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/internal/fault"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// vault is a destination with tiers and rights of others, which lie beside its
// files, so that they outlive the process. Requests are followed at once; a call
// may be killed between two objects.
type vault struct {
	storage.Destination
	dir   string
	calls map[string]int
	stuck string // nothing moves, nobody loses a right: the call's error
}

var (
	_ storage.Tiered  = (*vault)(nil)
	_ storage.Guarded = (*vault)(nil)
)

func (v *vault) note(kind, name string) string {
	return filepath.Join(v.dir, kind, url.PathEscape(name))
}

func (v *vault) write(kind, name, content string) error {
	if err := os.MkdirAll(filepath.Join(v.dir, kind), 0o755); err != nil {
		return err
	}
	return os.WriteFile(v.note(kind, name), []byte(content), 0o644)
}

func (v *vault) tier(ctx context.Context, key string) storage.Tier {
	if _, err := v.Stat(ctx, key); err != nil {
		return ""
	}
	b, err := os.ReadFile(v.note("tiers", key))
	if err != nil {
		return storage.TierLive
	}
	return storage.Tier(b)
}

func (v *vault) Tiers(ctx context.Context, objects []storage.Object) ([]storage.Tier, error) {
	v.calls["tiers"]++
	out := make([]storage.Tier, len(objects))
	for i, o := range objects {
		out[i] = v.tier(ctx, o.Key)
	}
	return out, nil
}

func (v *vault) move(call string, objects []storage.Object, to storage.Tier) error {
	if v.calls[call]++; v.stuck != "" {
		return errors.New(v.stuck)
	}
	for _, o := range objects {
		if err := fault.Point("vault." + call); err != nil {
			return err
		}
		if err := v.write("tiers", o.Key, string(to)); err != nil {
			return err
		}
	}
	return nil
}

func (v *vault) Archive(_ context.Context, objects []storage.Object) error {
	return v.move("archive", objects, storage.TierArchived)
}

func (v *vault) Unarchive(_ context.Context, objects []storage.Object, _ string) error {
	return v.move("unarchive", objects, storage.TierLive)
}

func (v *vault) Open(ctx context.Context, key string) (io.ReadCloser, storage.Object, error) {
	if t := v.tier(ctx, key); t != storage.TierLive && t != "" {
		return nil, storage.Object{}, fmt.Errorf("open %s: %w", key, storage.ErrCold)
	}
	return v.Destination.Open(ctx, key)
}

func (v *vault) Grants(context.Context) (out []storage.Grant, err error) {
	v.calls["grants"]++
	list, _ := os.ReadDir(filepath.Join(v.dir, "grants"))
	for _, e := range list {
		who, err := url.PathUnescape(e.Name())
		if err != nil {
			return nil, err
		}
		level, err := os.ReadFile(v.note("grants", who))
		if err != nil {
			return nil, err
		}
		out = append(out, storage.Grant{Who: who, Level: string(level)})
	}
	return out, nil
}

func (v *vault) Revoke(_ context.Context, grants []storage.Grant) error {
	if v.calls["revoke"]++; v.stuck != "" {
		return nil
	}
	for _, g := range grants {
		if err := fault.Point("vault.revoke"); err != nil {
			return err
		}
		if err := os.Remove(v.note("grants", g.Who)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// vaulted gives the world's destination tiers and rights.
func (w *world) vaulted() *vault {
	v := &vault{Destination: w.targets[one].Driver, dir: w.path("vault"), calls: map[string]int{}}
	w.targets[one].Driver = v
	return v
}

// tiering is what the differ would propose for a vault: what lies below cold/ to
// be archived, below warm/ to be brought back, and every right to be revoked.
func (w *world) tiering(v *vault) (out []*plan.Change) {
	w.Helper()
	grants, err := v.Grants(w.ctx())
	w.must(err)
	for _, g := range grants {
		out = append(out, &plan.Change{
			Address: plan.AccessAddress(one, g.Who), Destination: one, Action: plan.Revoke, Reason: plan.AccessDrift,
			Detail: "has " + g.Level, Object: plan.Object{Kind: plan.Access, Path: g.Who},
		})
	}
	for r, err := range w.state.CopiesAt(w.ctx(), "one") {
		w.must(err)
		switch {
		case r.Key == "":
		case strings.HasPrefix(r.Path, "cold/") && !r.Cold():
			out = append(out, w.shifting(plan.Archive, r))
		case strings.HasPrefix(r.Path, "warm/") && r.Cold():
			out = append(out, w.shifting(plan.Unarchive, r))
		}
	}
	return out
}

func (w *world) shifting(a plan.Action, r record.Copy) *plan.Change {
	c := w.about(a, plan.ArchiveDue, r)
	c.After.Tier, c.After.TieredAt = "archival", w.clock.Now()
	if a == plan.Unarchive {
		c.After.Tier = "unarchiving"
	}
	return c
}

// lostRights are who lost a right, by the evidence on record.
func (w *world) lostRights() map[string]int {
	w.Helper()
	out := map[string]int{}
	for e, err := range w.state.Evidence(w.ctx(), apply.AccessEvidence) {
		w.must(err)
		out[e.Detail]++
	}
	return out
}

const later = 40 * 24 * time.Hour
