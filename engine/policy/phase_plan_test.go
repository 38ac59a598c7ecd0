package policy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
	"time"

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

// TestPlanKnowsTheRecord holds that what is known before the first change, and
// what is counted on the way, reaches the rules; and that what nobody read is
// absent.
func TestPlanKnowsTheRecord(t *testing.T) {
	set := withRego(t, fileTree(t), map[string]string{"own.rego": `package backstay.own

warn contains sprintf("%s failed, %d days after the last apply", [t.destination, input.run.last_applied_days]) if {
	some t in input.run.tests
	t.outcome == "fail"
}

warn contains "no tests" if not input.run.tests
warn contains "no apply" if not input.run.last_applied_days
warn contains sprintf("%d erased, %d bytes", [input.summary.erased.objects, input.summary.erased.bytes])
warn contains "no list" if { input.summary.changes >= 0; not input.summary.erased }
`})
	known := planFacts()
	known.Tests = []StateTest{{Backup: "backup.docs", Destination: "destination.s3.far", Outcome: "fail"}}
	known.LastApply = testNow.Add(-49 * time.Hour)
	known.Erased = func(source, path string) bool { return source == "docs" && path == "a.txt" }
	bare := planFacts()
	bare.Tests = nil
	for want, f := range map[string]PlanFacts{
		"1 erased, 12 bytes; destination.s3.far failed, 2 days after the last apply": known,
		"no apply; no list; no tests": bare,
	} {
		s, err := compileSet(t, set).NewPlan(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []*plan.Change{copyChange(), retireChange()} {
			if _, err := s.Change(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		r, err := s.End(t.Context(), &plan.Summary{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range of(r, "backstay.own/warn") {
			got = append(got, f.Message)
		}
		slices.Sort(got)
		if text := strings.Join(got, "; "); text != want {
			t.Errorf("got %q, want %q", text, want)
		}
	}
}

// TestReasonsAreKnown holds the input to the actions and reasons that a plan
// has, as its source has them: a rule that compares with one that is missing
// would not compile.
func TestReasonsAreKnown(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../plan/plan.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	shape, found := inputShape().props["change"], 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		name, isNamed := spec.Type.(*ast.Ident)
		text, isText := spec.Values[0].(*ast.BasicLit)
		if !isNamed || !isText || name.Name != "Reason" && name.Name != "Action" {
			return true
		}
		found++
		member := strings.ToLower(name.Name)
		if value := strings.Trim(text.Value, `"`); !slices.Contains(shape.props[member].enum, value) {
			t.Errorf("input.change.%s does not know %q", member, value)
		}
		return true
	})
	if found < 30 {
		t.Errorf("%d actions and reasons were found: the source was not read", found)
	}
}

// A new version promises what it promises; only the copy whose place it takes can
// lose a term or a lock by it.
func TestANewVersionLowersNoTerm(t *testing.T) {
	later, sooner := schema.UntilAt(testNow.AddDate(7, 0, 0)), schema.UntilAt(testNow.AddDate(1, 0, 0))
	old := plan.CopyFacts{Seq: 1, RetainUntil: later, LockedUntil: later}
	c := plan.Change{Before: &old, After: &plan.CopyFacts{Seq: 2, RetainUntil: sooner}, Superseded: &old}
	if term, lock := termChange(&c), lockChange(&c); term != "same" || lock != "same" {
		t.Errorf("a version takes the place of another: term %s, lock %s", term, lock)
	}
	lost := old
	lost.RetainUntil, lost.LockedUntil = sooner, sooner
	c.Superseded = &lost
	if term, lock := termChange(&c), lockChange(&c); term != "lowered" || lock != "lowered" {
		t.Errorf("the one that loses its place is cut: term %s, lock %s", term, lock)
	}
	c.Superseded = nil
	if term := termChange(&c); term != "lowered" {
		t.Errorf("its own record: term %s", term)
	}
}
