package diff

import (
	"testing"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema"
)

// twoVersions is an object at two destinations that was changed once.
func twoVersions(t *testing.T) *world {
	w := newWorld(t, protect(t, "docs", "attic", "vault"))
	w.put("a", 7)
	w.run()
	w.sleep("10d")
	w.put("a", 8)
	w.run()
	w.digests()
	w.sleep("10d")
	return w
}

// A superseded version that is lost at one destination is made again from the
// other, once, keeps its age and its term, and goes when that is over.
func TestALostOldVersionIsMadeAgainFromAnotherCopy(t *testing.T) {
	w := twoVersions(t)
	old := *w.row("vault", "a", 1)
	w.row("vault", "a", 1).Status = record.Missing
	expect(t, w.run(), `recopy copy_missing backup.docs.copy.vault["a"] #1>3 (made again from destination.filesystem.attic)`)
	made := w.row("vault", "a", 3)
	if made.CopiedAt != old.CopiedAt || made.SupersededAt != old.SupersededAt || made.RetainUntil != old.RetainUntil || made.MTime != old.MTime {
		t.Errorf("made %+v\nof   %+v", made, old)
	}
	if now := w.row("vault", "a", 2); now.SupersededAt != 0 {
		t.Error("the present version lost its place")
	}
	made.Status = record.Damaged // the new one too
	expect(t, w.run(), `recopy copy_damaged backup.docs.copy.vault["a"] #3>4 (made again from destination.filesystem.attic)`)
	w.put("a", 9)
	w.run()
	for range 30 {
		w.sleep("20d")
		w.run()
	}
	for _, r := range w.rows {
		if r.SupersededAt != 0 {
			t.Errorf("still there: %s %d %s until %s", r.Destination, r.Seq, r.Status, r.RetainUntil)
		}
	}
	if n := len(w.rows); n != 2 {
		t.Errorf("%d copies are left of one version at two destinations", n)
	}
}

// So is the copy of an object that is gone from its source.
func TestALostCopyOfAGoneObjectIsMadeAgain(t *testing.T) {
	w := twoVersions(t)
	w.remove("a")
	w.run()
	w.row("attic", "a", 2).Status = record.Damaged
	expect(t, w.run(), `recopy copy_damaged backup.docs.copy.attic["a"] #2>3 (made again from destination.filesystem.vault)`)
	if made := w.row("attic", "a", 3); made.GoneAt == 0 || made.SupersededAt != 0 {
		t.Errorf("made %+v", made)
	}
}

func TestNothingIsMadeAgainWithoutNeedOrSource(t *testing.T) {
	spoil := func(w *world) { w.row("vault", "a", 1).Status = record.Missing }
	for name, change := range map[string]func(*world){
		"no other copy is whole":      func(w *world) { w.row("attic", "a", 1).Status = record.Written },
		"the other is another":        func(w *world) { w.row("attic", "a", 1).Digest = w.row("attic", "a", 2).Digest },
		"the other is in the archive": func(w *world) { w.row("attic", "a", 1).Tier = "archived" },
		"its digest is not known":     func(w *world) { w.row("vault", "a", 1).Digest = "" },
		"the bytes are there in a later version": func(w *world) {
			w.row("vault", "a", 2).Digest, w.row("vault", "a", 2).Size = w.row("vault", "a", 1).Digest, 7
			w.touch("a", func(e *storage.Entry) { e.Size = 7 })
			w.row("attic", "a", 2).Size = 7
		},
		"nobody claims it": func(w *world) { w.row("vault", "a", 1).Claims = nil },
		"its term is over": func(w *world) {
			w.cfg.Backups[0].Retention.Keep = nil
			for _, d := range []string{"attic", "vault"} {
				w.row(d, "a", 1).RetainUntil = schema.UntilAt(w.now)
			}
			w.sleep("91d")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := twoVersions(t)
			spoil(w)
			change(w)
			changes, _, _ := w.plan()
			for _, c := range changes {
				if c.Action == "recopy" {
					t.Errorf("%s", show(changes))
				}
			}
		})
	}
}
