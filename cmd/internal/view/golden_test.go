package view

import (
	"bytes"
	"flag"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

var update = flag.Bool("update", false, "rewrite golden files")

// screen is an Output that keeps what was written.
type screen struct {
	Output
	out, err bytes.Buffer
}

func newScreen(json bool) *screen {
	s := &screen{}
	s.JSON = json
	s.Out.W, s.Err.W = &s.out, &s.err
	return s
}

// golden compares with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from what is printed (rewrite with -update):\n%s", file, got)
	}
}

// both shows something in text and in JSON and compares each stream with its
// golden file; the JSON goes through the schema too.
func both(t *testing.T, name, schemaName string, show func(*testing.T, *Output)) {
	t.Helper()
	text := newScreen(false)
	show(t, &text.Output)
	golden(t, name+".txt", text.out.Bytes())
	if text.err.Len() > 0 {
		golden(t, name+".stderr.txt", text.err.Bytes())
	}
	machine := newScreen(true)
	show(t, &machine.Output)
	golden(t, name+".json", machine.out.Bytes())
	conforms(t, schemaName, machine.out.Bytes())
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func rangeAt(line, column int) *diag.Range {
	return &diag.Range{
		Filename: "main.backstay.hcl",
		Start:    diag.Pos{Line: line, Column: column, Byte: 100},
		End:      diag.Pos{Line: line, Column: column + 5, Byte: 105},
	}
}

func findings() engine.Judgement {
	return engine.Judgement{
		Findings: []policy.Finding{
			{
				Control: "SCOPE-1", Title: "Every object is in scope or excluded with a reason", Severity: policy.Advisory,
				Result: policy.Warn, Phase: policy.PhasePlan, Message: "3 objects are neither in scope nor excluded with a reason.",
				Address: "backup.docs", Range: rangeAt(12, 3),
			},
			{
				Control: "COPY-1", Title: "At least two copies", Severity: policy.Overridable, Result: policy.Fail,
				Phase: policy.PhaseConfig, Message: "Backup plan docs has one copy; two are asked for.",
				Address: "backup.docs", Range: rangeAt(20, 3), Clauses: []string{"21 CFR 11.10(c)"},
			},
			{
				Control: "CHG-1", Severity: policy.Mandatory, Result: policy.Fail, Phase: policy.PhasePlan,
				Message: "The plan retires 1,200 of 2,000 copies.", Brake: "retire",
			},
			{
				Control: "COPY-2", Severity: policy.Overridable, Result: policy.Waived, Phase: policy.PhaseConfig,
				Message: "All copies are on one medium.", Address: "backup.docs",
				Waiver: &policy.WaiverNote{
					Name: "one-medium", Reason: "tape library arrives in March",
					ApprovedBy: []string{"qa@example.org"}, Expires: "2027-01-31",
				},
			},
		},
		Controls: []policy.ControlCount{
			{Control: "COPY-1", Severity: policy.Overridable, Subjects: 1, Fail: 1},
			{Control: "RET-2", Severity: policy.Mandatory, Subjects: 1200, Pass: 1200},
			{Control: "HOLD-1", Severity: policy.Mandatory, NotApplicable: 1, Reason: "no holds"},
		},
		Blocked: true,
	}
}

func problems() diag.List {
	return diag.List{
		{Severity: diag.Warning, Code: "unused_variable", Summary: "Variable is not used", Detail: "Nothing refers to var.old."},
		{
			Severity: diag.Error, Code: "unknown_attribute", Summary: "Unknown attribute",
			Detail:  "A backup block has no attribute \"ownr\". Did you mean \"owner\"?",
			Address: "backup.docs", Range: rangeAt(14, 3),
			Snippet: &diag.Snippet{
				Code: "  ownr  = var.who", StartLine: 14, HighlightStart: 2, HighlightEnd: 6,
				Values: []diag.Value{{Expression: "var.who", Statement: "\"me\""}},
			},
		},
	}
}

func change(action plan.Action, reason plan.Reason, path string, kind plan.Kind, bytes int64) *plan.Change {
	c := &plan.Change{
		Address: plan.Address("backup.docs", "vault", path), Backup: "backup.docs", Copy: "vault",
		Destination: "destination.filesystem.vault", Action: action, Reason: reason,
		Object: plan.Object{Source: "docs", Path: path, Kind: kind, Size: bytes, MTime: noon.UnixNano(), Live: true},
	}
	facts := &plan.CopyFacts{Seq: 1, Status: "verified", Key: "docs/" + path, Size: bytes, CopiedAt: noon, RetainUntil: schema.UntilAt(noon)}
	if action.Removes() {
		c.Before, c.Object.Live = facts, false
	} else {
		c.After = facts
	}
	return c
}

func stream(changes ...*plan.Change) iter.Seq2[*plan.Change, error] {
	return func(yield func(*plan.Change, error) bool) {
		for _, c := range changes {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func planned(changes ...*plan.Change) *engine.PlanResult {
	s := plan.Summary{Actions: map[plan.Action]plan.Count{}}
	for _, c := range changes {
		count := s.Actions[c.Action]
		count.Add(c.Bytes())
		s.Actions[c.Action] = count
	}
	return &engine.PlanResult{
		Header: plan.Header{
			FormatVersion: "1.0", Program: "0.1.0", ConfigDigest: "sha256:c0", PolicyDigest: "sha256:b0",
			Lineage: "6f2c", Serial: 12, AsOf: noon, MaxAge: 24 * time.Hour, Refresh: "quick",
		},
		Summary: s, Digest: "sha256:d0", Path: "tonight", Outcome: engine.Changes,
	}
}
