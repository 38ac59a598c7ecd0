package restore_test

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/restore"
	"github.com/backstay/backstay/engine/storage"
)

// balky is a store with a bad spot.
type balky struct{ storage.Destination }

func (b balky) Open(ctx context.Context, key string) (io.ReadCloser, storage.Object, error) {
	if key == "closed.1" {
		return nil, storage.Object{}, errors.New("input/output error")
	}
	return b.Destination.Open(ctx, key)
}

// What a restore learns of copies on the way is told once each; what is on
// record as bad already, or merely cannot be read, is not.
func TestBadCopiesAreTold(t *testing.T) {
	w := newWorld(t)
	best := func(c *record.Copy) { c.VerifiedAt = at(9) }
	for _, path := range []string{"lost", "spoilt", "known", "closed", "whole"} {
		w.file("one", path, "bytes of "+path, 1, best)
		w.file("two", path, "bytes of "+path, 1)
	}
	for i := range w.rows {
		if r := &w.rows[i]; r.Path == "known" && r.Destination == "one" {
			r.Status = record.Damaged
		}
	}
	w.must(os.Remove(w.path("one/lost.1")))
	w.must(os.WriteFile(w.path("one/spoilt.1"), []byte("bytes of spoil!"), 0o600))
	w.must(os.WriteFile(w.path("one/known.1"), []byte("bytes of knowm"), 0o600))
	w.stores["one"] = balky{w.stores["one"]}
	var told []string
	res := w.run(func(r *restore.Request) {
		r.Bad = func(row record.Copy, s record.Status) {
			told = append(told, row.Destination+" "+row.Path+" "+string(s))
			if row.Status != record.Verified {
				t.Errorf("%s comes with %s, not as it is recorded", row.Path, row.Status)
			}
		}
	})
	slices.Sort(told)
	if want := []string{"one lost missing", "one spoilt damaged"}; !slices.Equal(told, want) {
		t.Errorf("told %q", told)
	}
	if res.Restored.Objects != 5 || w.back("spoilt") != "bytes of spoilt" {
		t.Errorf("result %+v", res)
	}
}

// What was there at a time and is no more is counted: removed for good, or never
// copied so early.
func TestWhatIsLeftOfATime(t *testing.T) {
	w := newWorld(t)
	w.file("one", "kept", "old", 1, func(c *record.Copy) { c.SupersededAt = at(5) })
	w.file("one", "kept", "new", 2, func(c *record.Copy) { c.CopiedAt = at(5) })
	w.file("one", "removed", "new", 2, func(c *record.Copy) { c.CopiedAt = at(5) })
	w.file("one", "later", "new", 1, func(c *record.Copy) { c.CopiedAt = at(5) })
	w.file("one", "gone", "old", 1, func(c *record.Copy) { c.CopiedAt, c.GoneAt = at(0), at(1) })
	w.entry("folder/", "directory", "", 0o040755)
	res := w.run(func(r *restore.Request) {
		r.At = noon.Add(3 * time.Hour)
		r.Buried = func(_ context.Context, source, path string) (bool, error) {
			return source == "s" && (path == "removed" || path == "kept" || path == "gone"), nil
		}
	})
	if res.Restored.Objects != 1 || w.back("kept") != "old" || res.Removed != 1 || res.Later != 1 || res.Buried != 3 {
		t.Errorf("result %+v", res)
	}
	if len(res.Notes) != 1 || res.Notes[0].What != restore.Removed || res.Notes[0].Path != "removed" {
		t.Errorf("notes %+v", res.Notes)
	}
	if res := w.run(); res.Later+res.Removed+res.Buried != 0 {
		t.Errorf("the present has no past: %+v", res)
	}
}
