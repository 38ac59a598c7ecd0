package bill

import (
	"math"
	"testing"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("%s: %g, want %g", what, got, want)
	}
}

func TestMeter(t *testing.T) {
	const day = dayMillis
	var m Meter
	m.Add(10*day, 2*GB)
	near(t, "fifteen days", m.GBMonths(25*day, 30), 1)
	m.Add(25*day, -GB)
	near(t, "a month more of half", m.GBMonths(55*day, 30), 2)
	near(t, "before the last change", m.GBMonths(0, 30), 1)
	m.Add(55*day, -GB)
	near(t, "nothing left", m.GBMonths(900*day, 30), 2)
}

func TestFees(t *testing.T) {
	p := Prices{StandardGBMonth: 3, ArchivalGBMonth: 0.6, EgressGB: 2, DaysPerMonth: 30, RetrievalGB: map[string]float64{"Bulk": 5}}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"retrieval", Retrieval(p, "Bulk", 2*GB), 10_000},
		{"unknown rate", Retrieval(p, "Fast", 2*GB), 0},
		{"at once", EarlyRetrieval(p, 90, GB, 0), 1800},
		{"half way", EarlyRetrieval(p, 90, GB, 45*dayMillis), 900},
		{"the last day", EarlyRetrieval(p, 90, GB, 89*dayMillis), 20},
		{"in time", EarlyRetrieval(p, 90, GB, 90*dayMillis), 0},
		{"long after", EarlyRetrieval(p, 90, GB, 900*dayMillis), 0},
		{"azure", EarlyRetrieval(p, 180, GB, 0), 3600},
		{"live", Storage(p, Live, 2), 6000},
		{"waiting", Storage(p, AwaitingArchive, 2), 6000},
		{"archived", Storage(p, Archived, 2), 1200},
		{"egress", Egress(p, GB/2), 1000},
	} {
		near(t, c.name, c.got, c.want)
	}
}
