package policy

import (
	"testing"

	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

func TestPlanJudgesChanges(t *testing.T) {
	e := compileSet(t, Set{Config: withPack(t, fileTree(t), "core")})
	s, err := e.NewPlan(t.Context(), planFacts())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Change(t.Context(), copyChange()); err != nil || len(got) != 0 {
		t.Fatalf("a first copy: %v, %v", got, err)
	}
	early := retireChange()
	early.Before.RetainUntil = schema.UntilAt(testNow.AddDate(1, 0, 0))
	held := retireChange()
	held.Before.Held = []string{"litigation"}
	for control, c := range map[string]*plan.Change{"RET-2": early, "HOLD-1": held} {
		got, err := s.Change(t.Context(), c)
		if err != nil || len(got) != 1 || got[0].Control != control || got[0].Result != Fail {
			t.Errorf("%s: %+v, %v", control, got, err)
			continue
		}
		if got[0].Range == nil || got[0].Range.Start.Line != 55 {
			t.Errorf("%s points at %v, want the copy block on line 55", control, got[0].Range)
		}
	}
	r, err := s.End(t.Context(), &plan.Summary{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := countOf(t, r, "HOLD-1"); c.Subjects != 1 || c.Fail != 1 {
		t.Errorf("HOLD-1 counts %+v", c)
	}
	if c := countOf(t, r, "RET-2"); c.Subjects != 2 || c.Pass != 1 || c.Fail != 1 {
		t.Errorf("RET-2 counts %+v", c)
	}
	if !r.Blocked {
		t.Error("a mandatory fail blocks")
	}
}

// TestBrakesHaveTitles holds that every brake that the input knows is named in
// words, and that one that is pulled says them.
func TestBrakesHaveTitles(t *testing.T) {
	for _, name := range inputShape().props["summary"].props["brakes"].elem.props["name"].enum {
		if brakeTitles[name] == "" {
			t.Errorf("the brake %s has no title", name)
		}
	}
	s, err := compileSet(t, Set{Config: fileTree(t)}).NewPlan(t.Context(), planFacts())
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.End(t.Context(), &plan.Summary{}, []Brake{{Name: "destination", Address: "destination.s3.far", Message: "gone"}})
	if err != nil || len(of(r, "destination")) != 1 || of(r, "destination")[0].Title != "Destination is not as the state knows it" {
		t.Errorf("%+v, %v", r.Findings, err)
	}
}
