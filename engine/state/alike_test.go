package state

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/backstay/backstay/engine/record"
)

// Rows that have most columns in common are recorded as others are, and so are
// rows among them that differ in any one column.
func TestRowsThatAreAlike(t *testing.T) {
	ctx := t.Context()
	odd := map[string]func(*record.Copy){
		"none":    func(*record.Copy) {},
		"claims":  func(c *record.Copy) { c.Claims = []string{"backup.other/there"} },
		"status":  func(c *record.Copy) { c.Status, c.VerifiedAt = record.Written, 0 },
		"key":     func(c *record.Copy) { c.Key = "elsewhere/" + c.Path },
		"version": func(c *record.Copy) { c.Seq = 2 },
		"extra":   func(c *record.Copy) { c.Xattrs = map[string]string{"user.a": "b"} },
		"gone":    func(c *record.Copy) { c.GoneAt = 1 },
	}
	for name, change := range odd {
		s := leased(t, filepath.Join(t.TempDir(), "state.db"))
		want := benchEvents(0, 2*upsertRows+3)
		for i := range want {
			want[i].Copy.Digest = fmt.Sprintf("sha256:%064x", i)
		}
		change(want[upsertRows+7].Copy)
		for n := range 2 { // made, then recorded again with another size
			for i := range want {
				want[i].Copy.Size += int64(n)
			}
			if err := s.Commit(ctx, Outcome{Run: "r1", N: int64(n), Events: want}); err != nil {
				t.Fatal(name, err)
			}
		}
		i := 0
		for c, err := range s.Copies(ctx, "home") {
			if err != nil {
				t.Fatal(name, err)
			}
			if i == len(want) || !reflect.DeepEqual(&c, want[i].Copy) {
				t.Fatalf("%s: row %d is %+v", name, i, c)
			}
			i++
		}
		if i != len(want) {
			t.Errorf("%s: %d rows, not %d", name, i, len(want))
		}
	}
}

// A statement for rows that are alike names every column of every row.
func TestAlike(t *testing.T) {
	args := make([]any, 3*copyPlaces)
	for i := range args {
		args[i] = int64(i % copyPlaces)
	}
	packed, ok := alike(args)
	if want := copyPlaces + 2*len(ownColumns); !ok || len(packed) != want {
		t.Fatalf("%d values, %v; want %d", len(packed), ok, want)
	}
	for column := range copyPlaces {
		args[column+copyPlaces] = []byte("other")
		if _, ok := alike(args); ok != slices.Contains(ownColumns[:], column) {
			t.Errorf("column %d differs: alike is %v", column, ok)
		}
		args[column+copyPlaces] = int64(column)
	}
}
