package policy

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

func TestStateNamesItsEvidence(t *testing.T) {
	s, err := compileSet(t, Set{Config: withPack(t, fileTree(t), "core")}).NewState(t.Context(), testNow)
	if err != nil {
		t.Fatal(err)
	}
	days := int64(200)
	got, err := s.Copy(t.Context(), &CopySubject{
		Address: "destination.s3.far:docs/a", Backups: []string{"backup.docs"}, Destination: "destination.s3.far", Source: "docs", Path: "a",
		Kind: "file", Status: "verified", Digest: "sha256:00", Current: true, Live: true, VerifiedAt: "2026-05-05T00:00:00.000Z", VerifiedDays: &days,
	})
	if err != nil || len(got) != 1 || got[0].Control != "COPY-5" || got[0].Result != Fail {
		t.Fatalf("%+v, %v", got, err)
	}
	if ev, _ := got[0].Evidence.(map[string]any); ev["verified_at"] != "2026-05-05T00:00:00.000Z" {
		t.Errorf("evidence %+v", got[0].Evidence)
	}
	got, err = s.Object(t.Context(), &ObjectSubject{
		Address: "backup.docs:a", Backup: "backup.docs", Source: "docs", Path: "a", Live: true,
		Verified: 1, Written: 1, Copies: 2, Destinations: []string{"destination.filesystem.near"},
	})
	if err != nil {
		t.Fatal(err)
	}
	results := map[string]Result{}
	for _, f := range got {
		results[f.Control] = f.Result
	}
	if fmt.Sprint(results) != "map[COPY-1:unknown COPY-2:unknown COPY-3:unknown]" {
		t.Errorf("%v", results)
	}
	r, err := s.End(t.Context(), &StateTotals{Backups: []StateBackup{{Backup: "backup.docs", Listed: true, Matched: Count{Objects: 1}}}})
	if err != nil || !r.Blocked {
		t.Fatalf("%+v, %v", r, err)
	}
	if rpo := of(r, "RPO-2"); len(rpo) != 1 || rpo[0].Result != Unknown || rpo[0].Range == nil {
		t.Errorf("RPO-2: %+v", rpo)
	}
	if c := countOf(t, r, "CHG-1"); c.NotApplicable != 1 || c.Reason != "nothing to decide in this phase" {
		t.Errorf("CHG-1: %+v", c)
	}
}

// TestFindingsAreBounded refuses many changes: all are counted, few are kept,
// and the memory of a session does not grow with the plan.
func TestFindingsAreBounded(t *testing.T) {
	s, err := compileSet(t, Set{Config: fileTree(t)}).NewPlan(t.Context(), planFacts())
	if err != nil {
		t.Fatal(err)
	}
	held := retireChange()
	held.Before.Held = []string{"litigation"}
	for i := range keepPerControl + 20 {
		held.Address = fmt.Sprintf(`backup.docs.copy.far["%d"]`, i)
		if got, err := s.Change(t.Context(), held); err != nil || len(got) != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	before := heap()
	clean := copyChange()
	for range 200_000 {
		if _, err := s.Change(t.Context(), clean); err != nil {
			t.Fatal(err)
		}
	}
	if grown := int64(heap()) - int64(before); grown > 1<<20 {
		t.Errorf("200,000 changes more cost %d bytes", grown)
	}
	r, err := s.End(t.Context(), &plan.Summary{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := countOf(t, r, "HOLD-1"); c.Fail != keepPerControl+20 || c.Omitted != 20 || len(of(r, "HOLD-1")) != keepPerControl {
		t.Errorf("%+v, %d kept", c, len(of(r, "HOLD-1")))
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestNothingDecidedIsNoPass(t *testing.T) {
	s := withRego(t, fileTree(t), map[string]string{"a.rego": `package backstay.own
subjects contains h.address if some h in input.config.holds
deny contains {"msg": "x", "address": h.address} if {
	some h in input.config.holds
	not h.owner
}`})
	r, err := compileSet(t, s).Config(t.Context(), testNow)
	if err != nil {
		t.Fatal(err)
	}
	if c := countOf(t, r, "backstay.own/deny"); c.NotApplicable != 1 || c.Pass != 0 {
		t.Errorf("%+v", c)
	}
	if len(r.Diagnostics) != 1 || r.Diagnostics[0].Code != "policy_idle" || r.Diagnostics[0].Range.Start.Line != 90 {
		t.Errorf("%+v", r.Diagnostics)
	}
	if c := countOf(t, r, "CHG-3"); c.NotApplicable != 1 {
		t.Errorf("CHG-3 in config: %+v", c)
	}
}

func TestApplyIsBound(t *testing.T) {
	e := compileSet(t, Set{Config: fileTree(t)})
	f := planFacts()
	f.Apply, f.PolicyBound = true, false
	s, err := e.NewPlan(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.End(t.Context(), &plan.Summary{}, nil)
	if err != nil || !r.Blocked || len(of(r, "CHG-3")) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestLockedTermsCompare holds the engine-made figures of a change to Until:
// open and forever are never over, and forever to open is a lowering.
func TestLockedTermsCompare(t *testing.T) {
	for _, c := range []struct {
		before, after schema.Until
		want          string
	}{
		{schema.UntilForever, schema.UntilOpen, "lowered"},
		{schema.UntilOpen, schema.UntilForever, "raised"},
		{schema.UntilAt(testNow), schema.UntilAt(testNow), "same"},
		{schema.UntilNone, schema.UntilAt(testNow), "raised"},
	} {
		ch := retireChange()
		ch.Before.RetainUntil, ch.After.RetainUntil = c.before, c.after
		in := ChangeInput(ch, testNow)
		if in.TermChange != c.want {
			t.Errorf("%v to %v: %s", c.before, c.after, in.TermChange)
		}
		if over := c.before == schema.UntilAt(testNow); in.Before.TermOver != over {
			t.Errorf("%v: over %t", c.before, in.Before.TermOver)
		}
	}
}
