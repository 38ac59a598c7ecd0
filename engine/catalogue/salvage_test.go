package catalogue

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/record"
)

// salvaged tells what is left of a catalogue, each copy with its status.
func salvaged(t testing.TB, s Store) (v *Salvage, left []string) {
	t.Helper()
	v, err := OpenDamaged(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range v.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Copy != nil {
			left = append(left, fmt.Sprintf("%s %d %s", e.Copy.Path, e.Copy.Seq, e.Copy.Status))
		} else {
			left = append(left, "hold "+e.Hold.Name)
		}
	}
	return v, left
}

func spoil(w *writer, part string) (key string) {
	for _, key := range slices.Sorted(maps.Keys(w.store)) {
		if strings.Contains(key, part) && !strings.HasSuffix(key, "SHA256SUMS") {
			w.store[key] = bytes.Clone(w.store[key])
			w.store[key][len(w.store[key])/2] ^= 4
			return key
		}
	}
	panic("no file " + part)
}

// wholeHistory is what history tells, without its checkpoint.
func wholeHistory(t testing.TB) *writer {
	w := newWriter(t)
	for _, run := range []string{"r1", "r2", "r3"} {
		open := w.open(run)
		one, two := must(NewChain(open, "w1")), must(NewChain(open, "w2"))
		w.segment(one, copyEvent(run+"/a", 1, 1), copyEvent(run+"/b", 1, 1))
		w.segment(two, copyEvent(run+"/c", 1, 2))
		w.segment(one, copyEvent(run+"/a", 2, 3))
		w.close(open, nil, one, two)
	}
	return w
}

func TestSalvageOfAWholeCatalogueIsTheCatalogue(t *testing.T) {
	w := history(t)
	want, err := replay(w.store)
	if err != nil {
		t.Fatal(err)
	}
	v, err := OpenDamaged(t.Context(), w.store)
	if err != nil || len(v.Losses) > 0 {
		t.Fatalf("losses %v, %v", v.Losses, err)
	}
	var got []record.Event
	for e, err := range v.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", paths(got))
	}
}

func TestSalvageLosesASegmentAndDoubtsWhatItMayHaveOvertaken(t *testing.T) {
	w := wholeHistory(t)
	key := spoil(w, "/r2/3-w1-1.")
	v, left := salvaged(t, w.store)
	if len(v.Losses) != 1 || v.Losses[0].Key != key || v.Losses[0].Records != 2 {
		t.Errorf("losses %+v", v.Losses)
	}
	want := []string{
		"r1/a 1 written", "r1/b 1 written", "r1/c 1 written", "r1/a 2 written",
		"r2/c 1 written", "r2/a 2 written", // the manifest vouches for what follows
		"r3/a 1 verified", "r3/b 1 verified", "r3/c 1 verified", "r3/a 2 verified",
	}
	if !reflect.DeepEqual(left, want) {
		t.Errorf("left %q", left)
	}
}

func TestSalvageWithoutAManifestFollowsChains(t *testing.T) {
	w := wholeHistory(t)
	manifest := spoil(w, "/r3/5-manifest")
	segment := spoil(w, "/r3/5-w1-1.")
	v, left := salvaged(t, w.store)
	if len(v.Losses) != 2 || v.Losses[0].Key != manifest || v.Losses[1].Key != segment || v.Losses[1].Records != -1 {
		t.Errorf("losses %+v", v.Losses)
	}
	if got := left[len(left)-1]; got != "r3/c 1 written" {
		t.Errorf("after a lost segment that no manifest vouches for came %q", got)
	}
}

func TestSalvageOfACheckpoint(t *testing.T) {
	w := history(t)
	spoil(w, "/checkpoints/")
	v, left := salvaged(t, w.store)
	if len(v.Losses) != 1 || v.Losses[0].Records != 0 || len(left) != 9 || left[0] != "a 1 verified" {
		t.Errorf("with all that it covers: losses %+v, left %q", v.Losses, left)
	}
	delete(w.store, HeadKey(1))
	v, left = salvaged(t, w.store)
	if len(v.Losses) != 1 || v.Losses[0].Records != 6 || left[0] != "e 1 written" || left[1] != "f 1 verified" {
		t.Errorf("with some of it gone: losses %+v, left %q", v.Losses, left)
	}
}

func TestSalvageUndoesARetirementInDoubt(t *testing.T) {
	e := copyEvent("a", 1, 1)
	e.Copy.Status, e.Copy.RetiredFrom, e.Copy.RetiredAt = record.Retired, record.Verified, 7
	if got := doubted(e).Copy; got.Status != record.Written || got.RetiredAt != 0 || got.RetiredFrom != "" {
		t.Errorf("got %+v", got)
	}
	if e.Copy.Status != record.Retired {
		t.Error("the event itself was changed")
	}
}

// Any file is damaged, any is taken away: what is left is told, in its order,
// and nothing else; the file is named, or it is one without which nothing is told.
func TestSalvageTellsNothingNew(t *testing.T) {
	whole := history(t)
	events, err := replay(whole.store)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, p := range paths(events) {
		known[strings.TrimPrefix(strings.TrimPrefix(p, "record "), "copy ")] = true
	}
	for _, key := range slices.Sorted(maps.Keys(whole.store)) {
		if strings.HasSuffix(key, "SHA256SUMS") {
			continue
		}
		for _, gone := range []bool{false, true} {
			w := &writer{t: t, store: maps.Clone(whole.store)}
			if spoil(w, key); gone {
				delete(w.store, key)
			}
			v, err := OpenDamaged(t.Context(), w.store)
			if err != nil {
				if key != MarkerKey && key != HeadKey(whole.head.N) {
					t.Errorf("%s: %v", key, err)
				}
				continue
			}
			if len(v.Losses) != 1 && readByReplay(key) && key != HeadKey(whole.head.N) && !strings.HasSuffix(key, "7-w1-2.jsonl.gz") {
				t.Errorf("%s: losses %+v", key, v.Losses)
			}
			for e, err := range v.Events(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				if p := paths([]record.Event{e})[0]; !known[strings.TrimPrefix(strings.TrimPrefix(p, "record "), "copy ")] {
					t.Errorf("%s: %s was never told", key, p)
				}
			}
		}
	}
}
