//go:build testclock

package fault

import "os"

// A program built for tests takes its faults from outside.
func init() {
	if spec := os.Getenv("BACKSTAY_FAULT"); spec != "" {
		if _, err := Arm(spec); err != nil {
			panic("BACKSTAY_FAULT: " + err.Error())
		}
	}
}
