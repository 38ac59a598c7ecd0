package state

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/schema"
)

func TestMergeKeepsWhatProtects(t *testing.T) {
	s := newState(t)
	ours := fileCopy("home", "a", "v", 1)
	ours.RetainUntil, ours.TermReason, ours.Holds = schema.UntilForever, "ours", []string{"b", "legal"}
	ours.GoneAt, ours.LockMode, ours.LockedUntil = 70, "compliance", schema.UntilForever
	commit(t, s, ours)
	theirs := *ours
	theirs.RetainUntil, theirs.TermReason, theirs.Holds = 5, "theirs", []string{"a", "b"}
	theirs.GoneAt, theirs.SupersededAt, theirs.LockMode, theirs.LockedUntil = 90, 60, "", 0
	theirs.Status, theirs.Class = record.Damaged, "theirs"
	fresh := fileCopy("home", "b", "v", 1)
	o := Outcome{Run: "adopt", N: 1, Destination: "v", Merge: true, Events: []record.Event{tagged(&theirs), tagged(fresh)}}
	for range 2 { // killed and begun again
		if err := s.Commit(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	want := theirs
	want.RetainUntil, want.TermReason, want.Holds = schema.UntilForever, "ours", []string{"a", "b", "legal"}
	want.GoneAt, want.LockMode, want.LockedUntil = 70, "compliance", schema.UntilForever
	if got := list(t, s, "home"); !reflect.DeepEqual(got, []record.Copy{want, *fresh}) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !reflect.DeepEqual(theirs.Holds, []string{"a", "b"}) {
		t.Error("the event's own list was changed")
	}
	gone := theirs
	gone.Status = record.Expired
	if err := s.Commit(t.Context(), Outcome{Merge: true, Events: []record.Event{{Op: record.OpExpire, At: testNow, Copy: &gone}}}); err != nil {
		t.Fatal(err)
	}
	if got := list(t, s, "home"); len(got) != 1 {
		t.Errorf("what was removed is still there: %+v", got)
	}
}

func TestMergedHoldsFollowTheLaterWord(t *testing.T) {
	set := func(at int64) record.Hold { return record.Hold{Name: "h", SetAt: at} }
	released := func(from, at int64) record.Hold {
		return record.Hold{Name: "h", SetAt: from, ReleasedAt: at, ReleasedBy: "qa"}
	}
	for name, c := range map[string]struct{ have, told, want record.Hold }{
		"older release":        {set(10), released(1, 9), set(10)},
		"release of that time": {set(10), released(1, 10), set(10)},
		"later release":        {set(10), released(10, 20), released(10, 20)},
		"set again":            {released(1, 9), set(10), set(10)},
		"set before":           {released(1, 9), set(5), released(1, 9)},
	} {
		s := newState(t)
		for i, h := range []record.Hold{c.have, c.told} {
			o := Outcome{Run: "r", N: int64(i), Merge: i > 0, Events: []record.Event{{Op: record.OpRecord, Hold: &h}}}
			if err := s.Commit(t.Context(), o); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := s.Holds(t.Context()); err != nil || !reflect.DeepEqual(got, []record.Hold{c.want}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// However two rows are merged, neither loses protection, and merging the same
// again changes nothing.
func TestMergeNeverWeakens(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := func() *record.Copy {
		c := fileCopy("home", "a", "v", 1)
		c.RetainUntil, c.LockedUntil = schema.Until(r.IntN(5)), schema.Until(r.IntN(5))
		c.SupersededAt, c.GoneAt, c.Holds = r.Int64N(3), r.Int64N(3), nil
		for _, h := range []string{"a", "b", "c"} {
			if r.IntN(2) == 0 {
				c.Holds = append(c.Holds, h)
			}
		}
		return c
	}
	for range 2000 {
		a, b := random(), random()
		m := merged(a, b)
		for _, c := range []*record.Copy{a, b} {
			for _, h := range c.Holds {
				if !slices.Contains(m.Holds, h) {
					t.Fatalf("hold %s of %+v is lost in %+v", h, c, m)
				}
			}
			if m.RetainUntil < c.RetainUntil || m.LockedUntil < c.LockedUntil {
				t.Fatalf("%+v is weaker than %+v", m, c)
			}
			if c.SupersededAt != 0 && (m.SupersededAt == 0 || m.SupersededAt > c.SupersededAt) {
				t.Fatalf("%+v was superseded later than %+v", m, c)
			}
		}
		if !slices.IsSorted(m.Holds) || !reflect.DeepEqual(merged(m, b), m) {
			t.Fatalf("%+v over %+v gives %+v, and again %+v", b, a, m, merged(m, b))
		}
	}
}
