package view

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestValidate(t *testing.T) {
	for name, r := range map[string]*engine.ValidateResult{
		"validate-valid":  {Valid: true, ConfigDigest: "sha256:c0", PolicyDigest: "sha256:b0", Outcome: engine.Done},
		"validate-denied": {Judgement: findings(), ConfigDigest: "sha256:c0", PolicyDigest: "sha256:b0", Outcome: engine.Denied},
		"validate-errors": nil,
	} {
		both(t, name, "validate", func(t *testing.T, o *Output) {
			var ds diag.List
			if r == nil {
				ds = problems()
				must(t, o.Diagnostics(ds))
			}
			must(t, NewValidate(o).Result(r, ds))
		})
	}
}

func TestPlanInGroups(t *testing.T) {
	var changes []*plan.Change
	for i := range 10_000 {
		changes = append(changes, change(plan.Copy, plan.NewObject, fmt.Sprintf("a/%05d.txt", i), plan.File, 12*1024))
	}
	changes = append(changes,
		change(plan.Tag, plan.NewEntry, "a/", plan.Directory, 0),
		change(plan.Expire, plan.QuarantineOver, "old/report.pdf", plan.File, 5<<20),
		change(plan.Retire, plan.TermOver, "old/\x1b[31mred\xff", plan.File, 3),
		change(plan.Recopy, plan.CopyDamaged, "b.txt", plan.File, 0),
	)
	orphan := change(plan.Tag, plan.Orphaned, "c.txt", plan.File, 7)
	orphan.Backup, orphan.Copy = "", ""
	changes = append(changes, orphan)
	text := newScreen(false)
	r := planned(changes...)
	r.Judgement = findings()
	r.Summary.Unchanged = plan.Count{Objects: 5, Bytes: 50}
	r.Summary.Gone = plan.Count{Objects: 1, Bytes: 7}
	r.Summary.Orphans = plan.Count{Objects: 1, Bytes: 7}
	r.Summary.Sources = []plan.SourceTotals{{
		Source: "docs", Special: 9, SpecialFirst: []plan.Special{{Path: "a/\xff", Kind: "pipe"}, {Path: "b", Kind: "socket"}},
		Incremental: &plan.Incremental{Whole: time.Unix(1_700_000_000, 0), Since: time.Unix(1_700_003_600, 0)},
	}}
	must(t, NewPlan(&text.Output).Result(r, stream(changes...), nil))
	golden(t, "plan-groups.txt", text.out.Bytes())
	if n := strings.Count(text.out.String(), "\n"); n > 100 {
		t.Errorf("%d lines for 10,000 changes", n)
	}
}

func TestPlan(t *testing.T) {
	changes := []*plan.Change{
		change(plan.Copy, plan.NewObject, "a.txt", plan.File, 12),
		change(plan.Tag, plan.MetadataChanged, "\xff/", plan.Directory, 0),
	}
	both(t, "plan", "plan", func(t *testing.T, o *Output) {
		must(t, NewPlan(o).Result(planned(changes...), stream(changes...), nil))
	})
	both(t, "plan-tiers", "plan", func(t *testing.T, o *Output) {
		archive := change(plan.Archive, plan.ArchiveDue, "cold.bam", plan.File, 1<<30)
		archive.Detail, archive.Before = "copied on 2026-08-01", &plan.CopyFacts{Seq: 1, Status: "verified"}
		archive.After.Tier, archive.After.TieredAt = "archival", noon
		inPlace := change(plan.Archive, plan.CostMeasure, "old.bam", plan.File, 3<<30)
		inPlace.Address, inPlace.Backup, inPlace.Copy, inPlace.Destination, inPlace.After = plan.InPlaceAddress("archive.old", "old.bam"), "", "", "", nil
		revoke := &plan.Change{
			Address: plan.AccessAddress("destination.dnanexus.vault", "user-eve"), Destination: "destination.dnanexus.vault",
			Action: plan.Revoke, Reason: plan.AccessDrift, Detail: "has VIEW", Object: plan.Object{Kind: plan.Access, Path: "user-eve"},
		}
		all := []*plan.Change{revoke, archive, inPlace}
		must(t, NewPlan(o).Result(planned(all...), stream(all...), nil))
	})
	both(t, "plan-unchanged", "plan", func(t *testing.T, o *Output) {
		r := planned()
		r.Summary.Unchanged, r.Outcome, r.Path = plan.Count{Objects: 1234, Bytes: 5 << 30}, engine.Done, ""
		must(t, NewPlan(o).Result(r, stream(), nil))
	})
	both(t, "plan-denied", "plan", func(t *testing.T, o *Output) {
		r := &engine.PlanResult{Judgement: findings(), Header: plan.Header{FormatVersion: "1.0", Refresh: "quick", AsOf: noon}, Outcome: engine.Denied}
		must(t, NewPlan(o).Result(r, stream(), nil))
	})
	both(t, "plan-failed", "plan", func(t *testing.T, o *Output) {
		must(t, NewPlan(o).Result(nil, nil, problems()))
	})
}

// A plan whose changes end in an error still gives a whole JSON document, which
// says that it is not complete.
func TestPlanCutOff(t *testing.T) {
	broken := errors.New("section 3: its digest differs")
	var changes iter.Seq2[*plan.Change, error] = func(yield func(*plan.Change, error) bool) {
		_ = yield(change(plan.Copy, plan.NewObject, "a", plan.File, 1), nil) && yield(nil, broken)
	}
	s := newScreen(true)
	err := NewPlan(&s.Output).Result(planned(), changes, nil)
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	var doc struct {
		Changes  []json.RawMessage
		Complete bool
	}
	must(t, json.Unmarshal(s.out.Bytes(), &doc))
	if len(doc.Changes) != 1 || doc.Complete {
		t.Errorf("%s", s.out.Bytes())
	}
	conforms(t, "plan", s.out.Bytes())
}

func TestCheck(t *testing.T) {
	r := &engine.CheckResult{
		Coverage: []engine.Coverage{{
			Backup: "backup.docs", Source: "source.filesystem.docs",
			Objects: plan.Count{Objects: 10, Bytes: 1 << 20}, Protected: plan.Count{Objects: 9, Bytes: 1 << 19},
			Unprotected: plan.Count{Objects: 1, Bytes: 3}, OldestCopy: noon, NewestCopy: noon.Add(time.Hour),
			Destinations: []engine.DestinationCoverage{{
				Destination: "destination.filesystem.vault",
				Copies:      plan.Count{Objects: 10, Bytes: 9}, Verified: plan.Count{Objects: 9}, Damaged: plan.Count{Objects: 1},
			}},
		}},
		Outcome: engine.Done,
	}
	both(t, "check-true", "check", func(t *testing.T, o *Output) { must(t, NewCheck(o).Result(r, nil)) })
	denied := *r
	denied.Judgement, denied.Outcome = findings(), engine.Denied
	denied.Orphans = plan.Count{Objects: 2, Bytes: 5}
	denied.Trend = &engine.Trend{Since: noon, PoliciesChanged: true, Controls: []engine.ControlTrend{{Control: "COPY-1", Fail: 1200, FailBefore: 3}, {Control: "RPO-2", FailBefore: 1, UnknownBefore: 2}}}
	both(t, "check-denied", "check", func(t *testing.T, o *Output) { must(t, NewCheck(o).Result(&denied, nil)) })
	both(t, "check-failed", "check", func(t *testing.T, o *Output) { must(t, NewCheck(o).Result(nil, problems())) })
}

func TestApply(t *testing.T) {
	changes := []*plan.Change{change(plan.Copy, plan.NewObject, "a.txt", plan.File, 12)}
	done := map[plan.Action]plan.Count{plan.Copy: {Objects: 2, Bytes: 4096}, plan.Tag: {Objects: 3}}
	for _, c := range []struct {
		name    string
		r       *engine.ApplyResult
		overall engine.Outcome
		resume  string
		ds      diag.List
	}{
		{"apply-done", &engine.ApplyResult{Run: "r1", Done: done, Settled: 2, Outcomes: []engine.Outcome{engine.Done}}, engine.Done, "", nil},
		{"apply-part", &engine.ApplyResult{Run: "r1", Done: done, Skipped: 1, Failed: 2, Left: 1, Outcomes: []engine.Outcome{engine.Partial}, Problems: []engine.Problem{
			{Destination: "vault", Source: "docs", Path: "x", What: "changed", Detail: "it changed while it was copied"},
		}}, engine.Partial, "", nil},
		{"apply-unchanged", &engine.ApplyResult{Run: "r1", Plan: planned(), Outcomes: []engine.Outcome{engine.Done}}, engine.Done, "", nil},
		{"apply-interrupted", &engine.ApplyResult{Run: "r1", Done: done, Outcomes: []engine.Outcome{engine.Interrupted}}, engine.Interrupted, "backstay apply -resume", nil},
		{"apply-stale", &engine.ApplyResult{Outcomes: []engine.Outcome{engine.Stale}}, engine.Stale, "", problems()},
		{"apply-declined", &engine.ApplyResult{Outcomes: []engine.Outcome{engine.Declined}}, engine.Declined, "", nil},
		{"apply-failed", nil, engine.Failed, "", problems()},
	} {
		both(t, c.name, "apply", func(t *testing.T, o *Output) {
			v := NewApply(o)
			must(t, v.Plan(planned(changes...), stream(changes...)))
			v.Event(engine.Event{Kind: engine.PhaseStart, At: noon, Phase: "apply", TotalObjects: -1, TotalBytes: -1})
			v.Event(engine.Event{Kind: engine.Skipped, At: noon, Phase: "apply", Path: "b\xff", Message: "it changed while it was copied"})
			must(t, v.Result(c.r, c.overall, c.resume, c.ds))
		})
	}
}

func TestVerify(t *testing.T) {
	r := &engine.VerifyResult{
		Run: "r2", Verified: plan.Count{Objects: 10, Bytes: 1 << 20}, Damaged: plan.Count{Objects: 25, Bytes: 3},
		Problems: []engine.Problem{{
			Destination: "vault", Source: "docs", Path: "a.txt", Key: "docs/a.txt", What: "damaged",
			Detail: "sha256:aa was recorded, sha256:bb was read",
		}},
		Outcomes: []engine.Outcome{engine.Failed},
	}
	both(t, "verify-damage", "verify", func(t *testing.T, o *Output) { must(t, NewVerify(o).Result(r, engine.Failed, nil)) })
	part := &engine.VerifyResult{Run: "r2", Verified: plan.Count{Objects: 1, Bytes: 5}, Archived: plan.Count{Objects: 1200, Bytes: 3 << 30}, Outcomes: []engine.Outcome{engine.Done}}
	both(t, "verify-archived", "verify", func(t *testing.T, o *Output) { must(t, NewVerify(o).Result(part, engine.Done, nil)) })
	both(t, "verify-nothing", "verify", func(t *testing.T, o *Output) { must(t, NewVerify(o).Result(nil, engine.Failed, problems())) })
}

func TestRestore(t *testing.T) {
	r := &engine.RestoreResult{
		Run: "r3", To: "back", Restored: plan.Count{Objects: 9, Bytes: 1 << 20}, Present: plan.Count{Objects: 1}, Entries: 4, Failed: 1,
		Problems: []engine.Problem{{Source: "docs", Path: "x", What: "unreadable", Detail: "no copy could be read"}},
		Outcomes: []engine.Outcome{engine.Partial},
	}
	both(t, "restore-part", "restore", func(t *testing.T, o *Output) {
		must(t, NewRestore(o, false).Result(r, engine.Partial, "backstay restore -to back", nil))
	})
	cold := &engine.RestoreResult{To: "back", Restored: plan.Count{Objects: 2, Bytes: 2}, Unarchive: engine.Unarchive{Count: plan.Count{Objects: 2, Bytes: 2}}}
	both(t, "restore-archived", "restore", func(t *testing.T, o *Output) { must(t, NewRestore(o, false).Result(cold, engine.Done, "", nil)) })
	priced := *cold
	priced.Unarchive.Priced, priced.Unarchive.Currency, priced.Unarchive.Cost = true, "USD", 12.5
	both(t, "restore-archived-dry", "restore", func(t *testing.T, o *Output) { must(t, NewRestore(o, true).Result(&priced, engine.Done, "", nil)) })
	both(t, "restore-dry", "restore", func(t *testing.T, o *Output) {
		must(t, NewRestore(o, true).Result(&engine.RestoreResult{To: "back", Restored: plan.Count{Objects: 2, Bytes: 2}}, engine.Done, "", nil))
	})
}

func TestDrill(t *testing.T) {
	r := &engine.DrillResult{
		Run: "r4", Outcomes: []engine.Outcome{engine.Failed},
		Tests: []record.Evidence{
			{Kind: "restore_test", At: noon.UnixMilli(), Backup: "backup.docs", Objects: 20, Bytes: 2048, Outcome: "pass"},
			{Kind: "restore_test", At: noon.UnixMilli(), Backup: "backup.runs", Objects: 20, Bytes: 2048, Failed: 1, Outcome: "fail", Detail: "./check.sh exited with 1"},
		},
	}
	both(t, "drill", "drill", func(t *testing.T, o *Output) { must(t, NewDrill(o).Result(r, engine.Failed, nil)) })
	both(t, "drill-none", "drill", func(t *testing.T, o *Output) {
		must(t, NewDrill(o).Result(&engine.DrillResult{}, engine.Done, nil))
	})
}

func TestInitAndVersion(t *testing.T) {
	both(t, "init", "init", func(t *testing.T, o *Output) {
		must(t, NewInit(o).Result(&engine.InitResult{Files: []string{"main.backstay.hcl"}, State: ".backstay/state.db"}, nil))
	})
	s := newScreen(true)
	must(t, NewVersion(&s.Output).Result("1.2.3"))
	conforms(t, "version", s.out.Bytes())
}

// Findings say with words what colours say, and show the source beside it.
func TestFindingWithSnippet(t *testing.T) {
	for _, colored := range []bool{false, true} {
		s := newScreen(false)
		s.Out.Color = colored
		x := &text{s: &s.Out}
		j := findings()
		x.finding(&j.Findings[1], &diag.Snippet{Code: "\tcopy \"a\" {", StartLine: 20, HighlightStart: 1, HighlightEnd: 9})
		must(t, s.flush(x))
		got := s.out.String()
		if colored != strings.Contains(got, "\x1b[31m") {
			t.Errorf("colour %v: %q", colored, got)
		}
		if !colored {
			golden(t, "finding.txt", s.out.Bytes())
		}
	}
}

func TestVerdictNamesEveryBlockingFinding(t *testing.T) {
	for _, severity := range []policy.Severity{policy.Mandatory, policy.Overridable, policy.Advisory} {
		for _, result := range []policy.Result{policy.Fail, policy.Warn, policy.Waived, policy.Unknown, policy.Deferred} {
			f := policy.Finding{Severity: severity, Result: result}
			word, _ := verdict(&f)
			if f.Blocks() != strings.HasPrefix(word, "Denied") {
				t.Errorf("%s %s: %s", severity, result, word)
			}
		}
	}
}
