package verify

import (
	"context"
	"time"

	"github.com/backstay/backstay/engine/internal/guard"
	"github.com/backstay/backstay/engine/record"
)

// collector gathers the findings of one destination into batches.
type collector struct {
	v       *verifier
	t       Target
	method  string
	whole   []record.Event // only confirm
	changed []record.Event
	count   record.Evidence
	left    bool // some were not read, because they are archived
	refused bool // by the sink, which is then asked no more
}

func (c *collector) take(ctx context.Context, f finding) error {
	c.v.count(c.t.Name, f)
	if f.what == archived {
		return c.leave(ctx, f)
	}
	c.count.Objects++
	c.count.Bytes += f.row.Size
	if f.what != "" {
		c.count.Failed++
	}
	at := c.v.Clock.Now()
	op, changed := f.apply(at, c.method)
	if !changed && f.what != "" {
		return nil // recorded as bad before, or nothing is known
	}
	return c.note(ctx, op, at, &f.row, f.back(at) || changed)
}

// note gathers the event of a row; changed ones go into the catalogue.
func (c *collector) note(ctx context.Context, op record.Op, at time.Time, row *record.Copy, changed bool) error {
	row.Run = c.v.Run
	list := &c.whole
	if changed {
		list = &c.changed
	}
	*list = append(*list, record.Event{Op: op, At: at, Run: c.v.Run, Copy: row})
	if len(*list) >= maxBatch {
		return c.flush(ctx)
	}
	return nil
}

// apply puts a finding into the row and tells whether its status changed, or the
// object that holds it: one with the recorded key, size and digest is the copy,
// on whichever disk it lies now, and a removal will want its id. What lies in
// quarantine stays there; its status before tells what it was.
func (f *finding) apply(at time.Time, method string) (record.Op, bool) {
	status := &f.row.Status
	if *status == record.Retired {
		status = &f.row.RetiredFrom
	}
	was := *status
	switch f.what {
	case "":
		*status = record.Verified
		f.row.VerifiedAt, f.row.VerifyMethod = at.UnixMilli(), method
		moved := f.id != "" && f.id != f.row.ID
		if moved {
			f.row.ID = f.id
		}
		return record.OpVerify, moved || was == record.Damaged || was == record.Missing || was == record.Written
	case "damaged":
		*status = record.Damaged
	case "missing":
		*status = record.Missing
	}
	return record.OpDamage, *status != was
}

// flush sends what is gathered, damage first.
func (c *collector) flush(ctx context.Context) error {
	for _, list := range []*[]record.Event{&c.changed, &c.whole} {
		if len(*list) == 0 || c.refused {
			continue
		}
		if err := c.v.Sink.Found(ctx, c.t.Name, *list, list == &c.whole); err != nil {
			c.refused = true
			return err
		}
		*list = nil
	}
	return nil
}

// close sends the rest, and the evidence of what was read, if anything was.
func (c *collector) close(ctx context.Context, narrowed bool) error {
	if err := c.flush(ctx); err != nil || c.count.Objects == 0 {
		return err
	}
	e := c.count
	if narrowed || c.left {
		e.Detail = record.Partial
	}
	e.Kind, e.Run, e.Destination, e.Method, e.Outcome = "verify", c.v.Run, c.t.Name, c.method, "pass"
	e.At = c.v.Clock.Now().UnixMilli()
	if e.Failed > 0 {
		e.Outcome = "fail"
	}
	return c.v.Sink.Evidence(ctx, e)
}

// count adds a finding to the result and tells of it if it is a problem.
func (v *verifier) count(destination string, f finding) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.objects++
	v.bytes += f.row.Size
	switch f.what {
	case "":
		v.result.Verified.Add(f.row.Size)
		return
	case "damaged":
		v.result.Damaged.Add(f.row.Size)
	case "missing":
		v.result.Missing.Add(f.row.Size)
	case archived:
		v.result.Archived.Add(f.row.Size)
		return
	default:
		v.result.Failed.Add(f.row.Size)
	}
	p := Problem{
		Destination: destination, Source: f.row.Source, Path: f.row.Path, Key: f.row.Key,
		What: f.what, Detail: f.err.Error(),
	}
	if len(v.result.Problems) < maxProblems {
		v.result.Problems = append(v.result.Problems, p)
	}
	v.tell(Event{Problem: &p})
}

// tell is called with mu held.
func (v *verifier) tell(e Event) {
	if v.Observe == nil {
		return
	}
	r := &v.result
	e.At, e.Objects, e.Bytes, e.Expect = v.Clock.Now(), v.objects, v.bytes, v.Expect
	e.Failed = r.Damaged.Objects + r.Missing.Objects + r.Failed.Objects
	v.Observe(e)
}

func (v *verifier) sum() Result {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.result
}

// report tells of progress until the returned function is called, which waits.
func (v *verifier) report() (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer guard.Recover()
		defer close(ended)
		tick := time.NewTicker(reportEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-done:
				return
			}
			v.mu.Lock()
			v.tell(Event{})
			v.mu.Unlock()
		}
	}()
	return func() { close(done); <-ended }
}
