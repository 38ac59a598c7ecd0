// Package view shows what commands have to say: one small interface per command
// with two implementations, text for people and JSON for programs.
//
// In go the engine's results, diagnostics and events; out go lines on two
// streams. What was asked for goes to Output.Out, everything else to Output.Err.
// Text is rendered from the same values that JSON is made of, so the two cannot
// disagree. Lists of changes are streamed and never collected. The package
// decides nothing, asks nothing but the one question of Confirm, and never ends
// the program.
package view

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// FormatVersion is the version of every JSON document and line. Within one
// major version they only gain members.
const FormatVersion = "1.0"

// Stream is one output of the program.
type Stream struct {
	W        io.Writer
	Terminal bool // a person watches
	Color    bool // and colours are welcome
	Width    int  // columns; 0 unknown, then lines are not wrapped
}

// Output is where a command may write. It is safe for use by several
// goroutines: the progress line and everything else share one lock.
type Output struct {
	Out, Err Stream
	JSON     bool

	mu   sync.Mutex
	line int // columns of the progress line that stands on the terminal
}

// text collects the lines of one answer, so that it is written at once and a
// failed write is seen once.
type text struct {
	bytes.Buffer
	s *Stream
}

func (t *text) printf(format string, args ...any) { fmt.Fprintf(&t.Buffer, format, args...) }

// flush writes the text to its stream and empties it.
func (o *Output) flush(t *text) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.erase()
	_, err := t.WriteTo(t.s.W)
	return err
}

// Write is one write to standard output, past the progress line.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.erase()
	return o.Out.W.Write(p)
}

// Message prints one sentence for the user on the error stream.
func (o *Output) Message(format string, args ...any) {
	t := &text{s: &o.Err}
	t.printf(format+"\n", args...)
	_ = o.flush(t) // nowhere left to say that the error stream is gone
}

// Prompt prints a question on the error stream and leaves the cursor behind it.
func (o *Output) Prompt(question string) {
	t := &text{s: &o.Err}
	t.printf("\n%s", question)
	_ = o.flush(t) // a question that nobody sees is answered by nobody
}

// ErrorWriter is the error stream for loggers, past the progress line.
func (o *Output) ErrorWriter() io.Writer { return errorWriter{o} }

type errorWriter struct{ o *Output }

func (w errorWriter) Write(p []byte) (int, error) {
	w.o.mu.Lock()
	defer w.o.mu.Unlock()
	w.o.erase()
	return w.o.Err.W.Write(p)
}
