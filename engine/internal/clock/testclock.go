//go:build testclock

package clock

import (
	"os"
	"time"
)

// TestClock tells whether the program was built for tests, with a clock that
// can be set from outside. Such a program says so on every run.
const TestClock = true

type system struct {
	waiter
	at time.Time // zero: the machine's own time
}

// System is the clock that BACKSTAY_NOW sets (RFC 3339), which then stands
// still; without the variable it is the machine's. A value that cannot be read
// ends the program: a test that ran at another time than it meant would prove
// nothing.
func System() Clock {
	text := os.Getenv("BACKSTAY_NOW")
	if text == "" {
		return system{}
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic("BACKSTAY_NOW is not an RFC 3339 time: " + text)
	}
	return system{at: at.UTC()}
}

func (s system) Now() time.Time {
	if s.at.IsZero() {
		return time.Now().UTC()
	}
	return s.at
}
