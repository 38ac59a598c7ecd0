package apply_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/memory"
	"github.com/backstay/backstay/plan"
)

// projected is a world whose source has tiers, with changes of its files in
// place.
func projected(t *testing.T, action plan.Action, paths ...string) (*world, *memory.Project, apply.Request) {
	w, p := newWorld(t), memory.NewProject()
	for _, path := range paths {
		p.Put(path, []byte("content"))
	}
	var changes []*plan.Change
	for e, err := range p.List(w.ctx()) {
		w.must(err)
		c := &plan.Change{
			Address: plan.InPlaceAddress("archive.old", e.Path), Action: action, Reason: plan.CostMeasure, Object: object(e), CopiesBefore: 1, CopiesAfter: 1,
		}
		c.Object.ID = e.ID
		changes = append(changes, c)
	}
	req := w.request(changes...)
	req.Sources = map[string]storage.Source{"tree": p}
	return w, p, req
}

func tierOf(p *memory.Project, w *world, path string) (tier storage.Tier) {
	for e, err := range p.List(w.ctx()) {
		if w.must(err); e.Path == path {
			tier = e.Facts.Tier
		}
	}
	return tier
}

func TestInPlace(t *testing.T) {
	w, p, req := projected(t, plan.Archive, "a", "b")
	res, err := apply.Run(w.ctx(), req)
	if w.must(err); res.Failed > 0 || res.Done[plan.Archive] != (plan.Count{Objects: 2, Bytes: 14}) || tierOf(p, w, "b") != storage.TierArchived || len(p.Elsewhere) > 0 {
		t.Fatalf("%+v", res)
	}
	var got []record.Evidence
	for e, err := range w.state.Evidence(w.ctx(), apply.InPlaceEvidence) {
		w.must(err)
		got = append(got, e)
	}
	if len(got) != 1 || got[0].Backup != "archive.old" || got[0].Objects != 2 || got[0].Detail != "tree: archive" || got[0].Outcome != "pass" {
		t.Errorf("evidence: %+v", got)
	}
	if len(w.rows("one", "a")) > 0 {
		t.Error("archiving in place made a copy")
	}
	back := slices.Collect(withoutErrors(req))[0]
	back.Action = plan.Unarchive
	req.Changes = stream([]*plan.Change{back})
	req.Run += "x"
	res, err = apply.Run(w.ctx(), req)
	if w.must(err); res.Done[plan.Unarchive].Objects != 1 {
		t.Errorf("%+v", res)
	}
	if tierOf(p, w, "a") != storage.TierLive {
		t.Error("it was not brought back")
	}
}

func withoutErrors(req apply.Request) func(func(*plan.Change) bool) {
	return func(yield func(*plan.Change) bool) {
		for c, err := range req.Changes {
			if err != nil || !yield(c) {
				return
			}
		}
	}
}

func TestInPlaceEverywhere(t *testing.T) {
	w, p, req := projected(t, plan.Archive, "a")
	req.AllCopies = map[string]bool{"archive.old": true}
	res, err := apply.Run(w.ctx(), req)
	if w.must(err); res.Failed > 0 || !slices.Equal(p.Elsewhere, []string{"a"}) {
		t.Errorf("%+v, %q", res, p.Elsewhere)
	}
}

func TestInPlaceThatDoesNotMove(t *testing.T) {
	w, p, req := projected(t, plan.Archive, "a", "b", "c")
	p.Remove("a")
	p.Edit("b", func(e *storage.Entry) { e.Size = 0 })
	res, err := apply.Run(w.ctx(), req)
	if w.must(err); res.Skipped != 1 || res.Failed != 1 || res.Done[plan.Archive].Objects != 1 || !strings.Contains(res.Problems[1].Detail, "is empty") {
		t.Errorf("%+v", res)
	}
	p.Refuse = errors.New("sponsored projects cannot be archived")
	req.Run += "x"
	res, err = apply.Run(w.ctx(), req)
	if w.must(err); res.Failed != 1 || !strings.Contains(res.Problems[len(res.Problems)-1].Detail, "sponsored") {
		t.Errorf("%+v", res)
	}
	p.Refuse = storage.ErrUnreachable
	req.Run += "x"
	res, err = apply.Run(w.ctx(), req)
	if w.must(err); len(res.Stops) != 1 || res.Stops[0].Summary != "Source cannot be reached" || res.Left != 3 {
		t.Errorf("%+v", res)
	}
}

// What lost a verified copy between plan and apply is not archived.
func TestInPlaceLooksAtCopiesAgain(t *testing.T) {
	w, p, req := projected(t, plan.Archive, "a")
	for _, c := range slices.Collect(withoutErrors(req)) {
		kept := *c
		kept.Remaining = 1
		req.Changes = stream([]*plan.Change{&kept})
	}
	res, err := apply.Run(w.ctx(), req)
	if w.must(err); res.Skipped != 1 || res.Problems[0].What != apply.Refused || tierOf(p, w, "a") != storage.TierLive {
		t.Errorf("%+v", res)
	}
}
