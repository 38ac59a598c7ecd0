package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// Recorder records events that no plan asked for, such as damage that a
// verification found, in state and catalogue alike. It is used by one goroutine
// and closed at the end.
type Recorder struct {
	r    *run
	errs []error // of evidence that a catalogue did not take
}

// NewRecorder makes a recorder of a request's run, destinations, journal and
// clock; its changes are not looked at. The caller holds the lease.
func NewRecorder(req Request) (*Recorder, error) {
	req.Changes, req.Parallelism = func(func(*plan.Change, error) bool) {}, 1
	r, err := newRun(req)
	if err != nil {
		return nil, err
	}
	r.halt = func(error) {}
	return &Recorder{r: r}, nil
}

// open gives an open destination by instance name, or nil.
func (rec *Recorder) open(destination string) *site {
	return rec.r.siteNamed(destination)
}

func (rec *Recorder) site(destination string) (*site, error) {
	if s := rec.open(destination); s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("destination %q was not opened; this is a bug in the caller", destination)
}

// Found records events about copies at a destination, by instance name. Clean
// ones, which confirm what is known, go to the state alone and leave its serial
// as it is; others also go into the destination's catalogue.
func (rec *Recorder) Found(ctx context.Context, destination string, events []record.Event, clean bool) error {
	s, err := rec.site(destination)
	if err != nil {
		return err
	}
	if clean {
		n := rec.r.batchN.Add(1)
		return inJournal("record", rec.r.Journal.Commit(ctx, Outcome{
			Run: rec.r.Run, N: n, Destination: s.Name, Events: events, Clean: true,
		}))
	}
	return rec.publish(ctx, s, events)
}

// Renew has the run end with a checkpoint at a destination, so that whatever is
// damaged in its catalogue is not read again.
func (rec *Recorder) Renew(ctx context.Context, destination string) error {
	s, err := rec.site(destination)
	if err != nil {
		return err
	}
	if err := s.claim(ctx); err != nil {
		s.fail(err)
		return err
	}
	s.book.renew = true
	return nil
}

// publish writes events into catalogue and state. What fails once is over: the
// next segment could not follow one that is not there.
func (rec *Recorder) publish(ctx context.Context, s *site, events []record.Event) error {
	if err := s.why(); err != nil {
		return fmt.Errorf("%s stopped before: %w", s.address, err)
	}
	err := s.claim(ctx)
	if err == nil {
		n := rec.r.batchN.Add(1)
		err = s.publish(ctx, s.lanes[0], n, s.attempt(n), events)
	}
	if err != nil {
		s.fail(err)
	}
	return err
}

// Evidence records evidence. Where the run writes into the destination's
// catalogue anyway, it goes there too; a restore test always does, so that a
// rebuilt state still has it. A destination that takes no writes, or was never
// written to, leaves it to the state; any other failure to write it there is
// told by Close. The serial stays as it is.
func (rec *Recorder) Evidence(ctx context.Context, e record.Evidence) error {
	s, err := rec.bookOf(ctx, e)
	if err != nil {
		return err
	}
	if s != nil {
		err := rec.publish(ctx, s, []record.Event{proof(e)})
		if err == nil || isJournal(err) {
			return err
		}
		if !errors.Is(err, storage.ErrReadOnly) && !errors.Is(err, storage.ErrPermission) {
			rec.errs = append(rec.errs, fmt.Errorf("%s: evidence is in the state alone: %w", s.address, err))
		}
	}
	return inJournal("record evidence", rec.r.Journal.Commit(ctx, Outcome{
		Run: rec.r.Run, N: rec.r.batchN.Add(1), Destination: e.Destination,
		Evidence: []record.Evidence{e}, Clean: true,
	}))
}

// bookOf gives the destination whose catalogue is to tell of a piece of evidence;
// nil if none is.
func (rec *Recorder) bookOf(ctx context.Context, e record.Evidence) (*site, error) {
	s := rec.open(e.Destination)
	if s == nil || s.dead() {
		return nil, nil // it is not there, or took no more before
	}
	if s.book.head != nil {
		return s, nil
	}
	heads, err := rec.r.Journal.Heads(ctx)
	if err != nil {
		return nil, inJournal("read heads", err)
	}
	if _, ours := heads[e.Destination]; !ours || e.Kind != "restore_test" {
		return nil, nil
	}
	return s, nil
}

// proof is the event that tells of a piece of evidence.
func proof(e record.Evidence) record.Event {
	return record.Event{Op: record.OpEvidence, At: time.UnixMilli(e.At), Run: e.Run, Evidence: &e}
}

// Close closes the heads that were opened, but those of destinations where
// recording failed: the next run settles them.
func (rec *Recorder) Close(ctx context.Context) error {
	errs := rec.errs
	for _, s := range rec.r.ordered() {
		if err := s.close(ctx, nil); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.address, err))
		}
	}
	return errors.Join(errs...)
}
