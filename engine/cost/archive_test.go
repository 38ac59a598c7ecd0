package cost_test

import (
	"slices"
	"testing"

	"github.com/backstay/backstay/engine/cost"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// 100 GiB at 0.03 live and 0.006 archived; 25 of them stay live for others.
func TestArchiving(t *testing.T) {
	all := plan.Count{Objects: 10, Bytes: 100 * gib}
	for name, c := range map[string]struct {
		address string
		kept    int64
		own     []*schema.Price
		want    [6]string // now, then, saved, kept, exposure, until
		missing []string
	}{
		"all of it": {
			address: "destination.dnanexus.vault", own: contract(),
			want: [6]string{"3", "0.6", "2.4", "0", "1.8", "2026-05-30"}, // 90 x 100 x 0.006 / 30
		},
		"some is kept live by copies elsewhere": {
			address: "destination.dnanexus.vault", own: contract(), kept: 25 * gib,
			want: [6]string{"3", "1.2", "1.8", "0.6", "1.35", "2026-05-30"},
		},
		"all is kept live": {
			address: "source.dnanexus.trial", own: contract(), kept: 200 * gib,
			want: [6]string{"3", "3", "0", "2.4", "0", ""},
		},
		"180 days in the other cloud": {
			address: "destination.dnanexus.amsterdam", own: contract(),
			want: [6]string{"3", "0.6", "2.4", "0", "3.6", "2026-08-28"},
		},
		"without a contract": {
			address: "destination.dnanexus.vault",
			want:    [6]string{"0", "0", "0", "0", "0", "2026-05-30"},
			missing: []string{"dnanexus aws:us-east-1 archived storage", "dnanexus aws:us-east-1 live storage"},
		},
		"where nobody knows": {
			address: "destination.dnanexus.gone", own: contract(),
			want:    [6]string{"0", "0", "0", "0", "0", ""},
			missing: []string{"min_stay at gone, which is not configured", "storage at gone, which is not configured", "writes at gone, which is not configured"},
		},
	} {
		got := cost.New(world(c.own...), now).Archiving(c.address, all, c.kept)
		have := [6]string{got.Now.String(), got.Then.String(), got.Saved.String(), got.Kept.String(), got.Exposure.String(), got.Until}
		if have != c.want || !slices.Equal(got.Missing, c.missing) {
			t.Errorf("%s: %v without %q, want %v without %q", name, have, got.Missing, c.want, c.missing)
		}
	}
}

// 10 GiB archived 45 days ago, 20 GiB long ago, 40 GiB live or on their way.
func TestBringBack(t *testing.T) {
	f := cost.New(world(contract()...), now)
	for _, r := range []record.Copy{
		{Tier: "archived", Size: 10 * gib, TieredAt: ago(45).UnixMilli()},
		{Tier: "archived", Size: 20 * gib, TieredAt: ago(200).UnixMilli()},
		{Tier: "unarchiving", Size: 10 * gib, TieredAt: ago(1).UnixMilli()},
		{Tier: "archival", Size: 10 * gib, TieredAt: ago(1).UnixMilli()},
		{Tier: "live", Size: 10 * gib, TieredAt: ago(1).UnixMilli()},
		{Size: 10 * gib},
	} {
		r.Source, r.Path, r.Destination, r.Status = "trial", "a", "vault", record.Verified
		r.CopiedAt = ago(300).UnixMilli()
		f.BringBack(&r)
	}
	got := f.Sum()
	// 30 x 0.02 once; 45 days x 10 x 0.006 / 30; 30 x (0.03 - 0.006) a month more
	if !got.Known || got.Retrieval != 0.6 || got.EarlyDeletion != 0.09 || got.StorageMonth != 0.72 {
		t.Errorf("bringing back costs %+v", got)
	}
	f = cost.New(world(), now)
	f.BringBack(&record.Copy{Tier: "archived", Size: gib, Destination: "gone", TieredAt: ago(1).UnixMilli()})
	if got := f.Sum(); got.Known || len(got.Missing) == 0 {
		t.Errorf("bringing back from nowhere costs %+v", got)
	}
}
