package memory

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/storagetest"
)

func TestDestinationContract(t *testing.T) {
	storagetest.Destination(t, func(*testing.T) storage.Destination {
		return NewDestination(storage.Abilities{})
	})
}

func TestFaultyDestinationWithoutFaults(t *testing.T) {
	storagetest.Destination(t, func(*testing.T) storage.Destination {
		return WithFaults(NewDestination(storage.Abilities{}), func(context.Context, Step) error { return nil })
	})
}

func TestVaultContract(t *testing.T) {
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	open := func(*testing.T) storagetest.Tiers {
		c := clock.Fixed(now)
		return storagetest.Tiers{Driver: NewVault(c, time.Minute, time.Hour), Settle: func() { c.Advance(time.Hour) }}
	}
	storagetest.Destination(t, func(t *testing.T) storage.Destination { return open(t).Driver })
	storagetest.Tiered(t, open)
	storagetest.Guarded(t, func(*testing.T) (storage.Destination, []storage.Grant) {
		v := NewVault(clock.Fixed(now), 0, 0)
		v.Allow("user-b", "VIEW")
		v.Allow("org-a", "CONTRIBUTE")
		return v, []storage.Grant{{Who: "org-a", Level: "CONTRIBUTE"}, {Who: "user-b", Level: "VIEW"}}
	})
}

func TestSourceContract(t *testing.T) {
	storagetest.Source(t, func(_ *testing.T, tree map[string]string) storage.Source {
		s := NewSource()
		for path, content := range tree {
			target, link := strings.CutPrefix(content, "-> ")
			switch {
			case strings.HasSuffix(path, "/"):
				s.Mkdir(path)
			case link:
				s.Symlink(path, target)
			default:
				s.Put(path, []byte(content))
			}
		}
		return s
	})
}

func TestFaultsStopTheStepTheyAreMeantFor(t *testing.T) {
	stop := errors.New("stop")
	d := WithFaults(NewDestination(storage.Abilities{}), func(_ context.Context, s Step) error {
		if s.Call == "commit" && s.N == 4 {
			return stop
		}
		return nil
	})
	ctx := context.Background()
	b, err := d.Begin(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Stage(ctx, "k", strings.NewReader("x"), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Sync(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Commit(ctx, s); !errors.Is(err, stop) {
		t.Fatalf("step 4: %v, want stop", err)
	}
	if _, err := b.Commit(ctx, s); err != nil {
		t.Fatalf("step 5: %v", err)
	}
}

func TestSourceBreaks(t *testing.T) {
	s := NewSource()
	s.Put("a", nil)
	s.Put("b", nil)
	broken := errors.New("unreadable")
	s.Break(broken)
	var seen []string
	var last error
	for e, err := range s.List(context.Background()) {
		if last = err; err == nil {
			seen = append(seen, e.Path)
		}
	}
	if len(seen) != 1 || !errors.Is(last, broken) {
		t.Fatalf("%q, %v", seen, last)
	}
}

func TestCorruptKeepsTheFacts(t *testing.T) {
	d := NewDestination(storage.Abilities{})
	ctx := context.Background()
	b, err := d.Begin(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Stage(ctx, "k", strings.NewReader("abc"), 3)
	if err != nil {
		t.Fatal(err)
	}
	o, err := b.Commit(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	if !d.Corrupt("k", 1) || d.Corrupt("k", 3) || d.Corrupt("l", 0) {
		t.Fatal("Corrupt misjudged what is there")
	}
	r, now, err := d.Open(ctx, "k")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); string(got) != "acc" || now != o || err != nil {
		t.Fatalf("%q, %+v, %v", got, now, err)
	}
}
