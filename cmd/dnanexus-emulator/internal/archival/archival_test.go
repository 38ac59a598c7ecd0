package archival

import "testing"

// TestAllows holds the two editions' tables row by row; columns are in the
// order of Operations.
func TestAllows(t *testing.T) {
	for rules, rows := range map[Rules]map[State]string{
		Seed:    {Live: "yyyyn", Archival: "ynnny", Archived: "nnnny", Unarchiving: "nnnnn"},
		Current: {Live: "yyyyn", Archival: "nynny", Archived: "nynny", Unarchiving: "nnnnn"},
	} {
		for state, row := range rows {
			for i, operation := range Operations {
				if got := rules.Allows(state, operation); got != (row[i] == 'y') {
					t.Errorf("%s: %s of a file that is %s: %v", rules, operation, state, got)
				}
			}
		}
	}
	// What both allow is what a careful client relies on.
	for _, state := range States {
		both := Seed.Allows(state, Download) && Current.Allows(state, Download) && Seed.Allows(state, Clone) && Current.Allows(state, Clone)
		if both != (state == Live) {
			t.Errorf("%s: both editions allow download and clone: %v", state, both)
		}
	}
}

func TestRegions(t *testing.T) {
	for _, c := range []struct {
		region        string
		days          int
		seed, current bool
		rate          string
	}{
		{"aws:us-east-1", 90, true, true, "Bulk"},
		{"azure:westus", 180, false, true, "Expedited"},
		{"other:x", 90, false, false, "Bulk"},
	} {
		if MinimumDays(c.region) != c.days || Seed.Offered(c.region) != c.seed || Current.Offered(c.region) != c.current || Rates(c.region)[1] != c.rate {
			t.Errorf("%s: %d days, offered %v and %v, rates %v", c.region, MinimumDays(c.region), Seed.Offered(c.region), Current.Offered(c.region), Rates(c.region))
		}
	}
	if Rules("x").Known() || !Seed.Known() {
		t.Error("unknown rules are known")
	}
}
