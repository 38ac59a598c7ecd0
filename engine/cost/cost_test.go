package cost_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/cost"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

const (
	gib = 1 << 30
	tib = 1 << 40
)

// now is the as-of of all forecasts here.
var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func ago(days int) time.Time { return now.AddDate(0, 0, -days) }

func destination(kind, name, region, tier string) *schema.Destination {
	return &schema.Destination{
		Addr:  addr.Resource{Kind: addr.Destination, Type: kind, Name: name},
		Place: schema.Place{Region: region}, Tier: tier, Options: map[string]any{},
	}
}

func source(kind, name, region string) *schema.Source {
	return &schema.Source{
		Addr:  addr.Resource{Kind: addr.Source, Type: kind, Name: name},
		Place: schema.Place{Region: region}, Options: map[string]any{},
	}
}

func prices(provider, region, tier string, options map[string]any) *schema.Price {
	return &schema.Price{Provider: provider, Region: region, Tier: tier, Options: options}
}

// contract is what a customer of the platform might pay.
func contract() []*schema.Price {
	return []*schema.Price{
		prices("dnanexus", "", "live", map[string]any{"storage": 0.03, "egress": 0.09}),
		prices("dnanexus", "", "archived", map[string]any{"storage": 0.006, "retrieval": 0.02, "egress": 0.09}),
	}
}

// world is one source and destination of each sort.
func world(own ...*schema.Price) *schema.Configuration {
	return &schema.Configuration{
		Sources: []*schema.Source{
			source("filesystem", "disk", ""), source("dnanexus", "trial", "aws:us-east-1"), source("s3", "lake", "us-east-1"),
		},
		Destinations: []*schema.Destination{
			destination("filesystem", "attic", "", ""),
			destination("s3", "hot", "us-east-1", ""),
			destination("s3", "deep", "us-east-1", "DEEP_ARCHIVE"),
			destination("dnanexus", "vault", "aws:us-east-1", ""),
			destination("dnanexus", "amsterdam", "azure:westeurope", ""),
			destination("s3", "minio", "", ""),
		},
		Backups: []*schema.Backup{{
			Addr: addr.Resource{Kind: addr.Backup, Name: "runs"},
			Copies: []*schema.Copy{
				{Name: "hot", To: addr.Resource{Kind: addr.Destination, Type: "s3", Name: "hot"}},
				{Name: "ia", To: addr.Resource{Kind: addr.Destination, Type: "s3", Name: "hot"}, Tier: "STANDARD_IA"},
				{Name: "vault", To: addr.Resource{Kind: addr.Destination, Type: "dnanexus", Name: "vault"}, Tier: "archived"},
			},
		}},
		Prices: own,
	}
}

func facts(size int64, copied time.Time, label string) *plan.CopyFacts {
	return &plan.CopyFacts{Seq: 1, Status: string(record.Verified), Size: size, CopiedAt: copied, Claims: []string{"backup.runs/" + label}}
}

func change(a plan.Action, from, to string, size int64) *plan.Change {
	return &plan.Change{Action: a, Backup: "backup.runs", Destination: to, Object: plan.Object{Source: from, Path: "a", Kind: plan.File, Size: size}}
}

func made(from, to, label string, size int64) *plan.Change {
	c := change(plan.Copy, from, to, size)
	c.After = facts(size, now, label)
	return c
}

// over gives a change the copy that it is about.
func over(c *plan.Change, before *plan.CopyFacts) *plan.Change {
	c.Before = before
	return c
}

func tiered(f *plan.CopyFacts, tier string, at time.Time) *plan.CopyFacts {
	f.Tier, f.TieredAt = tier, at
	return f
}

// costing is one change, the prices of the configuration, and what it costs.
type costing struct {
	change *plan.Change
	own    []*schema.Price
	want   plan.Cost // Currency, and Known where nothing is missing, go without saying
}

// changeCosts are worked out by hand from the price list.
var changeCosts = map[string]costing{
	"a copy": { // 10 GiB x 0.023; 640 parts and two requests more x 0.005 / 1000; nothing leaves a disk
		change: made("disk", "destination.s3.hot", "hot", 10*gib),
		want:   plan.Cost{StorageMonth: 0.23, Requests: 0.00321},
	},
	"a small copy to a class with a minimum stay": { // 1 GiB x 0.0125, 66 x 0.01 / 1000; 30 days of it
		change: made("disk", "destination.s3.hot", "ia", gib),
		want:   plan.Cost{StorageMonth: 0.0125, Requests: 0.00066, Exposure: 0.0125, ExposureUntil: "2026-03-31"},
	},
	"a copy inside a region": { // read once at 0.0004 / 1000, 66 x 0.005 / 1000; it goes through the machine: 0.09
		change: made("lake", "destination.s3.hot", "hot", gib),
		want:   plan.Cost{StorageMonth: 0.023, Egress: 0.09, Requests: 0.0003304},
	},
	"a copy out of a region": { // 1 GiB x 0.09 and one read
		change: made("lake", "destination.filesystem.attic", "attic", gib),
		want:   plan.Cost{Egress: 0.09, Requests: 0.0000004},
	},
	"an empty object": {change: made("disk", "destination.s3.hot", "hot", 0), want: plan.Cost{Requests: 0.000005}},
	"the second copy of a damaged one": {
		change: func() *plan.Change {
			c := over(made("disk", "destination.s3.hot", "hot", gib), facts(gib, ago(9), "hot"))
			c.Action = plan.Recopy
			return c
		}(),
		want: plan.Cost{StorageMonth: 0.023, Requests: 0.00033},
	},
	"made again from another copy": { // 1 GiB x 0.09 out of the bucket that has it
		change: func() *plan.Change {
			c := over(made("disk", "destination.filesystem.attic", "attic", gib), facts(gib, ago(9), "attic"))
			c.Action, c.Detail = plan.Recopy, plan.MadeAgainFrom+"destination.s3.hot"
			return c
		}(),
		want: plan.Cost{Egress: 0.09, Requests: 0.0000004},
	},
	"to the platform, as the contract says": {
		change: made("disk", "destination.dnanexus.vault", "vault", 100*gib), own: contract(),
		want: plan.Cost{StorageMonth: 3},
	},
	"to the platform, without a contract": {
		change: made("disk", "destination.dnanexus.vault", "vault", 100*gib),
		want:   plan.Cost{Missing: []string{"dnanexus aws:us-east-1 live storage"}},
	},
	"to another cloud of the platform": { // 50 GiB x 0.03 there, 50 GiB x 0.09 once at the source
		change: made("trial", "destination.dnanexus.amsterdam", "amsterdam", 50*gib), own: contract(),
		want: plan.Cost{StorageMonth: 1.5, Egress: 4.5},
	},
	"archived": { // 100 GiB x (0.006 - 0.03); 90 days x 100 x 0.006 / 30
		change: over(change(plan.Archive, "trial", "destination.dnanexus.vault", 100*gib), facts(100*gib, ago(40), "vault")), own: contract(),
		want: plan.Cost{StorageMonth: -2.4, Exposure: 1.8, ExposureUntil: "2026-05-30"},
	},
	"archived on Azure": { // 180 days
		change: over(change(plan.Archive, "trial", "destination.dnanexus.amsterdam", 100*gib), facts(100*gib, ago(40), "amsterdam")), own: contract(),
		want: plan.Cost{StorageMonth: -2.4, Exposure: 3.6, ExposureUntil: "2026-08-28"},
	},
	"brought back half way": { // 100 GiB x 0.02; 45 days are left: 45 x 100 x 0.006 / 30, and no longer owed
		change: over(change(plan.Unarchive, "trial", "destination.dnanexus.vault", 100*gib), tiered(facts(100*gib, ago(99), "vault"), "archived", ago(45))), own: contract(),
		want: plan.Cost{StorageMonth: 2.4, Retrieval: 2, EarlyDeletion: 0.9, Exposure: -0.9, ExposureUntil: "2026-04-15"},
	},
	"brought back in time": {
		change: over(change(plan.Unarchive, "trial", "destination.dnanexus.vault", 100*gib), tiered(facts(100*gib, ago(99), "vault"), "archived", ago(90))), own: contract(),
		want: plan.Cost{StorageMonth: 2.4, Retrieval: 2},
	},
	"brought back before it was archived": {
		change: over(change(plan.Unarchive, "trial", "destination.dnanexus.vault", 100*gib), tiered(facts(100*gib, ago(99), "vault"), "archival", ago(1))), own: contract(),
	},
	"archived in place": {
		change: change(plan.Archive, "trial", "", 100*gib), own: contract(),
		want: plan.Cost{StorageMonth: -2.4, Exposure: 1.8, ExposureUntil: "2026-05-30"},
	},
	"brought back in place, since when nobody knows": {
		change: change(plan.Unarchive, "trial", "", 100*gib), own: contract(),
		want: plan.Cost{StorageMonth: 2.4, Retrieval: 2, Missing: []string{"dnanexus aws:us-east-1 archived date since which it lies there"}},
	},
	"removed before its minimum stay": { // 80 days x 10 x 0.00099 / 30
		change: over(change(plan.Expire, "disk", "destination.s3.deep", 10*gib), facts(10*gib, ago(100), "deep")),
		want:   plan.Cost{StorageMonth: -0.0099, EarlyDeletion: 0.0264, Exposure: -0.0264, ExposureUntil: "2026-05-20"},
	},
	"removed after it": {
		change: over(change(plan.Expire, "disk", "destination.s3.deep", 10*gib), facts(10*gib, ago(180), "deep")),
		want:   plan.Cost{StorageMonth: -0.0099},
	},
	"read again from the archive": { // 1 GiB x 0.02 and x 0.09, one read
		change: over(change(plan.Verify, "disk", "destination.s3.deep", gib), facts(gib, ago(180), "deep")),
		want:   plan.Cost{Retrieval: 0.02, Egress: 0.09, Requests: 0.0000004},
	},
	"rechecked": {
		change: over(change(plan.Recheck, "lake", "destination.filesystem.attic", gib), facts(gib, ago(180), "attic")),
		want:   plan.Cost{Egress: 0.09, Requests: 0.0000004},
	},
	"a copy inside a region, by who runs there": {
		change: made("lake", "destination.s3.hot", "hot", gib), own: []*schema.Price{prices("aws", "us-east-1", "", map[string]any{"egress": 0.0})},
		want: plan.Cost{StorageMonth: 0.023, Requests: 0.0003304},
	},
	"locked": {
		change: over(change(plan.Lock, "disk", "destination.s3.deep", gib), facts(gib, ago(1), "deep")),
		want:   plan.Cost{Requests: 0.00005},
	},
	"a bucket that is not the big provider's": {
		change: made("disk", "destination.s3.minio", "minio", gib), own: []*schema.Price{prices("s3", "", "", map[string]any{"storage": 0.01})},
		want: plan.Cost{StorageMonth: 0.01, Missing: []string{"s3 in no named region STANDARD writes"}},
	},
	"a priced disk": {
		change: made("disk", "destination.filesystem.attic", "attic", tib),
		own:    []*schema.Price{prices("filesystem", "", "", map[string]any{"storage": 0.002})},
		want:   plan.Cost{StorageMonth: 2.048},
	},
	"another currency": {
		change: made("disk", "destination.s3.hot", "hot", gib),
		own:    []*schema.Price{prices("filesystem", "", "", map[string]any{"storage": 0.002, "currency": "EUR"})},
		want:   plan.Cost{Currency: "EUR", Missing: []string{"aws us-east-1 STANDARD storage", "aws us-east-1 STANDARD writes"}},
	},
}

func TestChangeCosts(t *testing.T) {
	for name, c := range changeCosts {
		cfg := world(c.own...)
		cfg.Destinations[5].Options["endpoint"] = "https://minio.example.org"
		f := cost.New(cfg, now)
		got := f.Change(c.change)
		if c.want.Currency == "" {
			c.want.Currency = "USD"
		}
		c.want.Known = len(c.want.Missing) == 0
		if got == nil {
			got = &plan.Cost{Currency: c.want.Currency, Known: true}
		}
		if text(got) != text(&c.want) {
			t.Errorf("%s: costs\n%s, want\n%s", name, text(got), text(&c.want))
		}
		whole := f.Sum()
		whole.ListedOn = ""
		if c.change.Destination == "" { // a source's own storage is not on record before
			whole.StorageMonth -= whole.StorageBefore
			whole.StorageBefore = 0
		}
		c.want.Requests = math.Round(c.want.Requests*1e6) / 1e6
		if c.change.Before == nil && text(&whole) != text(&c.want) {
			t.Errorf("%s: the sum of one change is\n%s, want\n%s", name, text(&whole), text(&c.want))
		}
	}
}

func text(c *plan.Cost) string { return strings.ReplaceAll(string(must(jsonOf(c))), ",", "\n") }

func jsonOf(v any) ([]byte, error) { return json.Marshal(v) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
