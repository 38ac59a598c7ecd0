package view

import (
	"testing"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/cost"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

func priced(t *testing.T, text string) cost.Amount {
	t.Helper()
	a, ok := cost.ParseAmount(text)
	if !ok {
		t.Fatalf("%q is no amount", text)
	}
	return a
}

func TestCost(t *testing.T) {
	r := &engine.CostResult{
		AsOf: noon, Changes: 3, Refused: true, Outcome: engine.Done,
		Total: plan.Cost{
			Currency: "USD", StorageMonth: 112.4, StorageBefore: 100, Egress: 3.1, Requests: 0.002, Exposure: 1.8, ExposureUntil: "2026-05-30",
			Missing: []string{"dnanexus azure:westeurope live storage", "sftp in no named region storage"}, ListedOn: "2025-10-28",
		},
		Rows: []cost.Row{
			{
				Place: "destination.dnanexus.amsterdam", Tier: "live", Backup: "backup.runs", Copies: plan.Count{Objects: 2, Bytes: 1 << 30},
				After: plan.Count{Objects: 2, Bytes: 1 << 30}, Missing: []string{"dnanexus azure:westeurope live storage"},
			},
			{
				Place: "destination.s3.deep", Tier: "GLACIER", Copies: plan.Count{Objects: 1200, Bytes: 5 << 40}, After: plan.Count{Objects: 1203, Bytes: 6 << 40},
				Month: priced(t, "100"), Then: priced(t, "112.4"), Once: priced(t, "0.002"), Missing: []string{},
			},
		},
		Exposures: []cost.Exposure{
			{
				Place: "destination.s3.deep", Tier: "GLACIER", Now: priced(t, "0.9"), After: priced(t, "1.8"), Until: "2026-05-30",
				ByDate:  []cost.OnDate{{Date: "2026-04-01", Amount: priced(t, "1.2")}, {Date: "2026-05-01", Amount: priced(t, "0.6")}},
				Missing: []string{},
			},
			{Place: "destination.dnanexus.amsterdam", Tier: "archived", Until: "2026-08-28", ByDate: []cost.OnDate{}, Missing: []string{"x"}},
		},
		Prices: []cost.Used{
			{Place: "destination.dnanexus.amsterdam", Tier: "live", Kind: "egress", Price: priced(t, "0.09"), Unit: "GiB"},
			{Place: "destination.s3.deep", Tier: "GLACIER", Kind: "storage", Price: priced(t, "0.0036"), Unit: "GiB and month", List: true, Source: "https://example.org/", Date: "2025-10-28"},
			{Place: "destination.s3.deep", Tier: "GLACIER", Kind: "reads", Price: priced(t, "0"), Unit: "1,000 requests", Source: "a rule"},
		},
	}
	both(t, "cost", "cost", func(t *testing.T, o *Output) { must(t, NewCost(o).Result(r, problems())) })
	free := &engine.CostResult{AsOf: noon, Outcome: engine.Done, Total: plan.Cost{Currency: "USD", Known: true}}
	both(t, "cost-free", "cost", func(t *testing.T, o *Output) { must(t, NewCost(o).Result(free, nil)) })
	both(t, "cost-failed", "cost", func(t *testing.T, o *Output) {
		must(t, NewCost(o).Result(&engine.CostResult{Outcome: engine.Failed}, diag.List{}))
	})
}

func TestCostLine(t *testing.T) {
	for want, c := range map[string]plan.Cost{
		"":                                {Currency: "USD", Known: true},
		"+12.40 USD a month":              {Currency: "USD", StorageMonth: 112.4, StorageBefore: 100},
		"-2.40 EUR a month":               {Currency: "EUR", StorageMonth: 97.6, StorageBefore: 100},
		"100.00 USD a month as before":    {Currency: "USD", StorageMonth: 100, StorageBefore: 100},
		"less than 0.01 USD more a month": {Currency: "USD", StorageMonth: 0.000001},
		"less than 0.01 USD less a month": {Currency: "USD", StorageBefore: 0.000001},
		"unknown; 1 price unknown: a":     {Currency: "USD", Missing: []string{"a"}},
		"egress 1.00 USD once; 5 prices unknown: a, b, c, d and 1 more": {Currency: "USD", Egress: 1, Missing: []string{"a", "b", "c", "d", "e"}},
		"retrieval 2.00 USD once, early deletion less than 0.01 USD once (list prices, the oldest of 2025-10-28)": {
			Currency: "USD", Retrieval: 2, EarlyDeletion: 0.0004, ListedOn: "2025-10-28",
		},
		"+1.00 USD a month; leaving early would cost 1.80 USD more, until 2026-05-30": {
			Currency: "USD", StorageMonth: 1, Exposure: 1.8, ExposureUntil: "2026-05-30",
		},
	} {
		if got := costLine(&c); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := costLine(&plan.Cost{}); got != "" {
		t.Errorf("of what was not worked out it says %q", got)
	}
}
