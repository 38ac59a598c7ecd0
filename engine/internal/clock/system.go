//go:build !testclock

package clock

import "time"

// TestClock tells whether the program was built for tests, with a clock that
// can be set from outside. Such a program says so on every run.
const TestClock = false

type system struct{ waiter }

// System is the machine's clock.
func System() Clock { return system{} }

func (system) Now() time.Time { return time.Now().UTC() }
