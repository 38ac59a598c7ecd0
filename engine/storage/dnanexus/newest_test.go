package dnanexus

import (
	"fmt"
	"slices"
	"testing"
)

// What was made last is one call, whatever else lies there.
func TestNewest(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		old := map[string]string{}
		for i := range 1200 {
			old[fmt.Sprintf(".backstay/heads/%d", i)] = ""
		}
		x := &trial{rig: r, d: r.open(r, DestinationOptions{Project: r.seed("vault", old)})}
		r.control("clock", map[string]any{"advance": 1000}, nil)
		x.b = x.begin("run-1")
		for _, key := range []string{".backstay/heads/1200", ".backstay/heads/1201", ".backstay/other/x"} {
			x.put(key, key)
		}
		x.stage(x.begin("run-2"), ".backstay/heads/1202", "staged")
		r.Calls()
		keys, err := x.d.Newest(t.Context(), ".backstay/heads/", 10)
		if calls := r.Calls(); err != nil || len(keys) < 9 || !slices.Contains(keys, ".backstay/heads/1201") || slices.Contains(keys, ".backstay/heads/1202") || calls["system/findDataObjects"] != 1 {
			t.Errorf("%q, %v, %v", keys, err, calls)
		}
		if keys, err = x.d.Newest(t.Context(), ".backstay/nothing/", 10); err != nil || len(keys) > 0 {
			t.Errorf("%q, %v", keys, err)
		}
	})
}
