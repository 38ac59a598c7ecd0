package apply_test

import (
	"cmp"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/internal/fault"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
)

func TestRecorder(t *testing.T) {
	w := newWorld(t)
	w.put("a", "x")
	w.apply(w.plan()...)
	serial := w.state.Identity().Serial
	rec, err := apply.NewRecorder(w.request())
	w.must(err)
	row := w.row("a")
	row.VerifiedAt += 1000
	w.must(rec.Found(w.ctx(), "one", []record.Event{{Op: record.OpVerify, At: day0, Run: "v", Copy: &row}}, true))
	w.must(rec.Evidence(w.ctx(), record.Evidence{Kind: "verify", Destination: "one", Outcome: "pass"}))
	w.must(rec.Close(w.ctx()))
	if w.state.Identity().Serial != serial || w.row("a").VerifiedAt != row.VerifiedAt {
		t.Error("a clean verification raised the serial, or was not recorded")
	}
	rec, err = apply.NewRecorder(w.request())
	w.must(err)
	row.Status = record.Damaged
	w.must(rec.Found(w.ctx(), "one", []record.Event{{Op: record.OpDamage, At: day0, Run: "v", Copy: &row}}, false))
	w.must(rec.Close(w.ctx()))
	if w.state.Identity().Serial != serial+1 || w.row("a").Status != record.Damaged {
		t.Errorf("serial %d, row %+v", w.state.Identity().Serial, w.row("a"))
	}
	w.compare(w.targets[one])
}

// A segment that could not be written is in no manifest, whatever failed.
func TestRecorderThatFailsLeavesACatalogueThatCanBeRead(t *testing.T) {
	for _, point := range []string{"apply.segment", "state.intend.write", "apply.catalogued"} {
		t.Run(point, func(t *testing.T) {
			w := newWorld(t)
			w.put("a", "x")
			w.apply(w.plan()...)
			rec, err := apply.NewRecorder(w.request())
			w.must(err)
			row := w.row("a")
			found := func(status record.Status) error {
				row.Status = status
				return rec.Found(w.ctx(), "one", []record.Event{{Op: record.OpDamage, At: day0, Run: "v", Copy: &row}}, false)
			}
			w.must(found(record.Missing))
			disarm, err := fault.Arm(point + "=error")
			w.must(err)
			err = found(record.Damaged)
			disarm()
			if err == nil {
				t.Fatal("nothing failed")
			}
			if err := found(record.Damaged); err == nil {
				t.Error("it went on after a segment that may not be there")
			}
			w.must(rec.Close(w.ctx()))
			w.replay("one", func(record.Event) {})
			w.settle()
			w.carryOn()
			w.audit()
		})
	}
}

// rebuild makes a state from the catalogues alone.
func (w *world) rebuild() *state.State {
	w.Helper()
	in := state.Rebuilding{Lineage: w.state.Identity().Lineage}
	for _, t := range w.targets {
		book, err := catalogue.Open(w.ctx(), apply.Files(t.Driver))
		w.must(err)
		in.Streams = append(in.Streams, state.RebuildStream{Destination: t.Name, Events: book.Events(w.ctx())})
	}
	path := filepath.Join(w.TempDir(), "rebuilt.db")
	_, err := state.Rebuild(w.ctx(), path, in, day0)
	w.must(err)
	s, err := state.Open(w.ctx(), path, state.Options{ReadOnly: true})
	w.must(err)
	w.Cleanup(func() { _ = s.Close() })
	return s
}

func (w *world) evidence(s *state.State) (out []record.Evidence) {
	w.Helper()
	for e, err := range s.Evidence(w.ctx(), "") {
		w.must(err)
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b record.Evidence) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Destination, b.Destination))
	})
	return out
}

// A rebuilt state has what the lost one could prove: copies read back, restore
// tests, and what its sources were.
func TestEvidenceSurvivesALostState(t *testing.T) {
	w := newWorld(t, one, two)
	w.put("a", "four")
	w.put("b", "seven..")
	req := w.request(w.plan()...)
	req.Listings = []record.Evidence{{At: day0.UnixMilli(), Detail: "tree", Objects: 2, Bytes: 11}}
	_, err := apply.Run(w.ctx(), req)
	w.must(err)
	serial := w.state.Identity().Serial
	rec, err := apply.NewRecorder(w.request())
	w.must(err)
	test := record.Evidence{Kind: "restore_test", At: day0.UnixMilli(), Run: "drill", Destination: "one", Backup: "backup.b", Objects: 2, Bytes: 11, Outcome: "pass"}
	w.must(rec.Evidence(w.ctx(), test))
	w.must(rec.Evidence(w.ctx(), record.Evidence{Kind: "verify", At: 1, Destination: "two", Objects: 1, Outcome: "pass"}))
	w.must(rec.Close(w.ctx()))
	if w.state.Identity().Serial != serial {
		t.Error("evidence raised the serial")
	}
	w.audit()

	back := w.rebuild()
	want := slices.DeleteFunc(w.evidence(w.state), func(e record.Evidence) bool { return e.At == 1 }) // clean: the state alone
	if got := w.evidence(back); len(want) != 4 || !reflect.DeepEqual(got, want) {
		t.Errorf("rebuilt %+v\nhad %+v", got, want)
	}
	if e := want[2]; e.Kind != "verify" && e.Kind != "restore_test" || want[3].Detail != record.Partial {
		t.Errorf("evidence %+v", want)
	}
	for _, s := range []*state.State{w.state, back} {
		if b, err := s.Baseline(w.ctx(), "tree"); err != nil || b == nil || b.LiveObjects != 2 || b.LiveBytes != 11 || !b.AppliedAt.Equal(day0) {
			t.Errorf("baseline %+v, %v", b, err)
		}
	}
}

// What failed may be what was listed: the baseline stays where it was.
func TestAListingOfAFailedRunIsNotRecorded(t *testing.T) {
	w := newWorld(t)
	w.put("a", "x")
	w.put("b", "y")
	w.fault(one, &faulty{stage: func(key string) error {
		if key == "tree/a" {
			return errors.New("bad sector")
		}
		return nil
	}})
	req := w.request(w.plan()...)
	req.Listings = []record.Evidence{{At: day0.UnixMilli(), Detail: "tree", Objects: 2}}
	if res, err := apply.Run(w.ctx(), req); err != nil || res.Failed != 1 {
		t.Fatalf("%+v, %v", res, err)
	}
	if b, err := w.state.Baseline(w.ctx(), "tree"); err != nil || b != nil {
		t.Errorf("baseline %+v, %v", b, err)
	}
}

func TestRestoreTestOfAReadOnlyDestinationIsInTheState(t *testing.T) {
	w := newWorld(t)
	w.put("a", "x")
	w.apply(w.plan()...)
	for _, c := range []struct{ cause, told error }{{storage.ErrReadOnly, nil}, {storage.ErrNoSpace, storage.ErrNoSpace}} {
		w.fault(one, &faulty{stage: func(string) error { return c.cause }})
		rec, err := apply.NewRecorder(w.request())
		w.must(err)
		before := len(w.evidence(w.state))
		w.must(rec.Evidence(w.ctx(), record.Evidence{Kind: "restore_test", Run: c.cause.Error(), Destination: "one", Outcome: "pass"}))
		if err := rec.Close(w.ctx()); !errors.Is(err, c.told) {
			t.Errorf("%v: close told %v", c.cause, err)
		}
		if n := len(w.evidence(w.state)); n != before+1 {
			t.Errorf("%v: %d pieces of evidence after %d", c.cause, n, before)
		}
		w.repair()
		w.settle()
	}
	w.audit()
}
