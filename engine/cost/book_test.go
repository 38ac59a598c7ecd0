package cost

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/policies"
	"github.com/backstay/backstay/schema"
)

// Every list price says where and when it was read; what says neither is a rule
// of the game, not a price.
func TestListPricesAreDated(t *testing.T) {
	for _, e := range listed {
		for k, p := range e.prices {
			if p == nil {
				continue
			}
			_, err := time.Parse("2006-01-02", p.Date)
			if p.Amount.Sign() != 0 && (err != nil || !strings.HasPrefix(p.Source, "https://")) {
				t.Errorf("%s of %s %s %s has the date %q and the source %q", Kind(k), e.provider, e.region, e.tier, p.Date, p.Source)
			}
			if p.Source == "" {
				t.Errorf("%s of %s %s %s has no source", Kind(k), e.provider, e.region, e.tier)
			}
			if e.provider == "dnanexus" && p.Amount.Sign() != 0 {
				t.Errorf("a price of the platform is the customer's contract, but %s is listed", Kind(k))
			}
		}
	}
}

// What policies say of minimum stays is what is billed.
func TestMinimumStaysAgreeWithPolicies(t *testing.T) {
	raw, err := fs.ReadFile(policies.FS, "data/tiers.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Tiers []struct {
			Type, Tier, Region string
			Days               int64 `json:"min_stay_days"`
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil || len(file.Tiers) == 0 {
		t.Fatalf("%d tiers, %v", len(file.Tiers), err)
	}
	b := newBook(nil)
	for _, x := range file.Tiers {
		provider := map[string]string{"s3": "aws"}[x.Type]
		if provider == "" {
			provider = x.Type
		}
		if x.Tier == "INTELLIGENT_TIERING" { // moves by itself: nobody knows where an object lies
			continue
		}
		if got := b.stay([]string{provider}, x.Region+"anywhere", x.Tier); got == nil || *got != x.Days {
			t.Errorf("%s %s %s: the price book and the policies differ about %d days", x.Type, x.Region, x.Tier, x.Days)
		}
	}
}

func own(provider, region, tier string, options map[string]any) *schema.Price {
	return &schema.Price{Provider: provider, Region: region, Tier: tier, Options: options}
}

// The configuration comes before the list, and who says more before who says
// less, figure by figure.
func TestPricesOfTheConfiguration(t *testing.T) {
	b := newBook([]*schema.Price{
		own("AWS", "", "", map[string]any{"egress": 0.05, "writes": 0.0, "min_stay": "7d"}),
		own("aws", "us-east-1", "", map[string]any{"storage": 0.0201}),
		own("aws", "", "GLACIER", map[string]any{"storage": 0.0031, "min_stay": "1y"}),
		own("aws", "us-east-1", "GLACIER", map[string]any{"storage": 0.0029}),
		own("google", "", "", map[string]any{"storage": 0.019}),
	})
	for _, c := range []struct {
		provider, region, tier string
		kind                   Kind
		want                   string
		list                   bool
	}{
		{"aws", "us-east-1", "STANDARD", Storage, "0.0201", false},
		{"aws", "us-east-1", "GLACIER", Storage, "0.0029", false},
		{"aws", "eu-west-1", "GLACIER", Storage, "0.0031", false},
		{"aws", "eu-west-1", "STANDARD", Storage, "0.023", true},
		{"aws", "us-east-1", "STANDARD", Egress, "0.05", false},
		{"aws", "us-east-1", "STANDARD", Writes, "0", false},
		{"aws", "us-east-1", "STANDARD", Reads, "0.0004", true},
		{"gcs", "europe-west1", "COLDLINE", Storage, "0.019", false},
		{"gcs", "europe-west1", "COLDLINE", Retrieval, "0.02", true},
		{"azure", "westeurope", "Hot", Storage, "", false},
		{"dnanexus", "aws:us-east-1", "live", Storage, "", false},
		{"filesystem", "", "", Storage, "0", false},
		{"rclone", "", "", Reads, "", false},
	} {
		got := b.price([]string{c.provider}, c.region, c.tier, c.kind)
		if got == nil {
			got = &Price{}
			if c.want == "" {
				continue
			}
		}
		if got.Amount.String() != c.want || got.List != c.list {
			t.Errorf("%s of %s %s %s is %s (list %t), want %s (list %t)", c.kind, c.provider, c.region, c.tier, got.Amount, got.List, c.want, c.list)
		}
	}
	for _, c := range []struct {
		provider, region, tier string
		days                   int64
	}{
		{"aws", "eu-west-1", "GLACIER", 366},
		{"aws", "eu-west-1", "STANDARD", 7},
		{"gcs", "anywhere", "ARCHIVE", 365},
		{"dnanexus", "azure:westeurope", "archived", 180},
		{"dnanexus", "", "archived", -1},
		{"wasabi", "", "", -1},
	} {
		got := b.stay([]string{c.provider}, c.region, c.tier)
		if days := int64(-1); got != nil && *got != c.days || got == nil && days != c.days {
			t.Errorf("%s %s %s: a stay of %v, want %d", c.provider, c.region, c.tier, got, c.days)
		}
	}
}

func TestPriceListsThatAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":      "{",
		"other format": `{"format":2,"currency":"USD"}`,
		"currency":     `{"format":1,"currency":"EUR"}`,
		"kind":         `{"format":1,"currency":"USD","lines":[{"provider":"x","prices":{"strage":"1"}}]}`,
		"negative":     `{"format":1,"currency":"USD","lines":[{"provider":"x","prices":{"storage":"-1"}}]}`,
		"no number":    `{"format":1,"currency":"USD","lines":[{"provider":"x","prices":{"storage":"free"}}]}`,
	} {
		if _, err := parseList([]byte(text)); err == nil {
			t.Errorf("%s: is taken", name)
		}
	}
}
