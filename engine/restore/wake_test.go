package restore_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/internal/digest"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/restore"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/memory"
	"github.com/backstay/backstay/plan"
)

// frozen is a world with a third vault whose copies can be archived; bringing
// one back takes twelve hours.
type frozen struct {
	*world
	hand  *clock.Hand
	vault *memory.Vault
	told  []string
	asked []string
}

func newFrozen(t *testing.T) *frozen {
	hand := clock.Fixed(noon)
	f := &frozen{world: newWorld(t), hand: hand, vault: memory.NewVault(hand, 0, 12*time.Hour)}
	f.stores["vault"] = f.vault
	return f
}

// keep puts a file into the vault, archived if cold.
func (f *frozen) keep(path, content string, cold bool) {
	f.Helper()
	ctx := context.Background()
	b, err := f.vault.Begin(ctx, "a")
	f.must(err)
	s, err := b.Stage(ctx, path, strings.NewReader(content), int64(len(content)))
	f.must(err)
	o, err := b.Commit(ctx, s)
	f.must(err)
	sum, n, err := digest.Of("", strings.NewReader(content))
	f.must(err)
	row := record.Copy{
		Destination: "vault", Source: "s", Path: path, Key: path, ID: o.ID, Seq: 1, Kind: "file", Status: record.Verified, Size: n, Digest: sum,
		Mode: 0o100640, MTime: noon.Add(-time.Hour).UnixNano(), CopiedAt: at(1), VerifiedAt: at(9),
	}
	if cold {
		f.must(f.vault.Archive(ctx, []storage.Object{o}))
		row.Tier = "archived"
	}
	f.record(row, nil)
}

func (f *frozen) wake(edit ...func(*restore.Request)) restore.Cold {
	f.Helper()
	req := f.request()
	req.Clock = f.hand
	for _, e := range edit {
		e(&req)
	}
	cold, err := restore.Wake(context.Background(), req, f.waker())
	f.must(err)
	return cold
}

func (f *frozen) waker() restore.Waker {
	return restore.Waker{
		Rate:     "Bulk",
		Announce: func(restore.Cold) { f.told = append(f.told, "announced") },
		Asked: func(_ context.Context, place string, rows []record.Copy) error {
			if len(f.told) == 0 {
				f.Error("asked before it was announced")
			}
			for _, r := range rows {
				f.asked = append(f.asked, place+":"+r.Path)
			}
			return nil
		},
		Waiting: func(left plan.Count) { f.told = append(f.told, "waiting") },
	}
}

func TestArchivedComesBackFirst(t *testing.T) {
	f := newFrozen(t)
	f.keep("a", "cold content", true)
	f.keep("b", "live content", false)
	f.file("one", "c", "elsewhere", 1)
	cold := f.wake()
	if cold.Copies != (plan.Count{Objects: 1, Bytes: 12}) || !cold.Priced || cold.Cost != 0.12 || cold.Currency != "USD" || !slices.Equal(cold.Places, []string{"vault"}) {
		t.Errorf("%+v", cold)
	}
	if !slices.Equal(f.asked, []string{"vault:a"}) || len(f.told) < 100 {
		t.Errorf("asked %q, %d words", f.asked, len(f.told))
	}
	if waited := f.hand.Now().Sub(noon); waited < 12*time.Hour || waited > 13*time.Hour {
		t.Errorf("it took %v", waited)
	}
	if res := f.run(); res.Failed > 0 || len(res.Notes) > 0 || f.back("a") != "cold content" || f.back("b") != "live content" {
		t.Errorf("%+v", res)
	}
	// Nothing is asked for again, and of what is there already nothing at all.
	f.told, f.asked = nil, nil
	f.must(f.vault.Archive(context.Background(), []storage.Object{{Key: "a"}}))
	if cold := f.wake(); cold.Copies.Objects != 0 || len(f.told)+len(f.asked) > 0 {
		t.Errorf("%+v, asked %q", cold, f.asked)
	}
}

func TestNothingIsSilentForFiveSeconds(t *testing.T) {
	f := newFrozen(t)
	f.keep("a", "cold", true)
	last := noon
	req, w := f.request(), f.waker()
	req.Clock = f.hand
	w.Waiting = func(plan.Count) {
		if gap := f.hand.Now().Sub(last); gap > 5*time.Second {
			t.Errorf("silent for %v", gap)
		}
		last = f.hand.Now()
	}
	if _, err := restore.Wake(t.Context(), req, w); err != nil || last == noon {
		t.Errorf("%v, last word at %v", err, last)
	}
}

func TestALiveCopyIsPreferred(t *testing.T) {
	f := newFrozen(t)
	f.keep("a", "content", true)
	f.file("one", "a", "content", 1, func(r *record.Copy) { r.MTime, r.Status = noon.Add(-time.Hour).UnixNano(), record.Written })
	if cold := f.wake(); cold.Copies.Objects != 0 || f.vault.Requests("tiers") > 0 {
		t.Errorf("%+v", cold)
	}
	if res := f.run(); res.Failed > 0 || f.back("a") != "content" {
		t.Errorf("%+v", res)
	}
}

// What the record does not know, the destination tells.
func TestTheDestinationDecides(t *testing.T) {
	f := newFrozen(t)
	f.keep("a", "archived by somebody", false)
	f.keep("b", "brought back by somebody", true)
	ctx := context.Background()
	f.must(f.vault.Archive(ctx, []storage.Object{{Key: "a"}}))
	f.must(f.vault.Unarchive(ctx, []storage.Object{{Key: "b"}}, ""))
	f.hand.Advance(12 * time.Hour)
	if cold := f.wake(); cold.Copies.Objects != 1 || !slices.Equal(f.asked, []string{"vault:a"}) {
		t.Errorf("%+v, asked %q", cold, f.asked)
	}
}

func TestDryRunAsksForNothing(t *testing.T) {
	f := newFrozen(t)
	f.keep("a", "cold", true)
	cold := f.wake(func(r *restore.Request) { r.DryRun = true })
	if cold.Copies.Objects != 1 || len(f.asked) > 0 || f.vault.Requests("unarchive") > 0 || len(f.told) != 1 {
		t.Errorf("%+v, asked %q", cold, f.asked)
	}
}

// Stopped while it waits, or killed after it asked: the next one waits for what
// is on its way, and asks for it no more.
func TestInterruptedWakingCarriesOn(t *testing.T) {
	f := newFrozen(t)
	for _, p := range []string{"a", "b", "c"} {
		f.keep(p, "cold "+p, true)
	}
	ctx, cancel := context.WithCancel(t.Context())
	req, w := f.request(), f.waker()
	req.Clock = f.hand
	w.Waiting = func(plan.Count) { cancel() }
	if _, err := restore.Wake(ctx, req, w); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if len(f.asked) != 3 {
		t.Fatalf("asked %q", f.asked)
	}
	if f.wake(); len(f.asked) != 3 || f.vault.Requests("unarchive") != 1 {
		t.Errorf("asked %q, %d calls", f.asked, f.vault.Requests("unarchive"))
	}
	if res := f.run(); res.Failed > 0 || res.Restored.Objects != 3 {
		t.Errorf("%+v", res)
	}
}

func TestWhoRecordsMayStopIt(t *testing.T) {
	f := newFrozen(t)
	f.keep("a", "cold", true)
	req, w := f.request(), f.waker()
	req.Clock = f.hand
	full := errors.New("the state is full")
	w.Asked = func(context.Context, string, []record.Copy) error { return full }
	if _, err := restore.Wake(t.Context(), req, w); !errors.Is(err, full) || f.vault.Requests("unarchive") > 0 {
		t.Errorf("%v", err)
	}
}
