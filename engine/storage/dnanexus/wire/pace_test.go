package wire

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

func TestPaceSlowsAndRecovers(t *testing.T) {
	p := newPace()
	enter := func(n int) {
		t.Helper()
		for range n {
			if err := p.enter(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	why := errors.New("interrupted")
	shut := func() {
		t.Helper()
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		if err := p.enter(ctx); !errors.Is(err, why) {
			t.Fatalf("one too many: %v", err)
		}
	}
	full := func(want int) {
		t.Helper()
		if got := int(p.limit); got != want {
			t.Fatalf("%d calls at once, want %d", got, want)
		}
	}
	enter(maxCalls)
	shut()
	if first, second := p.leave(true), p.leave(true); !first || second {
		t.Errorf("closed by the first %v, by the second %v", first, second)
	}
	full(maxCalls / 2)
	for range maxCalls - 2 {
		p.leave(false)
	}
	shut()
	p.open()
	for range 9 {
		enter(1)
		p.leave(true)
		p.open()
	}
	full(minCalls)
	for range 2000 {
		enter(1)
		p.leave(false)
	}
	full(maxCalls)
	if p.active != 0 {
		t.Errorf("%d calls are counted as under way", p.active)
	}
}

// Whoever waits for a throttled one goes on when that one has waited, even if it
// then gives up. The clock may stand still.
func TestThrottledCallsLetOthersGoOn(t *testing.T) {
	for _, refused := range []int32{5, 200} {
		var calls atomic.Int32
		client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if calls.Add(1) <= refused {
				w.Header().Set("Retry-After", "100")
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			_, _ = w.Write([]byte("{}"))
		})
		var wg sync.WaitGroup
		var failed atomic.Int32
		for range 60 {
			wg.Go(func() {
				if err := client.Call(t.Context(), "system", "whoami", nil, nil); err != nil {
					failed.Add(1)
				}
			})
		}
		wg.Wait()
		if client.pace.closed || client.pace.active != 0 || refused == 5 && failed.Load() > 0 {
			t.Errorf("%d failed, closed %v, %d under way", failed.Load(), client.pace.closed, client.pace.active)
		}
	}
}
