package engine

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/cost"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// contract is what the platform bills here: by the byte, so that 32 of them are
// money. The minimum stay is the rule of the cloud that the project lies in.
const contract = `
prices {
  provider = "dnanexus"
  egress   = 96636764.16
}
prices {
  provider = "dnanexus"
  tier     = "live"
  storage  = 32212254.72
}
prices {
  provider  = "dnanexus"
  tier      = "archived"
  storage   = 6442450.944
  retrieval = 21474836.48
}
`

// contracted makes the emulator bill by the contract.
func contracted(p *platform) {
	p.Ask("emulator/settings", map[string]any{
		"restoreDelay": map[string]int64{"aws Standard": (12 * time.Hour).Milliseconds()}, "archiveDelay": 1000,
		"prices": map[string]any{"*": map[string]any{
			"standardGBMonth": 0.03 * (1 << 30), "archivalGBMonth": 0.006 * (1 << 30), "egressGB": 0.09 * (1 << 30), "daysPerMonth": 30,
			"retrievalGB": map[string]float64{"Standard": 0.02 * (1 << 30)},
		}},
	}, nil)
}

// bill is what was billed so far, in dollars, by what for.
func (p *platform) bill() map[string]float64 {
	p.Helper()
	q, err := http.NewRequestWithContext(p.Context(), http.MethodGet, p.URL+"/emulator/bill", nil)
	p.must(err)
	answer, err := http.DefaultClient.Do(q)
	p.must(err)
	defer func() { p.must(answer.Body.Close()) }()
	var bill struct {
		Lines []struct {
			BillTo, For string
			Dollars     float64
		}
	}
	p.must(json.NewDecoder(answer.Body).Decode(&bill))
	sums := map[string]float64{}
	for _, l := range bill.Lines {
		sums[l.For] += l.Dollars
		sums[l.BillTo+" "+l.For] += l.Dollars
	}
	return sums
}

// forecast is the cost of a plan made now.
func (p *platform) forecast() plan.Cost {
	p.Helper()
	res, ds := p.e.Plan(context.Background(), PlanRequest{})
	p.well(ds)
	p.must(res.Close())
	return res.Summary.Cost
}

func (p *platform) costs(what string, got, want float64) {
	p.Helper()
	if math.Abs(got-want) > 1e-5 {
		p.Errorf("%s: %v, want %v", what, got, want)
	}
}

// What a plan says it will cost is what the platform bills for it: 32 bytes
// through a copy, a month, the archive, and back too early.
func TestForecastIsTheBill(t *testing.T) {
	p := newPlatform(t, "seed", wayOne+contract, runs)
	contracted(p)
	c := p.forecast()
	if !c.Known || c.Currency != "USD" {
		t.Fatalf("%+v", c)
	}
	p.sameFromFile(c)
	before := p.bill()
	p.apply()
	p.costs("egress", p.bill()["egress"]-before["egress"], c.Egress)
	p.costs("egress of 32 bytes at 0.09", c.Egress, 2.88)
	p.pass(30 * 24 * time.Hour)
	c = p.forecast()
	p.costs("live", c.StorageBefore, 0.96)
	p.costs("archived", c.StorageMonth, 0.192)
	p.costs("the rest of 90 days", c.Exposure, 0.576)
	if want := p.hand.Now().AddDate(0, 0, 90).UTC().Format("2006-01-02"); !c.Known || c.ExposureUntil != want {
		t.Errorf("%+v, want until %s", c, want)
	}
	p.apply()
	p.pass(time.Hour)
	p.verifyArchived() // sees that they are archived
	before = p.bill()
	p.pass(45 * 24 * time.Hour)
	p.costs("half of a month more", p.bill()["org-vault archived"]-before["org-vault archived"], 1.5*p.forecast().StorageMonth)
	p.tooEarly()
}

// sameFromFile asks for the forecast of a plan that is made now, and of the same
// one from its file.
func (p *platform) sameFromFile(want plan.Cost) {
	p.Helper()
	file := filepath.Join(p.dir, "plan")
	res, ds := p.e.Plan(context.Background(), PlanRequest{Out: file})
	p.well(ds)
	p.must(res.Close())
	for _, name := range []string{"", file} {
		got, ds := p.e.Cost(context.Background(), CostRequest{File: name})
		p.well(ds)
		if got.Outcome != Done || !reflect.DeepEqual(got.Total, want) || len(got.Rows) != 2 || len(got.Prices) == 0 {
			p.Errorf("the forecast of %q is %+v, want %+v", name, got, want)
		}
	}
}

// tooEarly brings everything back 45 days before it costs nothing.
func (p *platform) tooEarly() {
	p.Helper()
	p.configure(strings.ReplaceAll(wayOne, `archive_after = "30d"`, `tier = "live"`) + contract)
	c := p.forecast()
	before := p.bill()
	p.apply()
	after := p.bill()
	p.costs("retrieval", after["retrieval"]-before["retrieval"], c.Retrieval)
	p.costs("retrieval of 32 bytes at 0.02", c.Retrieval, 0.64)
	// The platform counts hours, a forecast whole days by date.
	early, day := after["earlyRetrieval"]-before["earlyRetrieval"], 32*0.006/30
	if early <= 0 || c.EarlyDeletion < early-1e-5 || c.EarlyDeletion > early+day {
		p.Errorf("the rest of the minimum stay: %v, billed %v", c.EarlyDeletion, early)
	}
}

// Without a contract nothing that the platform bills is known, and what is
// missing is named.
func TestPlatformWithoutContract(t *testing.T) {
	p := newPlatform(t, "seed", wayOne, runs)
	c := p.forecast()
	if c.Known || strings.Join(c.Missing, "; ") != "dnanexus aws:us-east-1 live egress; dnanexus in no named region live storage" || c.StorageMonth != 0 {
		t.Errorf("%+v", c)
	}
}

// Of what copies elsewhere keep in standard storage the plan says what that
// costs, and never nothing where no price is known.
func TestStayingLiveCosts(t *testing.T) {
	trial := addr.Resource{Kind: addr.Source, Type: "dnanexus", Name: "trial"}
	cfg := &schema.Configuration{
		Sources: []*schema.Source{{Addr: trial, Place: schema.Place{Region: "aws:us-east-1"}}},
		Prices: []*schema.Price{
			{Provider: "dnanexus", Tier: "live", Options: map[string]any{"storage": 0.03}},
			{Provider: "dnanexus", Tier: "archived", Options: map[string]any{"storage": 0.006}},
		},
	}
	note := func(bytes int64) string {
		p := &planning{l: &loaded{cfg: cfg}, cost: cost.New(cfg, time.Unix(0, 0))}
		return (&readying{p: p}).staying(&obstacle{source: "trial", count: 2, bytes: bytes})
	}
	if got := note(100 << 30); got != " That they stay in standard storage costs 2.40 USD a month more than the archive." {
		t.Errorf("%q", got)
	}
	if got := note(0); got != "" {
		t.Errorf("of nothing: %q", got)
	}
	cfg.Prices = cfg.Prices[:1]
	if got := note(1); !strings.Contains(got, "unknown: no price for dnanexus aws:us-east-1 archived storage") {
		t.Errorf("%q", got)
	}
}
