package apply_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/keymap"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/memory"
	"github.com/backstay/backstay/plan"
)

// Where a commit is a wait for a network, a batch does not wait for one after
// the other: here each waits for another.
func TestCommitsGoTogether(t *testing.T) {
	w := newWorld(t)
	d := &meeting{Destination: memory.NewDestination(storage.Abilities{Media: "object"}), met: make(chan struct{})}
	w.targets[one] = &apply.Target{Name: "one", Driver: d, Keys: keymap.New(d.Abilities(), "")}
	w.put("a.txt", "alpha")
	w.put("b.txt", "beta")
	if res := w.apply(w.plan()...); res.Done[plan.Copy].Objects != 2 {
		t.Errorf("done %v", res.Done)
	}
}

// meeting is a store where a copy's commit ends only beside another one's.
type meeting struct {
	storage.Destination
	met chan struct{}
}

type meetingBatch struct {
	storage.Batch
	met chan struct{}
}

func (m *meeting) Begin(ctx context.Context, attempt string) (storage.Batch, error) {
	b, err := m.Destination.Begin(ctx, attempt)
	return &meetingBatch{b, m.met}, err
}

func (b *meetingBatch) Commit(ctx context.Context, s storage.Staged) (storage.Object, error) {
	if strings.HasPrefix(s.Key, "tree/") {
		select {
		case b.met <- struct{}{}:
		case <-b.met:
		}
	}
	return b.Batch.Commit(ctx, s)
}

// away is a source behind a network, where each opening ends only beside another
// one's.
type away struct {
	storage.Source
	met chan struct{}
	err error // of the object named "b.txt"
}

func (s *away) Open(ctx context.Context, e storage.Entry) (storage.Content, error) {
	select {
	case s.met <- struct{}{}:
	case <-s.met:
	}
	if s.err != nil && e.Path == "b.txt" {
		return nil, s.err
	}
	return s.Source.Open(ctx, e)
}

func TestFetchesGoTogether(t *testing.T) {
	for _, failed := range []error{nil, errors.New("broken")} {
		w := newWorld(t)
		w.put("a.txt", "alpha")
		w.put("b.txt", "beta")
		r := w.request(w.plan()...)
		r.Sources = map[string]storage.Source{"tree": &away{Source: w.source, met: make(chan struct{}), err: failed}}
		res, err := apply.Run(w.ctx(), r)
		w.must(err)
		want := int64(2)
		if failed != nil {
			want = 1
		}
		if res.Done[plan.Copy].Objects != want || res.Failed != 2-want || w.read("one", "tree/a.txt") != "alpha" {
			t.Errorf("%v: %+v", failed, res)
		}
		w.audit()
	}
}
