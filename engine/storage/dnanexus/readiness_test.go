package dnanexus

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/storage"
)

// files are the file objects of a source, in order of path.
func files(t *testing.T, s *Source) (out []storage.Object) {
	t.Helper()
	for e, err := range s.List(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == storage.File {
			out = append(out, storage.Object{Key: e.Path, ID: e.ID, Size: e.Size})
		}
	}
	return out
}

// readiness shows findings, one a word.
func readiness(t *testing.T, s *Source, objects []storage.Object) (words []string) {
	t.Helper()
	list, err := s.Readiness(context.Background(), objects)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		words = append(words, strings.TrimSpace(f.What+":"+f.Result+" "+f.Key))
	}
	return words
}

func TestReadiness(t *testing.T) {
	r := emulator(t, "seed")
	project := r.seed("trial", map[string]string{"a": "content", "b": "more", "empty": ""})
	s := r.source(SourceOptions{Project: "trial"})
	objects := files(t, s)
	expect := func(what string, want ...string) {
		t.Helper()
		if got := readiness(t, s, objects); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	expect("plain", "empty:warn empty")
	other := r.project("elsewhere")
	r.must(project, "clone", map[string]any{"objects": []string{objects[0].ID}, "project": other}, nil)
	expect("a clone", "empty:warn empty", "live_elsewhere:warn a")
	r.control("settings", map[string]any{"noArchive": []string{"aws:us-east-1"}}, nil)
	expect("no service in the region", "empty:warn empty", "live_elsewhere:warn a", "service:unknown")
	r.control("settings", map[string]any{"noArchive": []string{}}, nil)
	r.control("orgs", map[string]any{"id": "org-lab", "licence": false, "members": map[string]any{"user-alice": map[string]any{"admin": true}}}, nil)
	expect("no licence", "empty:warn empty", "licence:fail", "live_elsewhere:warn a")
	r.must(project, "updateSponsorship", map[string]any{"sponsor": "org-lab", "sponsoredUntil": time.Now().Add(time.Hour).UnixMilli()}, nil)
	expect("sponsored", "empty:warn empty", "live_elsewhere:warn a", "sponsored:fail")
}

// Without the right to see who else has a copy, or for too many files, that is
// unknown, never a pass.
func TestReadinessOfMany(t *testing.T) {
	r := emulator(t, "current")
	tree := map[string]string{}
	for i := range mostAsked + 1 {
		tree[fmt.Sprintf("f%03d", i)] = "content"
	}
	r.seed("trial", tree)
	s := r.source(SourceOptions{Project: "trial"})
	r.Calls()
	if got := readiness(t, s, files(t, s)); !slices.Equal(got, []string{"live_elsewhere:unknown"}) {
		t.Errorf("%q", got)
	}
	objects := files(t, s)
	r.Calls()
	readiness(t, s, objects)
	if calls := r.Calls(); calls["file-xxxx/listProjects"] != 0 || calls["system/findDataObjects"] != 1 {
		t.Errorf("files were asked one by one, or twice: %v", calls)
	}
}

func TestSourceTiers(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		project := r.seed("trial", map[string]string{"a": "content", "b": "more", "c": "live"})
		r.control("settings", map[string]any{"archiveDelay": 0}, nil)
		s := r.source(SourceOptions{Project: "trial"})
		objects, ctx := files(t, s), context.Background()
		other := r.project("elsewhere")
		r.must(project, "clone", map[string]any{"objects": []string{objects[1].ID}, "project": other}, nil)
		if err := s.Archive(ctx, objects[:2]); err != nil {
			t.Fatal(err)
		}
		want := []storage.Tier{storage.TierArchived, storage.TierArchival, storage.TierLive}
		if got, err := s.Tiers(ctx, objects); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q, %v", got, err)
		}
		for range 2 {
			if err := s.ArchiveAll(ctx, objects[1:2]); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := s.Tiers(ctx, objects[1:2]); err != nil || got[0] != storage.TierArchived {
			t.Errorf("%q, %v", got, err)
		}
		if err := s.Unarchive(ctx, objects, ""); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Tiers(ctx, objects[:1]); err != nil || got[0] != storage.TierUnarchiving {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// A quote is the platform's own dry run: nothing moves, and what is on its way
// costs nothing more.
func TestQuote(t *testing.T) {
	r := emulator(t, "seed")
	r.control("settings", map[string]any{"archiveDelay": 0}, nil)
	d := r.open(t, DestinationOptions{Project: "vault", Create: true})
	ctx := context.Background()
	b, err := d.Begin(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	var objects []storage.Object
	for _, key := range []string{"k/1", "k/2"} {
		s, err := b.Stage(ctx, key, strings.NewReader(strings.Repeat(key, 1000)), 3000)
		if err == nil {
			err = b.Sync(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
		o, err := b.Commit(ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, o)
	}
	if err := b.Finish(ctx); err != nil {
		t.Fatal(err)
	}
	if err := d.Archive(ctx, objects); err != nil {
		t.Fatal(err)
	}
	q, err := d.Quote(ctx, objects, "Bulk")
	if err != nil || q.Objects != 2 || q.Currency != "USD" || q.Cost <= 0 {
		t.Errorf("%+v, %v", q, err)
	}
	if got, err := d.Tiers(ctx, objects); err != nil || got[0] != storage.TierArchived {
		t.Errorf("%q, %v", got, err)
	}
	if err := d.Unarchive(ctx, objects[:1], ""); err != nil {
		t.Fatal(err)
	}
	if q, err := d.Quote(ctx, objects[:1], ""); err != nil || q.Objects != 0 || q.Cost != 0 {
		t.Errorf("%+v, %v", q, err)
	}
}
