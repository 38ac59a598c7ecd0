package policy

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
	"github.com/backstay/backstay/schema/diag"
)

var testNow = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// at is a range on one line of the test configuration.
func at(line int) diag.Range {
	return diag.Range{Filename: "main.backstay.hcl", Start: diag.Pos{Line: line, Column: 3}, End: diag.Pos{Line: line, Column: 9}}
}

// origin is a block on a line, with its attributes on the lines after it.
func origin(line int, attrs ...string) schema.Origin {
	o := schema.Origin{Block: at(line), Attrs: map[string]diag.Range{}}
	for i, a := range attrs {
		o.Attrs[a] = at(line + i + 1)
	}
	return o
}

func term(t testing.TB, s string) *schema.Term {
	t.Helper()
	got, err := schema.ParseTerm(s)
	if err != nil {
		t.Fatal(err)
	}
	return &got
}

func resource(t testing.TB, s string) addr.Resource {
	t.Helper()
	r, err := addr.ParseResource(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// fileTree is a configuration of plain files that core accepts: one source, two
// destinations of different media and sites.
func fileTree(t testing.TB) *schema.Configuration {
	src, near, far := resource(t, "source.filesystem.docs"), resource(t, "destination.filesystem.near"), resource(t, "destination.s3.far")
	return &schema.Configuration{
		Sources: []*schema.Source{{Addr: src, Origin: origin(1, "path", "site"), Place: schema.Place{Site: "office"}, Subjects: -1, Options: map[string]any{"path": "/docs"}}},
		Destinations: []*schema.Destination{
			{Addr: near, Origin: origin(10, "path", "media"), Media: "disk", Place: schema.Place{Site: "office"}},
			{Addr: far, Origin: origin(20, "bucket", "site", "media"), Media: "object", Place: schema.Place{Site: "frankfurt"}},
		},
		Backups: []*schema.Backup{{
			Addr: resource(t, "backup.docs"), Origin: origin(30, "source", "owner"), Source: src, Owner: "me@example.org",
			Scope: schema.Scope{Origin: origin(40)},
			Copies: []*schema.Copy{
				{Name: "near", Origin: origin(50, "to"), To: near, Deep: true, Metadata: true},
				{Name: "far", Origin: origin(55, "to"), To: far, Deep: true, Metadata: true},
			},
			Retention: schema.Retention{
				Origin: origin(60, "keep", "keep_last"), Keep: term(t, "7y"), KeepLast: 1,
				KeepSuperseded: *term(t, "90d"), Quarantine: *term(t, "30d"), Anchor: "created",
			},
			Objective:   schema.Objective{Origin: origin(65, "rpo"), RPO: term(t, "24h")},
			Verify:      schema.Verify{Origin: origin(70, "algorithm"), Present: true, Algorithm: "sha256"},
			RestoreTest: &schema.RestoreTest{Origin: origin(75, "every"), Every: *term(t, "90d"), Sample: 20},
			Limits:      schema.Limits{RetireRatio: -1, RetireObjects: -1, RetireBytes: -1, SourceLoss: -1, SourceChange: -1},
		}},
	}
}

// withPack adds a policy block that names a pack.
func withPack(t testing.TB, c *schema.Configuration, name string) *schema.Configuration {
	c.Policies = append(c.Policies, &schema.Policy{Addr: resource(t, "policy."+name), Origin: origin(80, "pack"), Pack: name})
	return c
}

// withRego adds a policy block that brings Rego, and the files for it.
func withRego(t testing.TB, c *schema.Configuration, files map[string]string, namespaces ...string) Set {
	c.Policies = append(c.Policies, &schema.Policy{Addr: resource(t, "policy.own"), Origin: origin(90, "path"), Path: "policy", Namespaces: namespaces})
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys["policy/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Set{Config: c, Files: fsys}
}

func compileSet(t testing.TB, s Set) *Engine {
	t.Helper()
	if s.Files == nil {
		s.Files = fstest.MapFS{}
	}
	e, diags := Compile(t.Context(), s)
	for _, d := range diags {
		t.Errorf("diagnostic %s: %s: %s (%v)", d.Code, d.Summary, d.Detail, d.Range)
	}
	if e == nil {
		t.FailNow()
	}
	return e
}

func planFacts() PlanFacts {
	return PlanFacts{Now: testNow, AsOf: testNow, MaxAge: 24 * time.Hour, ConfigBound: true, PolicyBound: true, StateBound: true, Author: "ops@example.org", Tests: []StateTest{}}
}

// copyChange is a first copy of a file.
func copyChange() *plan.Change {
	return &plan.Change{
		Address: `backup.docs.copy.far["a.txt"]`, Backup: "backup.docs", Copy: "far", Destination: "destination.s3.far",
		Action: plan.Copy, Reason: plan.NewObject, CopiesBefore: 1, CopiesAfter: 3,
		Object: plan.Object{Source: "docs", Path: "a.txt", Kind: plan.File, Size: 12, Live: true},
		After:  &plan.CopyFacts{Seq: 1, Status: "written", Size: 12, RetainUntil: schema.UntilAt(testNow.AddDate(7, 0, 0))},
	}
}

// retireChange takes a verified copy away whose term is over.
func retireChange() *plan.Change {
	before := &plan.CopyFacts{
		Key: "docs/a.txt", Seq: 1, Status: "verified", Size: 12, Digest: "sha256:00", CopiedAt: testNow.AddDate(-8, 0, 0),
		VerifiedAt: testNow.AddDate(0, -1, 0), RetainUntil: schema.UntilAt(testNow.AddDate(-1, 0, 0)),
	}
	after := *before
	after.Status, after.RetiredAt = "retired", testNow
	return &plan.Change{
		Address: `backup.docs.copy.far["a.txt"]`, Backup: "backup.docs", Copy: "far", Destination: "destination.s3.far",
		Action: plan.Retire, Reason: plan.TermOver, Before: before, After: &after, Remaining: 2, CopiesBefore: 3, CopiesAfter: 3,
		Object: plan.Object{Source: "docs", Path: "a.txt", Kind: plan.File, Size: 12},
	}
}

func of(r Report, control string) []Finding {
	var out []Finding
	for _, f := range r.Findings {
		if f.Control == control {
			out = append(out, f)
		}
	}
	return out
}

func countOf(t testing.TB, r Report, control string) ControlCount {
	t.Helper()
	for _, c := range r.Controls {
		if c.Control == control {
			return c
		}
	}
	t.Fatalf("no count for %s", control)
	return ControlCount{}
}
