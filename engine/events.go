package engine

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/restore"
	"github.com/backstay/backstay/engine/verify"
	"github.com/backstay/backstay/plan"
)

// runID names a run: the moment it began and enough chance that no two on any
// machine share it.
func (e *Engine) runID() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return e.clock.Now().UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(b[:])
}

// The events of the packages below become the façade's.

func (e *Engine) applyEvent(v apply.Event) {
	kinds := map[apply.EventKind]EventKind{
		apply.Progress: Progress, apply.Item: Item, apply.Skipped: Skipped, apply.Trouble: Trouble,
	}
	out := Event{
		Kind: kinds[v.Kind], At: v.At, Phase: "apply", Objects: v.Objects, Bytes: v.Bytes,
		TotalObjects: v.Expect.Objects, TotalBytes: v.Expect.Bytes, Failed: v.Failed,
	}
	if v.Change != nil {
		out.Address, out.Action, out.Path = v.Change.Address, string(v.Change.Action), v.Change.Object.Path
	}
	if p := v.Problem; p != nil {
		out.Address, out.Path, out.Err, out.Message = p.Destination, p.Path, p.Detail, string(p.What)
	}
	e.watch.Event(out)
}

func (e *Engine) verifyEvent(v verify.Event) {
	out := Event{
		Kind: Progress, At: v.At, Phase: "verify", Objects: v.Objects, Bytes: v.Bytes,
		TotalObjects: v.Expect.Objects, TotalBytes: v.Expect.Bytes, Failed: v.Failed,
	}
	if p := v.Problem; p != nil {
		out.Kind, out.Address, out.Path, out.Err, out.Message = Trouble, p.Destination, p.Path, p.Detail, p.What
	}
	e.watch.Event(out)
}

func (e *Engine) restoreEvent(v restore.Event) {
	out := Event{
		Kind: Progress, At: v.At, Phase: "restore", Objects: v.Objects, Bytes: v.Bytes,
		TotalObjects: expected(v.Expect).Objects, TotalBytes: expected(v.Expect).Bytes, Failed: v.Failed,
	}
	if p := v.Problem; p != nil {
		out.Kind, out.Address, out.Path, out.Err, out.Message = Trouble, p.Destination, p.Path, p.Detail, string(p.What)
	}
	e.watch.Event(out)
}

// expected is the total of a phase, or -1 where nobody counted.
func expected(c plan.Count) plan.Count {
	if c == (plan.Count{}) {
		return plan.Count{Objects: -1, Bytes: -1}
	}
	return c
}

// notice tells the user a sentence.
func (e *Engine) notice(format string, args ...any) {
	e.watch.Event(Event{Kind: Notice, At: e.clock.Now(), Message: fmt.Sprintf(format, args...)})
}

// watching counts a phase and tells the observer about it now and then.
type watching struct {
	e              *Engine
	phase          string
	last           time.Time
	objects, bytes int64
}

func (e *Engine) watching(phase string) *watching {
	w := &watching{e: e, phase: phase, last: e.clock.Now()}
	w.tell(PhaseStart)
	return w
}

// tellEvery is how many objects pass between two looks at the clock.
const tellEvery = 8192

func (w *watching) step(bytes int64) {
	w.objects++
	w.bytes += bytes
	if w.objects%tellEvery != 0 {
		return
	}
	if now := w.e.clock.Now(); now.Sub(w.last) >= time.Second {
		w.last = now
		w.tell(Progress)
	}
}

func (w *watching) end() { w.tell(PhaseEnd) }

func (w *watching) tell(k EventKind) {
	w.e.watch.Event(Event{
		Kind: k, At: w.e.clock.Now(), Phase: w.phase, Objects: w.objects, Bytes: w.bytes,
		TotalObjects: -1, TotalBytes: -1,
	})
}
