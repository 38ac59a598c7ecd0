package diff

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/schema"
)

// prospects are those of the world's rows under its configuration, by
// "path@destination~seq".
func (w *world) prospects() map[string]string {
	got := map[string]string{}
	for p, err := range Prospects(context.Background(), ProspectRequest{
		Config: w.cfg, Now: w.now, Sources: []string{"docs"}, Holds: w.held,
		Recorded: w.recorded,
	}) {
		if err != nil {
			w.t.Fatal(err)
		}
		got[fmt.Sprintf("%s@%s~%d", p.Copy.Path, p.Copy.Destination, p.Copy.Seq)] = fmt.Sprintf("live=%v wanted=%s until=%.10s leaves=%v",
			p.Live, strings.Join(p.Wanted, ","), p.Until, p.Leaves)
	}
	return got
}

func row(w *world, path, destination string, seq int, claims ...string) record.Copy {
	return record.Copy{
		Source: "docs", Path: path, Destination: destination, Seq: seq, Kind: "file", Status: record.Verified, Size: 3,
		MTime: w.now.AddDate(-2, 0, 0).UnixNano(), CopiedAt: w.now.AddDate(-2, 0, seq).UnixMilli(), Claims: claims,
	}
}

func TestProspects(t *testing.T) {
	w := newWorld(t, protect(t, "a", "vault"))
	old, now, gone, other := row(w, "a", "vault", 1, "backup.a/vault"), row(w, "a", "vault", 2, "backup.a/vault"), row(w, "b", "vault", 1, "backup.a/vault"), row(w, "c", "attic", 1, "backup.old/attic")
	old.SupersededAt = w.now.AddDate(0, 0, -10).UnixMilli()
	gone.GoneAt = w.now.AddDate(0, 0, -200).UnixMilli()
	w.rows = []record.Copy{old, now, gone, other}
	check := func(want map[string]string) {
		t.Helper()
		if got := w.prospects(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got\n%v\nwant\n%v", got, want)
		}
	}
	check(map[string]string{
		"a@vault~1": "live=true wanted= until=2026-03-22 leaves=false",
		"a@vault~2": "live=true wanted=backup.a/vault until=open leaves=false",
		"b@vault~1": "live=false wanted= until=2026-01-01 leaves=true",
		"c@attic~1": "live=true wanted= until=open leaves=false",
	})
	// A hold, and a scope that lost the object: it stays as the last verified copy.
	w.cfg.Backups[0].Scope.Includes = []*schema.Selector{include("/z/**")}
	w.held = []record.Hold{{Name: "case", Targets: []string{"backup.a"}}}
	check(map[string]string{
		"a@vault~1": "live=true wanted= until=open leaves=false",
		"a@vault~2": "live=true wanted= until=open leaves=false",
		"b@vault~1": "live=false wanted= until=open leaves=false",
		"c@attic~1": "live=true wanted= until=open leaves=false",
	})
}

// A prospect is over exactly where a plan over the same world lets the copy go.
func TestProspectsAgreeWithPlans(t *testing.T) {
	w := newWorld(t, protect(t, "a", "vault", "attic"))
	for i := range 40 {
		for _, d := range []string{"attic", "vault"} {
			r := row(w, fmt.Sprintf("f%02d", i), d, 1, "backup.a/"+d)
			r.GoneAt = w.now.AddDate(0, 0, -5*i).UnixMilli()
			if i%7 == 0 && d == "vault" {
				r.Status = record.Written
			}
			w.rows = append(w.rows, r)
		}
	}
	leaving := map[string]bool{}
	changes, _, _ := w.plan()
	for _, c := range changes {
		if c.Action.Removes() {
			leaving[fmt.Sprintf("%s@%s~%d", c.Object.Path, strings.TrimPrefix(c.Destination, "destination.filesystem."), c.Before.Seq)] = true
		}
	}
	if len(leaving) == 0 {
		t.Fatal("the plan lets nothing go")
	}
	for name, p := range w.prospects() {
		if strings.HasSuffix(p, "leaves=true") != leaving[name] {
			t.Errorf("%s: %s, and the plan says %v", name, p, leaving[name])
		}
	}
}

// The quick way says what the long one says.
func TestProspectsQuickly(t *testing.T) {
	w := newWorld(t, protect(t, "a", "vault", "attic"))
	for i := range 50 {
		for _, d := range []string{"attic", "vault"} {
			r := row(w, fmt.Sprintf("f%02d", i), d, 1, "backup.a/"+d)
			if i%5 == 0 {
				r.Claims = nil
			}
			w.rows = append(w.rows, r)
		}
	}
	quick := w.prospects()
	w.held = []record.Hold{{Name: "none", Targets: []string{"backup.none"}}} // holds take the long way
	if long := w.prospects(); len(quick) != 100 || fmt.Sprint(quick) != fmt.Sprint(long) {
		t.Errorf("quick\n%v\nlong\n%v", quick, long)
	}
}
