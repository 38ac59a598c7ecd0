package diff

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

func TestRefusesBadStreams(t *testing.T) {
	w := newWorld(t, protect(t, "docs", "vault"))
	w.put("a", 1)
	w.put("b", 1)
	w.run()
	broken := errors.New("permission denied")
	entries := func(list ...storage.Entry) func(string) iter.Seq2[storage.Entry, error] {
		return func(string) iter.Seq2[storage.Entry, error] {
			return func(yield func(storage.Entry, error) bool) {
				for _, e := range list {
					if !yield(e, nil) {
						return
					}
				}
				yield(storage.Entry{}, broken)
			}
		}
	}
	rows := func(list ...record.Copy) func(string) iter.Seq2[*record.Copy, error] {
		return func(string) iter.Seq2[*record.Copy, error] {
			return func(yield func(*record.Copy, error) bool) {
				for i := range list {
					if !yield(&list[i], nil) {
						return
					}
				}
			}
		}
	}
	row := func(path, dest string, seq int) record.Copy {
		return record.Copy{Source: "docs", Path: path, Destination: dest, Seq: seq, Kind: "file", Status: record.Verified}
	}
	for name, c := range map[string]struct {
		change func(*Request)
		want   string
	}{
		"partial listing":   {func(r *Request) { r.Inventories = entries(storage.Entry{Path: "a"}) }, "permission denied"},
		"unsorted listing":  {func(r *Request) { r.Inventories = entries(storage.Entry{Path: "b"}, storage.Entry{Path: "a"}) }, "out of order"},
		"listed twice":      {func(r *Request) { r.Inventories = entries(storage.Entry{Path: "a"}, storage.Entry{Path: "a"}) }, "out of order"},
		"not listed":        {func(r *Request) { r.Inventories = func(string) iter.Seq2[storage.Entry, error] { return nil } }, "was not listed"},
		"unsorted rows":     {func(r *Request) { r.Recorded = rows(row("b", "vault", 1), row("a", "vault", 1)) }, "out of order"},
		"unsorted versions": {func(r *Request) { r.Recorded = rows(row("a", "vault", 2), row("a", "vault", 1)) }, "out of order"},
		"unsorted places":   {func(r *Request) { r.Recorded = rows(row("a", "vault", 1), row("a", "attic", 1)) }, "out of order"},
		"row twice":         {func(r *Request) { r.Recorded = rows(row("a", "vault", 1), row("a", "vault", 1)) }, "twice"},
		"escaping row":      {func(r *Request) { r.Recorded = rows(row("../a", "vault", 1)) }, "leads out"},
		"foreign row":       {func(r *Request) { r.Recorded = rows(record.Copy{Source: "x", Path: "a"}) }, "of source x"},
		"bad pattern":       {func(r *Request) { r.Targets = []string{"[a"} }, "selects no change"},
	} {
		w.request = c.change
		changes, _, _, err := w.try()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q\n%s", name, err, c.want, show(changes))
		}
	}
	w.request = nil
	stop := errors.New("disk full")
	w.remove("a")
	_, _, err := Run(context.Background(), Request{Config: w.cfg, Now: w.now, Inventories: w.list, Recorded: w.recorded},
		func(*plan.Change) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("an error of emit comes back as %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Run(ctx, Request{Config: w.cfg, Now: w.now, Inventories: w.list, Recorded: w.recorded}, func(*plan.Change) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
