package policy

import (
	"testing"
	"time"

	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// onDisks is a configuration that fails COPY-2: all copies lie on disks.
func onDisks(t testing.TB) *schema.Configuration {
	cfg := withPack(t, fileTree(t), "core")
	cfg.Destinations[1].Addr = resource(t, "destination.filesystem.far")
	cfg.Destinations[1].Media = "disk"
	cfg.Backups[0].Copies[1].To = cfg.Destinations[1].Addr
	return cfg
}

func waiver(t testing.TB, control, expires string, targets ...string) *schema.Waiver {
	return &schema.Waiver{
		Addr: resource(t, "waiver.late"), Origin: origin(100, "control", "targets", "reason", "approved_by", "expires"),
		Control: control, Targets: targets, Reason: "the tape arrives in January",
		ApprovedBy: []schema.Approval{{By: "qa@example.org"}}, Expires: expires,
	}
}

func TestWaivers(t *testing.T) {
	all := "2027-01-31"
	for name, c := range map[string]struct {
		edit  func(*schema.Waiver)
		now   time.Time
		want  Result // of COPY-2
		chg5  Result // of CHG-5, "" for none
		line  int    // that CHG-5 points at
		block bool
	}{
		"in force":          {nil, testNow, Waived, "", 0, false},
		"soon over":         {nil, time.Date(2027, 1, 20, 0, 0, 0, 0, time.UTC), Waived, Warn, 105, false},
		"last instant":      {nil, time.Date(2027, 1, 31, 23, 59, 59, 0, time.UTC), Waived, Warn, 105, false},
		"a second too late": {nil, time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC), Fail, Fail, 105, true},
		"too long":          {func(w *schema.Waiver) { w.Expires = "2028-01-01" }, testNow, Fail, Fail, 105, true},
		"no end":            {func(w *schema.Waiver) { w.Expires = "" }, testNow, Fail, Fail, 105, true},
		"no reason":         {func(w *schema.Waiver) { w.Reason = "" }, testNow, Fail, Fail, 103, true},
		"no approver":       {func(w *schema.Waiver) { w.ApprovedBy = nil }, testNow, Fail, Fail, 104, true},
		"other target":      {func(w *schema.Waiver) { w.Targets = []string{"destination.filesystem.far"} }, testNow, Fail, "", 0, true},
		"no such target":    {func(w *schema.Waiver) { w.Targets = []string{"backup.gone"} }, testNow, Fail, Fail, 102, true},
		"mandatory":         {func(w *schema.Waiver) { w.Control = "RET-6" }, testNow, Fail, Fail, 101, true},
		"no such control":   {func(w *schema.Waiver) { w.Control = "COPY-22" }, testNow, Fail, Fail, 101, true},
		"any case":          {func(w *schema.Waiver) { w.Control = "copy-2" }, testNow, Waived, "", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := onDisks(t)
			w := waiver(t, "COPY-2", all, "backup.docs")
			if c.edit != nil {
				c.edit(w)
			}
			cfg.Waivers = []*schema.Waiver{w}
			r, err := compileSet(t, Set{Config: cfg}).Config(t.Context(), c.now)
			if err != nil {
				t.Fatal(err)
			}
			got := of(r, "COPY-2")
			if len(got) != 1 || got[0].Result != c.want || r.Blocked != c.block {
				t.Fatalf("COPY-2: %+v, blocked %t", got, r.Blocked)
			}
			if got[0].Result == Waived && (got[0].Waiver == nil || got[0].Waiver.Name != "late" || got[0].Waiver.Verified || got[0].Waiver.ApprovedBy[0] != "qa@example.org") {
				t.Errorf("note %+v", got[0].Waiver)
			}
			chg := of(r, "CHG-5")
			if c.chg5 == "" {
				if len(chg) > 0 {
					t.Errorf("CHG-5: %+v", chg)
				}
				return
			}
			if len(chg) != 1 || chg[0].Result != c.chg5 || chg[0].Range == nil || chg[0].Range.Start.Line != c.line {
				t.Errorf("CHG-5: %+v", chg)
			}
		})
	}
}

// TestUnusedWaivers holds that a waiver is called unused only once every phase
// of its control has run.
func TestUnusedWaivers(t *testing.T) {
	cfg := withPack(t, fileTree(t), "core")
	cfg.Waivers = []*schema.Waiver{waiver(t, "TEST-1", "2027-01-31", "backup.docs"), waiver(t, "COPY-2", "2027-01-31", "backup.docs")}
	cfg.Waivers[1].Addr = resource(t, "waiver.other")
	e := compileSet(t, Set{Config: cfg})
	r, err := e.Config(t.Context(), testNow)
	if err != nil {
		t.Fatal(err)
	}
	if got := of(r, "CHG-5"); len(got) != 1 || got[0].Address != "waiver.late" || got[0].Result != Warn {
		t.Errorf("config phase: %+v", got)
	}
	s, err := e.NewState(t.Context(), testNow)
	if err != nil {
		t.Fatal(err)
	}
	r, err = s.End(t.Context(), &StateTotals{})
	if err != nil {
		t.Fatal(err)
	}
	if got := of(r, "CHG-5"); len(got) != 2 || got[1].Address != "waiver.other" {
		t.Errorf("state phase: %+v", got)
	}
}

func TestWaiverWithoutPackIsStillBounded(t *testing.T) {
	cfg := fileTree(t)
	s := withRego(t, cfg, map[string]string{"a.rego": "package backstay.own\ndeny contains {\"msg\": \"x\", \"address\": b.address} if some b in input.config.backups"})
	cfg.Waivers = []*schema.Waiver{waiver(t, "backstay.own/deny", "2036-01-01", "backup.docs")}
	r, err := compileSet(t, s).Config(t.Context(), testNow)
	if err != nil || !r.Blocked {
		t.Errorf("a waiver of ten years let pass: %+v, %v", r.Findings, err)
	}
}

func TestBrakes(t *testing.T) {
	e := compileSet(t, Set{Config: fileTree(t)})
	s, err := e.NewPlan(t.Context(), planFacts())
	if err != nil {
		t.Fatal(err)
	}
	sum := &plan.Summary{Destinations: []plan.DestinationTotals{{Destination: "destination.s3.far", Copies: plan.Count{Objects: 100}, Retire: plan.Count{Objects: 20}}}}
	r, err := s.End(t.Context(), sum, []Brake{
		{Name: "retire", Address: "destination.s3.far", Message: "20 of 100 copies would go."},
		{Name: "source_loss", Address: "source.filesystem.docs", Message: "Half of the source is gone.", Allowed: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Findings) != 2 {
		t.Fatalf("findings %+v", r.Findings)
	}
	retire, loss := r.Findings[0], r.Findings[1]
	if retire.Control != "CHG-1" || retire.Brake != "retire" || retire.Result != Fail || retire.Range == nil || retire.Range.Start.Line != 20 {
		t.Errorf("retire: %+v", retire)
	}
	if loss.Control != "source_loss" || loss.Result != Waived || loss.Waiver.Name != "-allow=source_loss" || loss.Severity != Mandatory {
		t.Errorf("source_loss: %+v", loss)
	}
	if !r.Blocked {
		t.Error("a brake blocks")
	}
	s, err = e.NewPlan(t.Context(), planFacts())
	if err != nil {
		t.Fatal(err)
	}
	r, err = s.End(t.Context(), sum, []Brake{{Name: "retire", Address: "destination.s3.far", Message: "20 of 100 copies would go.", Allowed: true}})
	if err != nil || r.Blocked || len(r.Findings) != 1 || r.Findings[0].Result != Waived || r.Findings[0].Waiver.Name != "-allow=retire" {
		t.Errorf("allowed: %+v, %v", r.Findings, err)
	}
}
