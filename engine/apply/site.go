package apply

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"syscall"

	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/internal/guard"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
)

// site is one destination in a run: it gathers changes into batches and hands
// them to its lanes.
type site struct {
	*Target
	r       *run
	address string
	lanes   []*lane
	queue   chan *batch
	open    sync.Mutex // guards book, graves and clock
	clock   *error     // what speaks against removals by this program's clock; nil: not asked yet
	graves  *bool      // copies were removed here before; nil: not looked at yet
	book    book
	proved  record.Evidence // what was read back; guarded by mu

	leaving sync.Mutex
	left    map[string]bool // rows that end in this run and leave their bytes to others; guarded by leaving

	mu      sync.Mutex
	idle    *sync.Cond      // a batch ended
	busy    map[string]bool // objects of batches under way
	current *batch
	limit   int
	stopped error // nothing more is done here
}

// lane takes batches one after another. Its chain of segments is its own.
type lane struct {
	name  string
	chain *catalogue.Chain
}

func newSite(r *run, address string, t *Target) *site {
	s := &site{Target: t, r: r, address: address, busy: map[string]bool{}, left: map[string]bool{}, current: newBatch(), limit: minBatchChanges}
	s.idle = sync.NewCond(&s.mu)
	for i := range r.Parallelism {
		s.lanes = append(s.lanes, &lane{name: "w" + strconv.Itoa(i+1)})
	}
	return s
}

// start begins a pass.
func (s *site) start(ctx context.Context, wg *sync.WaitGroup) {
	s.queue = make(chan *batch)
	for _, l := range s.lanes {
		wg.Go(func() {
			defer guard.Recover()
			for b := range s.queue {
				s.carry(ctx, l, b)
				s.release(b)
			}
		})
	}
}

// end sends what is left and lets the lanes end.
func (s *site) end(ctx context.Context) {
	s.flush(ctx)
	close(s.queue)
}

// offer adds a change to the batch that is being gathered.
func (s *site) offer(ctx context.Context, c *plan.Change) error {
	if s.dead() {
		return nil // counted as left by the totals
	}
	s.await(c)
	if !s.current.add(c) {
		s.flush(ctx)
		s.await(c)
		s.current.add(c)
	}
	if s.current.size-s.current.light >= s.limit || s.current.size >= maxBatchChanges || s.current.bytes >= maxBatchBytes*int64(s.limit)/maxBatchChanges {
		s.flush(ctx)
		s.limit = min(2*s.limit, maxBatchChanges)
	}
	return nil
}

// await waits until no batch under way has an object of the change.
func (s *site) await(c *plan.Change) {
	id, from := objectID(&c.Object), formerID(c)
	s.mu.Lock()
	for s.busy[id] || from != "" && s.busy[from] {
		s.idle.Wait()
	}
	s.mu.Unlock()
}

// flush hands the gathered batch to a lane; it waits for a free one.
func (s *site) flush(ctx context.Context) {
	b := s.current
	if b.size == 0 {
		return
	}
	s.current = newBatch()
	b.n = s.r.batchN.Add(1)
	s.mu.Lock()
	for id := range b.objects() {
		s.busy[id] = true
	}
	s.mu.Unlock()
	select {
	case s.queue <- b:
	case <-ctx.Done():
		s.release(b)
	}
}

func (s *site) release(b *batch) {
	s.mu.Lock()
	for id := range b.objects() {
		delete(s.busy, id)
	}
	s.idle.Broadcast()
	s.mu.Unlock()
}

// carry does one batch. An error ends the destination, not the run.
func (s *site) carry(ctx context.Context, l *lane, b *batch) {
	if ctx.Err() != nil || s.dead() {
		return
	}
	if err := s.carryOut(ctx, l, b); err != nil && ctx.Err() == nil {
		s.fail(err)
	}
}

func (s *site) dead() bool { return s.why() != nil }

// buried tells whether copies were ever removed here: only then can an object
// that the state has no copy of have had versions before.
func (s *site) buried(ctx context.Context) (bool, error) {
	s.open.Lock()
	defer s.open.Unlock()
	if s.graves == nil {
		any := false
		for _, err := range s.r.Journal.Tombstones(ctx, s.Name) {
			if err != nil {
				return false, inJournal("read tombstones", err)
			}
			any = true
			break
		}
		s.graves = &any
	}
	return *s.graves, nil
}

// digs says that a copy leaves its number from now on.
func (s *site) digs() {
	s.open.Lock()
	defer s.open.Unlock()
	yes := true
	s.graves = &yes
}

// prove counts the copies that this run read back whole.
func (s *site) prove(events []record.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range events {
		switch e := &events[i]; e.Op {
		case record.OpCopy, record.OpAdopt, record.OpVerify:
			// A copy that only changed its owner was not read.
			if e.Copy.Status == record.Verified && e.Copy.VerifiedAt == e.At.UnixMilli() {
				s.proved.Objects++
				s.proved.Bytes += e.Copy.Size
				s.proved.Method = both(s.proved.Method, e.Copy.VerifyMethod)
			}
		}
	}
}

// journalError marks what ends the whole run: the state cannot be written.
type journalError struct{ err error }

func (e *journalError) Error() string { return e.err.Error() }
func (e *journalError) Unwrap() error { return e.err }

func inJournal(step string, err error) error {
	if err == nil {
		return nil
	}
	return &journalError{fmt.Errorf("journal: %s: %w", step, err)}
}

// fail stops the destination; others go on. Its head stays open: a lane's chain
// may count a segment that was not written, and a manifest must not name it. A failure of the journal stops all.
func (s *site) fail(err error) {
	s.mu.Lock()
	again := s.stopped != nil
	s.stopped = err
	s.mu.Unlock()
	if isJournal(err) {
		s.r.halt(err)
	} else if !again {
		s.r.stop(stopDiagnostic(s.address, err))
	}
}

// why is what stopped the destination; nil if nothing did.
func (s *site) why() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

// fatal tells errors that no other object would be spared.
func fatal(err error) bool {
	return errors.Is(err, storage.ErrNoSpace) || errors.Is(err, storage.ErrReadOnly) ||
		errors.Is(err, storage.ErrUnreachable) || errors.Is(err, syscall.ENOSPC)
}

func stopDiagnostic(address string, err error) diag.Diagnostic {
	d := diag.Diagnostic{Severity: diag.Error, Address: address}
	const kept = " What was done so far is recorded, nothing is half there, and the next apply carries on."
	switch {
	case errors.Is(err, storage.ErrNoSpace) || errors.Is(err, syscall.ENOSPC):
		d.Code, d.Summary = "destination_full", "Destination is full"
		d.Detail = fmt.Sprintf("%s has no space left (%v). Free some space or add a destination.", address, err)
	case errors.Is(err, storage.ErrReadOnly):
		d.Code, d.Summary = "destination_read_only", "Destination is read-only"
		d.Detail = fmt.Sprintf("%s cannot be written (%v). Mount it writable, or give this user the right to write.", address, err)
	case errors.Is(err, storage.ErrUnreachable):
		d.Code, d.Summary = "destination_unreachable", "Destination cannot be reached"
		d.Detail = fmt.Sprintf("%s did not answer (%v). Look at its mount or its network.", address, err)
	case errors.Is(err, storage.ErrPermission):
		d.Code, d.Summary = "destination_permission", "Destination refuses access"
		d.Detail = fmt.Sprintf("%s may not be written by this user (%v).", address, err)
	default:
		d = diag.FromError(err, "destination_failed", "Destination failed")
		d.Address = address
		d.Detail = fmt.Sprintf("Writing to %s failed: %s.", address, d.Detail)
	}
	d.Detail += kept
	return d
}
