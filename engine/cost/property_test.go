package cost

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

var propertyNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// configuration has a destination of each sort of price; odd figures show drift.
func configuration() *schema.Configuration {
	cfg := &schema.Configuration{Prices: []*schema.Price{
		{Provider: "dnanexus", Options: map[string]any{"storage": 0.0337, "egress": 0.0917, "retrieval": 0.0213}},
		{Provider: "dnanexus", Tier: "archived", Options: map[string]any{"storage": 0.0061}},
	}}
	add := func(kind, name, region, tier string) {
		at := schema.Place{Region: region}
		cfg.Sources = append(cfg.Sources, &schema.Source{Addr: addr.Resource{Kind: addr.Source, Type: kind, Name: name}, Place: at})
		cfg.Destinations = append(cfg.Destinations, &schema.Destination{Addr: addr.Resource{Kind: addr.Destination, Type: kind, Name: name}, Place: at, Tier: tier})
	}
	add("filesystem", "disk", "", "")
	add("s3", "hot", "us-east-1", "")
	add("s3", "deep", "us-west-2", "DEEP_ARCHIVE")
	add("dnanexus", "vault", "aws:us-east-1", "")
	add("gcs", "far", "nowhere", "NEARLINE") // without prices
	return cfg
}

// steps are copies on record and changes, made of a seed.
func steps(seed uint64, n int) (rows []record.Copy, changes []*plan.Change) {
	r := rand.New(rand.NewPCG(seed, 7))
	names := []string{"disk", "hot", "deep", "vault", "far"}
	kinds := []string{"filesystem", "s3", "s3", "dnanexus", "gcs"}
	tiers := []string{"", "live", "archival", "archived", "unarchiving"}
	for range n {
		i := r.IntN(len(names))
		at := propertyNow.AddDate(0, 0, -r.IntN(400))
		size := r.Int64N(1 << uint(r.IntN(44)))
		status := []record.Status{record.Verified, record.Written, record.Damaged, record.Missing, record.Retired, record.Entry}[r.IntN(6)]
		row := record.Copy{
			Destination: names[i], Size: size, Status: status, CopiedAt: at.UnixMilli(), Tier: tiers[r.IntN(5)],
			TieredAt: at.UnixMilli(), Claims: []string{"backup.b/" + names[i]},
		}
		rows = append(rows, row)
		facts := func(tier string) *plan.CopyFacts {
			return &plan.CopyFacts{Size: size, Status: string(status), CopiedAt: at, Tier: tier, TieredAt: at, Claims: row.Claims}
		}
		c := &plan.Change{
			Action: plan.Actions[r.IntN(len(plan.Actions))], Backup: "backup.b", Destination: "destination." + kinds[i] + "." + names[i],
			Object: plan.Object{Source: names[r.IntN(len(names))], Kind: plan.File, Size: size}, Before: facts(row.Tier), After: facts(""),
		}
		if r.IntN(9) == 0 {
			c.Before = nil
			c.Destination = map[bool]string{true: "", false: c.Destination}[c.Action == plan.Archive]
		}
		changes = append(changes, c)
	}
	return rows, changes
}

// whole is the exact sum of everything that was added.
func whole(f *Forecast) (s sum) {
	for _, c := range f.sorted() {
		s.cell(c)
	}
	for _, l := range f.lanes() {
		s.stay(l, l.stays(true), dayOf(f.now))
	}
	return s
}

func (s *sum) amounts() []Amount {
	return []Amount{s.before, s.after, s.egress, s.requests, s.retrieval, s.early}
}

func equalAmounts(a, b []Amount) bool {
	return slices.EqualFunc(a, b, func(x, y Amount) bool { return x.Cmp(y) == 0 })
}

func twice(all []Amount) (out []Amount) {
	for _, a := range all {
		out = append(out, a.Plus(a))
	}
	return out
}

// parts is what changes cost one by one, exactly.
func parts(f *Forecast, changes []*plan.Change) (s sum) {
	for _, c := range changes {
		for _, u := range slices.Clone(f.usages(c)) {
			s.usage(&u, dayOf(f.now))
		}
	}
	return s
}

// FuzzSums: the parts add up to the whole, twice as much costs twice as much,
// the order does not matter, and rows add up to the sum, all to the last digit.
func FuzzSums(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, uint8(40*seed+3))
	}
	f.Fuzz(func(t *testing.T, seed uint64, n uint8) {
		rows, changes := steps(seed, int(n))
		one, two, back := New(configuration(), propertyNow), New(configuration(), propertyNow), New(configuration(), propertyNow)
		for i := range rows {
			one.Recorded(&rows[i])
			two.Recorded(&rows[i])
			two.Recorded(&rows[i])
			back.Recorded(&rows[len(rows)-1-i])
			one.Change(changes[i])
			two.Change(changes[i])
			two.Change(changes[i])
			back.Change(changes[len(rows)-1-i])
		}
		sum1, sum2 := whole(one), whole(two)
		if !equalAmounts(twice(sum1.amounts()), sum2.amounts()) || sum1.stays.Plus(sum1.stays).Cmp(sum2.stays) != 0 {
			t.Errorf("twice as much costs %v, not twice %v", sum2.amounts(), sum1.amounts())
		}
		if a, b := text(one.Sum()), text(back.Sum()); a != b {
			t.Errorf("in another order it costs\n%s\nnot\n%s", b, a)
		}
		var stayed sum
		for _, l := range one.lanes() {
			stayed.stay(l, l.stays(false), dayOf(propertyNow))
		}
		p := parts(New(configuration(), propertyNow), changes)
		if p.after.Plus(sum1.before).Cmp(sum1.after) != 0 || p.stays.Plus(stayed.stays).Cmp(sum1.stays) != 0 ||
			!equalAmounts(p.amounts()[2:], sum1.amounts()[2:]) {
			t.Errorf("the parts are %v, the whole is %v", p.amounts(), sum1.amounts())
		}
		var month, then, once Amount
		for _, r := range one.Rows() {
			month, then, once = month.Plus(r.Month), then.Plus(r.Then), once.Plus(r.Once)
		}
		if month.Cmp(sum1.before) != 0 || then.Cmp(sum1.after) != 0 ||
			once.Cmp(sum1.egress.Plus(sum1.requests).Plus(sum1.retrieval).Plus(sum1.early)) != 0 {
			t.Errorf("the rows add up to %v, %v and %v", month, then, once)
		}
	})
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// Neither copies nor changes are kept: the cells are as many as there are
// classes, and the days as many as the longest stay has.
func TestMemoryIsThatOfTheSums(t *testing.T) {
	count := func(n int) (cells, days int) {
		f := New(configuration(), propertyNow)
		rows, changes := steps(1, n)
		for i := range rows {
			f.Recorded(&rows[i])
			f.Change(changes[i])
		}
		for _, l := range f.lanes() {
			days += len(l.staysNow) + len(l.staysMore)
		}
		return len(f.cells), days
	}
	cells, _ := count(20_000)
	more, days := count(40_000)
	if more > cells || days > 8*400 {
		t.Errorf("%d cells and %d days for twice the changes, %d cells before", more, days, cells)
	}
}

func BenchmarkChange(b *testing.B) {
	f := New(configuration(), propertyNow)
	_, changes := steps(1, 1000)
	b.ReportAllocs()
	for i := range b.N {
		f.Change(changes[i%1000])
	}
}

func BenchmarkRecorded(b *testing.B) {
	f := New(configuration(), propertyNow)
	rows, _ := steps(1, 1000)
	b.ReportAllocs()
	for i := range b.N {
		f.Recorded(&rows[i%1000])
	}
}
