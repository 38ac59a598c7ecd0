// Package guard ends the program in order when a goroutine panics.
//
// Go ends a program whose goroutine panics with exit code 2, which here means
// that a plan proposes changes. A goroutine that begins with
//
//	defer guard.Recover()
//
// ends it with 1, a failure, and with the stack on standard error. Ending at
// any instruction is safe: the journal is made for it. The package never lets a
// panic pass as an error: what a broken invariant left behind is not to be used.
package guard

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

// Recover ends the program if its caller's goroutine panics. It must be
// deferred itself, not called from a deferred function.
func Recover() {
	if cause := recover(); cause != nil {
		report(os.Stderr, cause, debug.Stack())
		os.Exit(1)
	}
}

func report(w io.Writer, cause any, stack []byte) {
	// The program is about to end; there is nobody left to tell about a
	// broken standard error.
	_, _ = fmt.Fprintf(w, "panic: %v\n\nThis is a bug in Backstay. Nothing is lost: the next run carries on.\n\n%s", cause, stack)
}
