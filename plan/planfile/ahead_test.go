package planfile

import (
	"bytes"
	"errors"
	"runtime"
	"testing"
)

// A caller that has seen enough leaves nothing running behind.
func TestReadingCanStop(t *testing.T) {
	b := write(t, 5000)
	r, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	for n := range 50 {
		seen := 0
		for range r.Changes() {
			if seen++; seen > n*7 {
				break
			}
		}
	}
	// A goroutine that was waited for has told so and may not be gone yet.
	for n := 0; runtime.NumGoroutine() > before && n < 10_000; n++ {
		runtime.Gosched()
	}
	if now := runtime.NumGoroutine(); now > before {
		t.Errorf("%d goroutines were left", now-before)
	}
}

// What is wrong with one line ends the stream there, after all that came before
// it, wherever in a block it lies.
func TestDecodingEndsAtTheFirstBadLine(t *testing.T) {
	for _, bad := range []int{0, 1, 99, 500, 999} {
		lines := func(yield func([]byte, error) bool) {
			for i := range 1000 {
				line := change(i).AppendJSON(nil)
				if i == bad {
					line = line[:len(line)-1]
				}
				if !yield(line, nil) {
					return
				}
			}
		}
		seen, failed := 0, error(nil)
		for _, err := range decode(lines) {
			if err != nil {
				failed = err
				break
			}
			seen++
		}
		if seen != bad || !errors.Is(failed, ErrDamaged) {
			t.Errorf("line %d is bad: %d changes, then %v", bad, seen, failed)
		}
	}
}

// A bug in reading is a panic of the caller's goroutine, which has who answers
// for it.
func TestPanicReachesTheCaller(t *testing.T) {
	lines := func(yield func([]byte, error) bool) {
		yield(change(1).AppendJSON(nil), nil)
		panic("a bug")
	}
	defer func() {
		if p := recover(); p != "a bug" {
			t.Errorf("recovered %v", p)
		}
	}()
	for c, err := range decode(lines) {
		t.Log(c, err)
	}
}
