package dnanexus

import (
	"errors"
	"testing"

	"github.com/backstay/backstay/engine/storage"
)

// A copy that was renamed or moved is found by its id and brought back; one
// whose key another file has is left where it is, and what is gone stays gone.
func TestStrayedCopies(t *testing.T) {
	r := emulator(t, "seed")
	x := r.trial(DestinationOptions{})
	d := x.d
	o := x.put("src/a/one", "content")
	where := func(want string) {
		t.Helper()
		if at, err := d.Strayed(t.Context(), o); err != nil || at != want {
			t.Errorf("strayed to %q, %v, want %q", at, err, want)
		}
	}
	where("")
	r.must(o.ID, "rename", map[string]any{"project": d.project, "name": "two"}, nil)
	where("/src/a/two")
	r.must(d.project, "newFolder", map[string]any{"folder": "/b"}, nil)
	r.must(d.project, "move", map[string]any{"objects": []string{o.ID}, "destination": "/b"}, nil)
	r.must(d.project, "removeFolder", map[string]any{"folder": "/src", "recurse": true}, nil)
	where("/b/two")
	for range 2 {
		if err := d.Home(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	where("")
	if have, err := d.Stat(t.Context(), o.Key); err != nil || have.ID != o.ID {
		t.Errorf("%+v, %v", have, err)
	}

	r.must(o.ID, "rename", map[string]any{"project": d.project, "name": "two"}, nil)
	other := x.put("src/a/one", "another")
	if err := d.Home(t.Context(), o); !errors.Is(err, storage.ErrExists) {
		t.Errorf("a key that is taken: %v", err)
	}
	if have, err := d.Stat(t.Context(), o.Key); err != nil || have.ID != other.ID {
		t.Errorf("%+v, %v", have, err)
	}
	if err := d.Remove(t.Context(), o); !errors.Is(err, storage.ErrChanged) {
		t.Errorf("removed under the name of another: %v", err)
	}
	if err := d.Remove(t.Context(), other); err != nil {
		t.Error(err)
	}
	if err := d.Remove(t.Context(), o); err != nil { // renamed, and nothing has its key
		t.Error(err)
	}
	where("")
	if err := d.Home(t.Context(), o); !errors.Is(err, storage.ErrNotExist) {
		t.Errorf("what is gone: %v", err)
	}
}
