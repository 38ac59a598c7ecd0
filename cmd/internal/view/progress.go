package view

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/backstay/backstay/engine"
)

// How often progress is told where no terminal shows one line that moves.
const (
	firstProgress = 5 * time.Second
	nextProgress  = 10 * time.Second
)

// Progress tells a person how a long operation gets on, on the error stream.
// Single objects that were skipped or failed are counted here and named in the
// result. It is an engine.Observer.
type Progress struct {
	o *Output

	mu    sync.Mutex
	began time.Time // of the phase
	last  engine.Event
	told  time.Time // when the last line was written
	spoke bool      // in this phase
}

var _ engine.Observer = (*Progress)(nil)

// NewProgress gives an observer that writes to the output's error stream.
func NewProgress(o *Output) *Progress { return &Progress{o: o} }

// Event takes one event. Its own time is the clock here.
func (p *Progress) Event(e engine.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Kind {
	case engine.PhaseStart:
		p.began, p.told, p.spoke, p.last = e.At, e.At, false, e
	case engine.Progress:
		p.progress(&e)
	case engine.PhaseEnd:
		p.end(&e)
	case engine.Notice:
		p.o.Message("%s", clean(e.Message))
	}
}

func (p *Progress) progress(e *engine.Event) {
	p.last = *e
	if p.began.IsZero() {
		p.began, p.told = e.At, e.At
	}
	if p.o.Err.Terminal {
		p.o.draw(status(e, e.At.Sub(p.began)))
		return
	}
	wait := nextProgress
	if !p.spoke {
		wait = firstProgress
	}
	if e.At.Sub(p.told) >= wait {
		p.told, p.spoke = e.At, true
		p.o.Message("%s", status(e, e.At.Sub(p.began)))
	}
}

// end closes a phase: where it was talked about, the totals that it reached are
// the last word.
func (p *Progress) end(e *engine.Event) {
	if !p.spoke {
		p.o.mu.Lock()
		p.o.erase()
		p.o.mu.Unlock()
		return
	}
	elapsed := e.At.Sub(p.began)
	p.last.TotalObjects, p.last.TotalBytes = -1, -1
	p.o.Message("%s, done in %s", status(&p.last, elapsed), span(elapsed))
	p.spoke = false
}

// status is one line on how far a phase is.
func status(e *engine.Event, elapsed time.Duration) string {
	var b strings.Builder
	b.WriteString(e.Phase)
	if e.Address != "" {
		b.WriteString(" " + clean(e.Address))
	}
	b.WriteString(": " + ratio(e.Objects, e.TotalObjects, number) + " objects")
	if e.Bytes > 0 || e.TotalBytes > 0 {
		b.WriteString(", " + ratio(e.Bytes, e.TotalBytes, size))
	}
	b.WriteString(pace(e, elapsed))
	if e.Failed > 0 {
		b.WriteString(", " + number(e.Failed) + " failed")
	}
	return b.String()
}

func ratio(n, of int64, show func(int64) string) string {
	if of < 0 || of == 0 && n > 0 {
		return show(n)
	}
	return show(n) + " of " + show(of)
}

// pace is the rate so far, and the time that is left at that rate where a total
// is known. Bytes decide where there are any.
func pace(e *engine.Event, elapsed time.Duration) string {
	seconds := elapsed.Seconds()
	if seconds < 1 {
		return ""
	}
	n, of, unit := e.Objects, e.TotalObjects, "/s"
	show := func(n int64) string { return number(n) }
	if e.Bytes > 0 && e.TotalBytes != 0 {
		n, of, show = e.Bytes, e.TotalBytes, size
	}
	rate := float64(n) / seconds
	text := ", " + show(int64(rate)) + unit
	if of > n && rate > 0 {
		left := time.Duration(float64(of-n) / rate * float64(time.Second))
		text += fmt.Sprintf(", %s left", span(left))
	}
	return text
}
