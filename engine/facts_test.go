package engine

import (
	"context"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestTrail(t *testing.T) {
	entries := func(names ...string) iter.Seq2[storage.Entry, error] {
		return func(yield func(storage.Entry, error) bool) {
			for _, n := range names {
				if !yield(storage.Entry{Path: n}, nil) {
					return
				}
			}
		}
	}
	for _, c := range []struct {
		names   []string
		missing int64
	}{
		{[]string{"2026/audit-2026-11-18.json", "audit_20261119.csv", "2026_11_20.log"}, 0},
		{[]string{"audit.2026.11.17.gz", "audit.2026.11.20.gz"}, 2},
		{[]string{"audit-2026-11-20.log", "audit-2026-11-21.log", "audit-2026-11-22.log"}, 0},
		{[]string{"audit-2026-11-18.log", "readme.txt", "2026-11_19.log", "run-12026-11-19.log", "2026-13-01"}, 2},
	} {
		tr := newTrail([]string{"audit"})
		for range tr.following("audit", entries(c.names...)) {
		}
		for range tr.following("other", entries("audit-2026-01-01.log")) {
		}
		if got := tr.totals(noon); got == nil || got.MissingDays != c.missing {
			t.Errorf("%q: %+v, want %d days missing", c.names, got, c.missing)
		}
	}
	none := newTrail([]string{"audit"})
	for range none.following("audit", entries("readme.txt")) {
	}
	if none.totals(noon) != nil {
		t.Error("a folder without a day in a name was taken for a trail")
	}
}

func TestWholeHours(t *testing.T) {
	backups := []policy.StateBackup{
		{Backup: "backup.a", Listed: true, Matched: policy.Count{Objects: 1000, Bytes: 4000}},
		{Backup: "backup.b", Matched: policy.Count{Objects: 1000, Bytes: 4000}},
	}
	const minute = 60_000
	for _, c := range []struct {
		took int64
		ev   record.Evidence
		want int64 // 0: nobody knows
	}{
		{6 * minute, record.Evidence{Backup: "backup.a", Outcome: "pass", Objects: 10, Bytes: 400}, 10}, // by number
		{6 * minute, record.Evidence{Backup: "backup.a", Outcome: "pass", Objects: 500, Bytes: 4}, 100}, // by bytes
		{1, record.Evidence{Backup: "backup.a", Outcome: "pass", Objects: 2000, Bytes: 9000}, 1},        // never less than the sample took
		{0, record.Evidence{Backup: "backup.a", Outcome: "pass", Objects: 10, Bytes: 400}, 0},
		{minute, record.Evidence{Backup: "backup.a", Outcome: "fail", Objects: 10, Bytes: 400}, 0},
		{minute, record.Evidence{Backup: "backup.b", Outcome: "pass", Objects: 10, Bytes: 400}, 0},
		{minute, record.Evidence{Backup: "backup.gone", Outcome: "pass", Objects: 10, Bytes: 400}, 0},
	} {
		got := wholeHours(c.took, &c.ev, backups)
		if c.want == 0 && got != nil || c.want != 0 && (got == nil || *got != c.want) {
			t.Errorf("%+v: %v, want %d", c, got, c.want)
		}
	}
}

func TestErasing(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "erased.txt"), []byte("S-1 2026-11-01\nS-2 2026-01-01\nS-3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lag, err := schema.ParseTerm("90d")
	if err != nil {
		t.Fatal(err)
	}
	source, err := addr.ParseResource("source.filesystem.runs")
	if err != nil {
		t.Fatal(err)
	}
	cfg := &schema.Configuration{Dir: dir, Backups: []*schema.Backup{{Source: source, Erasure: &schema.Erasure{MaxLag: &lag, List: "erased.txt"}}}}
	e, err := New(Options{}).erasing(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []record.Copy{
		{Source: "runs", Path: "S-1.bam", Kind: "file", Size: 1},
		{Source: "runs", Path: "S-2.bam", Kind: "file", Size: 10},
		{Source: "runs", Path: "S-3.bam", Kind: "file", Size: 100},
		{Source: "runs", Path: "S-4.bam", Kind: "file", Size: 1000},
		{Source: "other", Path: "S-2.bam", Kind: "file", Size: 1000},
		{Source: "runs", Path: "S-2/", Kind: "directory"},
	} {
		e.count(&c, noon)
	}
	if want := (policy.StateErasure{Waiting: policy.Count{Objects: 1, Bytes: 1}, Overdue: policy.Count{Objects: 2, Bytes: 110}}); *e.totals() != want {
		t.Errorf("got %+v, want %+v", *e.totals(), want)
	}
	cfg.Backups[0].Erasure.List = "gone.txt"
	if _, err := New(Options{}).erasing(cfg); err == nil || !strings.Contains(err.Error(), "gone.txt") {
		t.Errorf("a list that is not there: %v", err)
	}
	if e, err := New(Options{}).erasing(&schema.Configuration{}); err != nil || e.totals() != nil {
		t.Errorf("without a list: %+v, %v", e.totals(), err)
	}
}

// TestTold asks each system once, and takes silence for no answer.
func TestTold(t *testing.T) {
	k := &checking{e: New(Options{}), told: map[string]*storage.Told{}}
	yes := &telling{told: storage.Told{Deleters: []string{"user-bob"}}}
	for range 2 {
		if got := k.ask(t.Context(), "source.dnanexus.a", yes); got == nil || !slices.Equal(got.Deleters, []string{"user-bob"}) {
			t.Errorf("got %+v", got)
		}
		for address, mute := range map[string]any{"b": nil, "c": "no system", "d": &telling{err: os.ErrPermission}} {
			if got := k.ask(t.Context(), address, mute); got != nil {
				t.Errorf("%s told %+v", address, got)
			}
		}
	}
	if yes.asked != 1 {
		t.Errorf("asked %d times", yes.asked)
	}
}

type telling struct {
	told  storage.Told
	err   error
	asked int
}

func (s *telling) Tell(context.Context) (storage.Told, error) {
	s.asked++
	return s.told, s.err
}
