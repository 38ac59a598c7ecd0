package diff

import (
	"fmt"
	"testing"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

func TestFirstBackup(t *testing.T) {
	w := newWorld(t, protect(t, "docs", "vault", "attic"))
	w.put("a/b.txt", 3)
	w.set(storage.Entry{Path: "link", Kind: storage.Symlink, Size: 2})
	w.set(storage.Entry{Path: "socket", Kind: storage.Special})
	changes, s, brakes := w.plan()
	expect(t, changes, `
		tag new_entry backup.docs.copy.attic["a/"] >1
		tag new_entry backup.docs.copy.vault["a/"] >1
		copy new_object backup.docs.copy.attic["a/b.txt"] >1
		copy new_object backup.docs.copy.vault["a/b.txt"] >1
		tag new_entry backup.docs.copy.attic["link"] >1
		tag new_entry backup.docs.copy.vault["link"] >1
	`)
	if len(brakes) > 0 {
		t.Errorf("brakes %+v", brakes)
	}
	c := changes[2]
	if c.CopiesBefore != 1 || c.CopiesAfter != 3 || c.Remaining != 1 {
		t.Errorf("copies %d to %d, remaining %d", c.CopiesBefore, c.CopiesAfter, c.Remaining)
	}
	if want := schema.UntilAt(w.now.AddDate(1, 0, 0)); c.After.RetainUntil != want || c.After.TermReason != "keep 1y after it was created (backup.docs/attic)" {
		t.Errorf("until %s: %s", c.After.RetainUntil, c.After.TermReason)
	}
	src := s.Sources[0]
	if src.Live != (plan.Count{Objects: 1, Bytes: 3}) || src.InScope != src.Live || src.Special != 1 || src.Recorded.Objects != 0 {
		t.Errorf("%+v", src)
	}
	if s.Actions[plan.Copy] != (plan.Count{Objects: 2, Bytes: 6}) || s.Actions[plan.Tag] != (plan.Count{Objects: 4}) {
		t.Errorf("%+v", s.Actions)
	}
	if !s.Backups[0].OldestWaiting.Equal(w.now) {
		t.Errorf("oldest waiting %s", s.Backups[0].OldestWaiting)
	}
	w.apply(changes)
	changes, s, _ = w.plan()
	expect(t, changes, ``)
	if s.Unchanged != (plan.Count{Objects: 1, Bytes: 3}) || s.Destinations[0].Copies != s.Unchanged || !s.Backups[0].OldestWaiting.IsZero() {
		t.Errorf("unchanged plan: %+v", s)
	}
}

func TestChanges(t *testing.T) {
	w := newWorld(t, protect(t, "docs", "vault"))
	for _, p := range []string{"a/1", "a/2", "a/3", "a/4", "b/5"} {
		w.put(p, 10)
	}
	w.set(storage.Entry{Path: "link", Kind: storage.Symlink, Size: 2})
	w.run()
	w.sleep("1d")
	w.put("a/1", 11)                                                        // content
	w.touch("a/2", func(e *storage.Entry) { e.CTime++; e.Mode = 0o100600 }) // chmod
	w.remove("a/3")
	w.touch("b/", func(e *storage.Entry) { e.MTime++ })
	w.set(storage.Entry{Path: "link", Kind: storage.Symlink, Size: 2}) // made again
	w.set(storage.Entry{Path: "new", Kind: storage.File, Size: 1})
	changes, s, _ := w.plan()
	expect(t, changes, `
		copy content_changed backup.docs.copy.vault["a/1"] #1>2 (size 11, was 10)
		recheck inode_changed backup.docs.copy.vault["a/2"] #1
		tag source_gone backup.docs.copy.vault["a/3"] #1
		tag metadata_changed backup.docs.copy.vault["b/"] #1
		tag content_changed backup.docs.copy.vault["link"] #1>2
		copy new_object backup.docs.copy.vault["new"] >1
	`)
	if s.Gone != (plan.Count{Objects: 1, Bytes: 10}) || s.Sources[0].Lost.Objects != 1 || s.Sources[0].Changed.Objects != 1 || s.Sources[0].Recorded.Objects != 5 {
		t.Errorf("%+v, gone %+v", s.Sources[0], s.Gone)
	}
	gone := changes[2]
	if gone.Object.Live || gone.After.GoneAt.IsZero() || gone.Before.GoneAt != gone.After.GoneAt && !gone.Before.GoneAt.IsZero() {
		t.Errorf("gone: %s", gone.AppendJSON(nil))
	}
	if old := changes[0].Superseded; old == nil || old.SupersededAt.IsZero() || old.RetainUntil < changes[0].Before.RetainUntil {
		t.Errorf("superseded: %+v", old)
	}
	w.apply(changes)
	changes, s, _ = w.plan()
	expect(t, changes, ``)
	if s.Gone.Objects != 1 {
		t.Errorf("a vanished object is counted %d times in the next plan", s.Gone.Objects)
	}
	w.put("a/3", 10) // back, with another time
	w.remove("b/5")
	w.run()
}

func TestSourceBack(t *testing.T) {
	w := newWorld(t, protect(t, "docs", "vault"))
	w.put("a", 1)
	w.put("b", 1)
	e := w.docs()["a"]
	w.run()
	w.remove("a")
	w.run()
	w.docs()["a"] = e
	expect(t, w.run(), `tag source_back backup.docs.copy.vault["a"] #1`)
	w.remove("a")
	w.run()
	e.Inode = 999
	w.docs()["a"] = e
	expect(t, w.run(), `recheck inode_changed backup.docs.copy.vault["a"] #1`)
	for _, r := range w.rows {
		if r.GoneAt != 0 {
			t.Errorf("%s is still gone", r.Path)
		}
	}
}

func TestBadCopies(t *testing.T) {
	w := newWorld(t, protect(t, "docs", "vault", "attic"))
	for _, p := range []string{"damaged", "missing", "written"} {
		w.put(p, 5)
	}
	w.run()
	status := map[string]record.Status{"damaged": record.Damaged, "missing": record.Missing, "written": record.Written}
	for i := range w.rows {
		if w.rows[i].Destination == "vault" {
			w.rows[i].Status = status[w.rows[i].Path]
		}
	}
	changes, _, _ := w.plan()
	expect(t, changes, `
		recopy copy_damaged backup.docs.copy.vault["damaged"] #1>2
		recopy copy_missing backup.docs.copy.vault["missing"] #1>2
		verify not_verified backup.docs.copy.vault["written"] #1
	`)
	if c := changes[0]; c.CopiesBefore != 2 || c.CopiesAfter != 3 || c.Remaining != 2 || c.Before.Key == "" {
		t.Errorf("%s", c.AppendJSON(nil))
	}
	w.run()
}

func TestChecksumAndScrub(t *testing.T) {
	b := protect(t, "docs", "vault")
	b.Verify.Scrub = parse(t, "30d")
	w := newWorld(t, b)
	w.put("a", 1)
	w.run()
	w.request = func(r *Request) { r.Checksum = true }
	changes, _, _ := w.plan()
	expect(t, changes, `recheck digest_asked backup.docs.copy.vault["a"] #1`)
	w.request = nil
	w.sleep("29d")
	expect(t, w.run(), ``)
	w.sleep("1d")
	expect(t, w.run(), `verify scrub_due backup.docs.copy.vault["a"] #1 (verified last on 2026-01-01)`)
}

// The first special files are named, and what they are; the rest is a number.
func TestSpecialFilesAreNamed(t *testing.T) {
	w := newWorld(t, protect(t, "docs", "vault"))
	for i, mode := range []uint32{0o140600, 0o010600, 0o020600, 0o060600, 0, 0o140600, 0o140600} {
		w.set(storage.Entry{Path: fmt.Sprintf("s%d", i), Kind: storage.Special, Mode: mode})
	}
	_, s, _ := w.plan()
	src, got := s.Sources[0], ""
	for _, f := range src.SpecialFirst {
		got += f.Path + " " + f.Kind + ", "
	}
	if want := "s0 socket, s1 pipe, s2 device, s3 device, s4 special file, "; src.Special != 7 || got != want {
		t.Errorf("%d: %s", src.Special, got)
	}
}
