package apply_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/internal/fault"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// faulty is a destination whose batches fail as the test wants.
type faulty struct {
	storage.Destination
	stage  func(key string) error
	reread func(key string, r io.ReadCloser) (io.ReadCloser, error)
}

type faultyBatch struct {
	storage.Batch
	f *faulty
}

func (f *faulty) Begin(ctx context.Context, attempt string) (storage.Batch, error) {
	b, err := f.Destination.Begin(ctx, attempt)
	if err != nil {
		return nil, err
	}
	return &faultyBatch{b, f}, nil
}

func (b *faultyBatch) Stage(ctx context.Context, key string, r io.Reader, size int64) (storage.Staged, error) {
	if b.f.stage != nil {
		if err := b.f.stage(key); err != nil {
			return storage.Staged{}, err
		}
	}
	return b.Batch.Stage(ctx, key, r, size)
}

func (b *faultyBatch) Reread(ctx context.Context, s storage.Staged) (io.ReadCloser, error) {
	r, err := b.Batch.Reread(ctx, s)
	if err == nil && b.f.reread != nil {
		return b.f.reread(s.Key, r)
	}
	return r, err
}

func (w *world) fault(address string, f *faulty) {
	f.Destination = w.targets[address].Driver
	w.targets[address].Driver = f
}

// repair takes the faults away again.
func (w *world) repair() {
	for _, t := range w.targets {
		if f, ok := t.Driver.(*faulty); ok {
			t.Driver = f.Destination
		}
	}
}

func fill(w *world, n int) {
	for i := range n {
		w.put(fmt.Sprintf("f%04d", i), strings.Repeat("x", i%100))
	}
}

func TestFullDestinationStopsAndOthersGoOn(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		code string
	}{
		"full":        {fmt.Errorf("write: %w", storage.ErrNoSpace), "destination_full"},
		"quota":       {syscall.ENOSPC, "destination_full"},
		"read-only":   {storage.ErrReadOnly, "destination_read_only"},
		"unreachable": {storage.ErrUnreachable, "destination_unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, one, two)
			fill(w, 200)
			w.fault(one, &faulty{stage: func(key string) error {
				if key == "tree/f0100" {
					return c.err
				}
				return nil
			}})
			res := w.apply(w.plan()...)
			if len(res.Stops) != 1 || res.Stops[0].Code != c.code || res.Stops[0].Address != one || res.Left == 0 || res.Failed != 0 {
				t.Fatalf("stops %+v, left %d, failed %d", res.Stops, res.Left, res.Failed)
			}
			if n := len(w.rows("two", "f0199")); n != 1 {
				t.Errorf("the other destination has %d copies", n)
			}
			w.repair()
			w.carryOn()
			w.audit()
			if left := w.plan(); len(left) > 0 {
				t.Errorf("%d changes are left", len(left))
			}
		})
	}
}

func TestAnObjectThatCannotBeWrittenFailsAlone(t *testing.T) {
	w := newWorld(t)
	fill(w, 20)
	w.fault(one, &faulty{stage: func(key string) error {
		if key == "tree/f0007" {
			return errors.New("bad sector")
		}
		return nil
	}})
	res := w.apply(w.plan()...)
	if res.Failed != 1 || res.Problems[0].What != apply.Unwritten || res.Done[plan.Copy].Objects != 19 || len(res.Stops) != 0 {
		t.Errorf("result: %+v", res)
	}
	w.audit()
}

func TestReadBackThatDiffersIsNotACopy(t *testing.T) {
	w := newWorld(t)
	w.put("a", "content")
	w.put("b", "content")
	w.fault(one, &faulty{reread: func(key string, r io.ReadCloser) (io.ReadCloser, error) {
		if key != "tree/a" {
			return r, nil
		}
		return struct {
			io.Reader
			io.Closer
		}{strings.NewReader("cOntent"), r}, nil
	}})
	res := w.apply(w.plan()...)
	if res.Failed != 1 || res.Problems[0].What != apply.Mismatch || len(w.rows("one", "a")) != 0 || len(w.rows("one", "b")) != 1 {
		t.Errorf("result: %+v", res)
	}
	w.audit()
}

func TestBudgetEndsTheRun(t *testing.T) {
	w := newWorld(t)
	fill(w, 500)
	w.fault(one, &faulty{stage: func(key string) error {
		if strings.HasPrefix(key, ".backstay") {
			return nil
		}
		return errors.New("broken")
	}})
	req := w.request(w.plan()...)
	req.Budget = 10
	res, err := apply.Run(w.ctx(), req)
	w.must(err)
	if res.Failed < 10 || res.Failed > 14 || res.Left == 0 || res.Stops[len(res.Stops)-1].Code != "failure_budget" || res.Interrupted {
		t.Errorf("failed %d, left %d, stops %+v", res.Failed, res.Left, res.Stops)
	}
	w.repair()
	w.carryOn()
	w.audit()
}

func TestUnreachableForAMoment(t *testing.T) {
	w := newWorld(t)
	fill(w, 3)
	var tries atomic.Int32
	w.fault(one, &faulty{stage: func(key string) error {
		if key == "tree/f0001" && tries.Add(1) < 3 {
			return storage.ErrUnreachable
		}
		return nil
	}})
	res := w.apply(w.plan()...)
	if res.Done[plan.Copy].Objects != 3 || tries.Load() != 3 || len(res.Stops) != 0 {
		t.Errorf("tries %d, result %+v", tries.Load(), res)
	}
	w.audit()
}

func TestDrainFinishesWhatIsUnderWay(t *testing.T) {
	w := newWorld(t)
	fill(w, 400)
	drain := make(chan struct{})
	var staged atomic.Int32
	w.fault(one, &faulty{stage: func(string) error {
		if staged.Add(1) == 50 {
			close(drain)
		}
		return nil
	}})
	req := w.request(w.plan()...)
	req.Drain, req.Parallelism = drain, 1
	res, err := apply.Run(w.ctx(), req)
	w.must(err)
	done := res.Done[plan.Copy].Objects
	if !res.Drained || res.Interrupted || res.Open || done < 50 || done == 400 || res.Left != 400-done {
		t.Errorf("done %d, result %+v", done, res)
	}
	w.audit()
	w.repair()
	w.carryOn()
	w.audit()
}

func TestCancelStopsAtOnce(t *testing.T) {
	w := newWorld(t)
	fill(w, 400)
	ctx, cancel := context.WithCancel(w.ctx())
	var staged atomic.Int32
	w.fault(one, &faulty{stage: func(string) error {
		if staged.Add(1) == 50 {
			cancel()
		}
		return nil
	}})
	res, err := apply.Run(ctx, w.request(w.plan()...))
	w.must(err)
	if !res.Interrupted || res.Left == 0 || res.Failed+res.Skipped != 0 {
		t.Errorf("result: %+v", res)
	}
	w.repair()
	w.carryOn()
	w.audit()
}

func TestResumeCountsWhatIsDone(t *testing.T) {
	w := newWorld(t)
	fill(w, 10)
	changes := w.plan()
	w.apply(changes[:6]...)
	req := w.request(changes...)
	req.Resume = true
	res, err := apply.Run(w.ctx(), req)
	w.must(err)
	if res.Present != 6 || res.Done[plan.Copy].Objects != 4 || res.Left != 0 {
		t.Errorf("result: %+v", res)
	}
	w.audit()
}

// A recheck whose facts are equal leaves no trace but its run: what this run did
// not read is read.
func TestResumeReadsWhatItsRunDidNot(t *testing.T) {
	w := newWorld(t)
	fill(w, 4)
	w.apply(w.plan()...)
	var checks []*plan.Change
	for i := range 4 {
		row := w.row(fmt.Sprintf("f%04d", i))
		c := w.about(plan.Recheck, plan.DigestAsked, row)
		c.Object = object(w.list()[row.Path])
		checks = append(checks, c)
	}
	req := w.request(checks[:2]...)
	req.Resume = true
	res, err := apply.Run(w.ctx(), req)
	w.must(err)
	if res.Present != 0 || res.Done[plan.Recheck].Objects != 2 {
		t.Fatalf("nothing was read: %+v", res)
	}
	req.Changes, req.Expect = stream(checks), plan.Count{Objects: 4}
	res, err = apply.Run(w.ctx(), req)
	w.must(err)
	if res.Present != 2 || res.Done[plan.Recheck].Objects != 2 || res.Left != 0 {
		t.Errorf("result: %+v", res)
	}
	w.audit()
}

// An error at any step leaves what the next run settles, as a kill does.
func TestErrorAtEveryPoint(t *testing.T) {
	for _, point := range []string{
		"apply.staged", "apply.synced", "apply.verified", "apply.intended", "apply.committed", "apply.finished",
		"apply.segment", "apply.catalogued", "apply.outcome", "head.marker", "head.open", "head.opened",
		"head.manifest", "head.close", "head.closed",
	} {
		w := newWorld(t)
		fill(w, 5)
		disarm, err := fault.Arm(point + "=error")
		w.must(err)
		res, err := apply.Run(w.ctx(), w.request(w.plan()...))
		disarm()
		w.must(err)
		if len(res.Stops) == 0 {
			t.Errorf("%s: nothing failed: %+v", point, res)
		}
		w.carryOn()
		w.audit()
		if left := w.plan(); len(left) > 0 {
			t.Errorf("%s: %d changes are left", point, len(left))
		}
	}
}

func TestFileStandsWhereAFolderMustBe(t *testing.T) {
	w := newWorld(t)
	w.put("a", "a file first")
	w.put("b/c", "a folder first")
	w.apply(w.plan()...)
	w.must(os.Remove(w.path("tree/a")))
	w.must(os.RemoveAll(w.path("tree/b")))
	w.put("a/x", "now a folder")
	w.put("b", "now a file")
	res := w.apply(w.plan()...)
	if res.Failed != 0 || res.Done[plan.Copy].Objects != 2 || len(res.Problems) != 0 {
		t.Fatalf("result: %+v", res)
	}
	if r := w.row("a/x"); w.read("one", r.Key) != "now a folder" || r.Status != record.Verified {
		t.Errorf("a/x: %+v", r)
	}
	if r := w.row("b"); w.read("one", r.Key) != "now a file" {
		t.Errorf("b: %+v", r)
	}
	if w.read("one/tree/a") != "a file first" || w.read("one/tree/b/c") != "a folder first" {
		t.Error("the earlier copies were touched")
	}
	w.audit()
}

func TestSecondWriterIsRefused(t *testing.T) {
	w := newWorld(t)
	w.put("a", "x")
	w.apply(w.plan()...)
	w.must(os.WriteFile(w.path("one/.backstay/heads/3"), []byte("theirs"), 0o600))
	w.put("b", "y")
	res := w.apply(w.plan()...)
	if len(res.Stops) != 1 || len(w.rows("one", "b")) != 0 {
		t.Fatalf("result: %+v", res)
	}
}

func TestMissingMarkerIsRefusedUnlessAllowed(t *testing.T) {
	w := newWorld(t)
	w.put("a", "x")
	w.apply(w.plan()...)
	w.must(os.RemoveAll(w.path("one/.backstay")))
	w.must(os.RemoveAll(w.path("one/tree")))
	w.put("b", "y")
	res := w.apply(w.plan()...)
	if len(res.Stops) != 1 || res.Stops[0].Code != "destination_unmarked" || res.Open {
		t.Fatalf("result: %+v", res)
	}
	w.targets[one].Allowed = true
	res = w.apply(w.plan()...)
	if len(res.Stops) != 0 || w.read("one/tree/b") != "y" {
		t.Errorf("allowed: %+v", res)
	}
	w.targets[one].Allowed = false
	w.put("c", "z")
	if res = w.apply(w.plan()...); len(res.Stops) != 0 || w.read("one/tree/c") != "z" {
		t.Errorf("after it: %+v", res)
	}
}
