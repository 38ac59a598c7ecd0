package verify_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/internal/digest"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/memory"
	"github.com/backstay/backstay/plan"
)

// tiered is a vault whose destination has tiers.
func tiered(t *testing.T, paths ...string) (*vault, *memory.Vault) {
	m := memory.NewVault(clock.Fixed(now), 0, 0)
	v := &vault{TB: t, driver: m}
	b, err := m.Begin(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		s, err := b.Stage(context.Background(), p, strings.NewReader(p), int64(len(p)))
		if err != nil {
			t.Fatal(err)
		}
		o, err := b.Commit(context.Background(), s)
		if err != nil {
			t.Fatal(err)
		}
		sum, n, err := digest.Of("", strings.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		v.rows = append(v.rows, record.Copy{
			Destination: "vault", Source: "s", Path: p, Key: p, ID: o.ID, Seq: 1, Kind: "file", Status: record.Verified, Size: n, Digest: sum, VerifiedAt: 7,
		})
	}
	return v, m
}

func (v *vault) archive(m *memory.Vault, i int, recorded storage.Tier) {
	v.Helper()
	r := &v.rows[i]
	if err := m.Archive(context.Background(), []storage.Object{{Key: r.Key, ID: r.ID, Size: r.Size}}); err != nil {
		v.Fatal(err)
	}
	r.Tier, r.TieredAt = string(recorded), 5
}

// What is archived is not read, is no damage, and proves nothing: its evidence
// keeps its time, and that of the destination is partial.
func TestArchivedIsNotRead(t *testing.T) {
	v, m := tiered(t, "live", "cold", "asked", "unknown")
	v.archive(m, 1, storage.TierArchived)
	v.archive(m, 2, storage.TierArchival)
	v.archive(m, 3, "")
	res := v.run()
	if res.Verified.Objects != 1 || res.Archived != (plan.Count{Objects: 3, Bytes: 16}) || res.Failed.Objects+res.Missing.Objects+res.Damaged.Objects > 0 || len(res.Problems) > 0 {
		t.Fatalf("%+v", res)
	}
	if len(v.evidence) != 1 || v.evidence[0].Detail != record.Partial || v.evidence[0].Objects != 1 {
		t.Errorf("evidence: %+v", v.evidence)
	}
	// That a request came about decides nothing; that somebody archived does.
	if len(v.clean) != 2 || len(v.changed) != 1 {
		t.Fatalf("clean %+v, changed %+v", v.clean, v.changed)
	}
	for _, e := range append(v.changed, v.clean...) {
		if e.Op == record.OpTier && (e.Copy.Tier != "archived" || e.Copy.TieredAt != now.UnixMilli() || e.Copy.VerifiedAt != 7) {
			t.Errorf("%+v", e.Copy)
		}
	}
	if m.Requests("tiers") != 1 {
		t.Errorf("%d calls for four copies", m.Requests("tiers"))
	}
}

func TestAllArchivedLeavesNoEvidence(t *testing.T) {
	v, m := tiered(t, "cold")
	v.archive(m, 0, storage.TierArchived)
	if res := v.run(); res.Archived.Objects != 1 || len(v.evidence) > 0 || len(v.changed)+len(v.clean) > 0 {
		t.Errorf("%+v, evidence %+v", res, v.evidence)
	}
}

// A copy on record as archived that can be read is on record as live from then.
func TestBroughtBackIsRead(t *testing.T) {
	v, m := tiered(t, "back", "gone")
	v.rows[0].Tier, v.rows[1].Tier = "unarchiving", "archived"
	m.Lose("gone")
	res := v.run()
	if res.Verified.Objects != 1 || res.Missing.Objects != 1 || len(v.changed) != 2 {
		t.Fatalf("%+v, %+v", res, v.changed)
	}
	for _, e := range v.changed {
		if e.Copy.Path == "back" && (e.Op != record.OpVerify || e.Copy.Tier != "live" || e.Copy.TieredAt != now.UnixMilli()) {
			t.Errorf("%+v", e)
		}
	}
}

// An answer for each thousand copies, and the readers are not starved meanwhile.
func TestManyCopiesAreAskedForAtOnce(t *testing.T) {
	var paths []string
	for i := range 2100 {
		paths = append(paths, time.Unix(int64(i), 0).UTC().Format("150405"))
	}
	v, m := tiered(t, paths...)
	if res := v.run(); res.Verified.Objects != 2100 || m.Requests("tiers") != 3 {
		t.Errorf("%+v, %d calls", res, m.Requests("tiers"))
	}
}
