package apply_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/keymap"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/memory"
	"github.com/backstay/backstay/engine/storage/retry"
	"github.com/backstay/backstay/plan"
)

// keeper is a store that checks what it receives and keeps what it is told of
// it: the memory driver with the two abilities of a batch.
type keeper struct {
	storage.Destination
	refuse func(key string) error // a receipt's answer

	mu     sync.Mutex
	told   []storage.Provenance
	reread int
	late   bool // told of something after it was synced
}

type keeping struct {
	storage.Batch
	k      *keeper
	synced bool
}

func (k *keeper) Begin(ctx context.Context, attempt string) (storage.Batch, error) {
	b, err := k.Destination.Begin(ctx, attempt)
	return &keeping{Batch: b, k: k}, err
}

func (b *keeping) Sync(ctx context.Context) error {
	b.synced = true
	return b.Batch.Sync(ctx)
}

func (b *keeping) Reread(ctx context.Context, s storage.Staged) (io.ReadCloser, error) {
	b.k.mu.Lock()
	defer b.k.mu.Unlock()
	b.k.reread++
	return b.Batch.Reread(ctx, s)
}

func (b *keeping) Receipt(_ context.Context, s storage.Staged) error { return b.k.refuse(s.Key) }

func (b *keeping) Describe(_ context.Context, _ storage.Staged, p storage.Provenance) error {
	b.k.mu.Lock()
	defer b.k.mu.Unlock()
	b.k.told = append(b.k.told, p)
	b.k.late = b.k.late || b.synced
	return nil
}

// keepingWorld has a keeper for its one destination, wrapped as the façade
// wraps it.
func keepingWorld(t *testing.T, refuse func(key string) error) (*world, *keeper) {
	w := newWorld(t)
	k := &keeper{Destination: memory.NewDestination(storage.Abilities{}), refuse: refuse}
	w.targets[one] = &apply.Target{Name: "one", Driver: retry.Destination(k, w.clock), Keys: keymap.New(k.Abilities(), "")}
	return w, k
}

func TestAReceiptSavesReadingBack(t *testing.T) {
	w, k := keepingWorld(t, func(string) error { return nil })
	w.put("a.txt", "alpha")
	w.put("b.txt", "beta")
	r := w.request(w.plan()...)
	r.Systems = map[string]string{"tree": "filesystem"}
	res, err := apply.Run(w.ctx(), r)
	w.must(err)
	if res.Done[plan.Copy].Objects != 2 || k.reread != 0 || k.late {
		t.Errorf("done %v, read back %d, late %v", res.Done, k.reread, k.late)
	}
	row := w.row("a.txt")
	if row.Status != record.Verified || row.VerifyMethod != "store-checksum" {
		t.Errorf("row: %+v", row)
	}
	slices.SortFunc(k.told, func(a, b storage.Provenance) int { return int(b.Size - a.Size) })
	want := storage.Provenance{
		Source: "tree", System: "filesystem", Path: "a.txt", Digest: row.Digest, Size: 5, MTime: row.MTime, Run: r.Run,
	}
	if len(k.told) != 2 || k.told[0] != want {
		t.Errorf("told %+v, want %+v", k.told, want)
	}
}

// A receipt that does not agree proves nothing, and damages nothing either: the
// bytes are read back and decide.
func TestWithoutAReceiptBytesDecide(t *testing.T) {
	w, k := keepingWorld(t, func(key string) error {
		if key == "tree/a.txt" {
			return errors.New("the store keeps no checksum of it")
		}
		return nil
	})
	w.put("a.txt", "alpha")
	w.put("b.txt", "beta")
	res := w.apply(w.plan()...)
	if res.Done[plan.Copy].Objects != 2 || k.reread != 1 {
		t.Errorf("done %v, read back %d", res.Done, k.reread)
	}
	if a, b := w.row("a.txt"), w.row("b.txt"); a.VerifyMethod != "read-back" || b.VerifyMethod != "store-checksum" {
		t.Errorf("methods %q and %q", a.VerifyMethod, b.VerifyMethod)
	}
	for e, err := range w.state.Evidence(w.ctx(), "verify") {
		w.must(err)
		if e.Method != "read-back, store-checksum" {
			t.Errorf("evidence rests on %q", e.Method)
		}
	}
}
