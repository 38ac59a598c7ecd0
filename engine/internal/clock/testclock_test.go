//go:build testclock

package clock

import (
	"testing"
	"time"
)

func TestSystemTakesTheVariable(t *testing.T) {
	t.Setenv("BACKSTAY_NOW", "2031-05-06T07:08:09+02:00")
	want := time.Date(2031, 5, 6, 5, 8, 9, 0, time.UTC)
	if got := System().Now(); !got.Equal(want) {
		t.Fatalf("Now() = %v, want %v", got, want)
	}
}

func TestSystemRefusesABadVariable(t *testing.T) {
	t.Setenv("BACKSTAY_NOW", "tomorrow")
	defer func() {
		if recover() == nil {
			t.Fatal("a bad time was accepted")
		}
	}()
	System()
}
