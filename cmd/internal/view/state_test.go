package view

import (
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

func recorded(all ...record.Copy) iter.Seq2[record.Copy, error] {
	return func(yield func(record.Copy, error) bool) {
		for _, c := range all {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func list(t *testing.T, o *Output, copies iter.Seq2[record.Copy, error], ds diag.List) {
	v := NewStateList(o)
	if copies != nil {
		must(t, v.Copies(copies))
	}
	must(t, v.Result(ds))
}

func TestUnlock(t *testing.T) {
	both(t, "unlock", "unlock", func(t *testing.T, o *Output) {
		v := NewUnlock(o)
		if got := v.Holder("me on \x1b host"); got != `me on \x1b host` {
			t.Errorf("%q", got)
		}
		must(t, v.Result("run r1 of me on host-1 (process 123)", nil))
	})
	both(t, "unlock-nobody", "unlock", func(t *testing.T, o *Output) { must(t, NewUnlock(o).Result("", nil)) })
}

func TestStateList(t *testing.T) {
	ms := noon.UnixMilli()
	copies := recorded(
		record.Copy{
			Destination: "vault", Source: "docs", Path: "a.txt", Seq: 1, Kind: "file", Status: record.Verified,
			Key: "docs/a.txt", Size: 12, Digest: "sha256:aa", Claims: []string{"backup.docs/vault"},
			Tier: "archived", TieredAt: ms, CopiedAt: ms, VerifiedAt: ms, RetainUntil: schema.UntilAt(noon),
		},
		record.Copy{Destination: "vault", Source: "docs", Path: "b\xff", Seq: 2, Kind: "file", Status: record.Retired, RetiredAt: ms, RetainUntil: schema.UntilForever},
		record.Copy{Destination: "vault", Source: "docs", Path: "c/", Seq: 1, Kind: "directory", Status: record.Entry},
	)
	both(t, "state-list", "state-list", func(t *testing.T, o *Output) { list(t, o, copies, nil) })
	both(t, "state-list-failed", "state-list", func(t *testing.T, o *Output) { list(t, o, nil, problems()) })
}

// A long list is written as it comes, and an error in the middle ends it.
func TestStateListStreams(t *testing.T) {
	bad := errors.New("disk I/O error")
	endless := func(yield func(record.Copy, error) bool) {
		for range 100_000 {
			if !yield(record.Copy{Source: "docs", Path: strings.Repeat("x", 100)}, nil) {
				return
			}
		}
		yield(record.Copy{}, bad)
	}
	for _, json := range []bool{false, true} {
		o := &Output{JSON: json, Out: Stream{W: &broken{1 << 40}}}
		if err := NewStateList(o).Copies(endless); !errors.Is(err, bad) {
			t.Errorf("json %v: %v", json, err)
		}
		o.Out.W = &broken{1 << 20}
		if err := NewStateList(o).Copies(endless); !errors.Is(err, errGone) {
			t.Errorf("json %v, reader gone: %v", json, err)
		}
	}
}

func TestStateShow(t *testing.T) {
	s := &engine.StateInfo{
		Path: ".backstay/state.db", Lineage: "6f2c", Serial: 12,
		Copies: map[string]plan.Count{"verified": {Objects: 10, Bytes: 2048}, "entry": {Objects: 3}},
		Heads:  map[string]int64{"vault": 7, "attic": 6},
		Holds: []record.Hold{{Name: "audit", Reason: "inspection", Owner: "qa@example.org", SetAt: noon.UnixMilli()}, {
			Name: "case", Reason: "case 7", Owner: "legal@example.org", SetAt: noon.UnixMilli(), ReleasedAt: noon.UnixMilli() + 1, ReleasedBy: "qa@example.org",
		}},
		Lease: "me on host-1 (process 123)",
	}
	both(t, "state-show", "state-show", func(t *testing.T, o *Output) { must(t, NewStateShow(o).Result(s, nil)) })
	both(t, "state-show-failed", "state-show", func(t *testing.T, o *Output) { must(t, NewStateShow(o).Result(nil, problems())) })
}

func TestRebuild(t *testing.T) {
	r := &engine.RebuildResult{
		Lineage: "6f2c", Serial: 13, Copies: 1234, Holds: 1, Uncatalogued: 2,
		Destinations: []string{"attic", "vault"}, Outcome: engine.Done,
	}
	both(t, "rebuild", "rebuild", func(t *testing.T, o *Output) { must(t, NewRebuild(o).Result(r, nil)) })
	part := *r
	part.Outcome, part.Damaged = engine.Partial, []engine.RebuildDamage{
		{Destination: "vault", Files: []string{"catalogue is damaged: .backstay/heads/3: digest"}, Records: 7},
		{Destination: "cave", Unread: true, Files: []string{"catalogue is damaged: .backstay/destination.json: digest"}},
	}
	both(t, "rebuild-part", "rebuild", func(t *testing.T, o *Output) { must(t, NewRebuild(o).Result(&part, nil)) })
	both(t, "rebuild-failed", "rebuild", func(t *testing.T, o *Output) { must(t, NewRebuild(o).Result(nil, problems())) })
}

func TestAudit(t *testing.T) {
	r := &engine.AuditResult{
		Entries: 3, First: noon, Last: noon.Add(time.Hour), Outcome: engine.Done,
		Places: []engine.AuditPlace{{Place: "state", Entries: 3, Head: "sha256:aa", Agrees: true}},
	}
	both(t, "audit", "audit", func(t *testing.T, o *Output) { must(t, NewAudit(o).Result(r, nil)) })
	bad := *r
	bad.Broken, bad.Outcome = "entry 2 names sha256:bb as its predecessor, which is sha256:cc", engine.Failed
	bad.Places = append(bad.Places, engine.AuditPlace{Place: "destination.filesystem.vault", Entries: 2})
	both(t, "audit-broken", "audit", func(t *testing.T, o *Output) { must(t, NewAudit(o).Result(&bad, nil)) })
}
