package apply

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// Settlement is what Settle found and did.
type Settlement struct {
	Intents  int64 // open intents of runs that died
	Recorded int64 // copies and removals that had come about, and are recorded now
	Dropped  int64 // intents that nothing had come of
	Left     int64 // intents that stay open, because their destination is not there or not ours
	Swept    int   // temporary objects of dead attempts
	Problems []Problem
}

// Settle brings journal, destinations and state together after a run that died:
// for each open intent it looks at what lies at the destination. An object that
// is whole is recorded; one that is not there is dropped; catalogue files and
// heads with the digest that the journal names are ours. What dead attempts
// left under temporary names is swept.
//
// A place that is not, or not certainly, the destination that the state knows
// is left alone, as an unmounted disk must be: its intents stay open, nothing
// there is swept, and a problem says so, even where Allowed lets a run go on.
//
// The caller holds the lease. Settle needs run, sites, journal and clock of the
// request; it may itself be killed, and is then run again. With an empty journal
// it only sweeps, and writes nothing.
func Settle(ctx context.Context, req Request) (Settlement, error) {
	req.Changes = func(func(*plan.Change, error) bool) {}
	req.Run += "-settle" // its catalogue files are not those of the run that follows
	r, err := newRun(req)
	if err != nil {
		return Settlement{}, err
	}
	ctx, r.halt = context.WithCancelCause(ctx)
	defer r.halt(nil)
	st := &settler{r: r, theirs: map[string]bool{}}
	if err := st.journal(ctx); err != nil {
		return st.result, err
	}
	for _, s := range r.ordered() {
		if st.theirs[s.Name] {
			continue
		}
		if err := s.close(ctx, nil); err != nil {
			return st.result, fmt.Errorf("settle %s: %w", s.address, err)
		}
		n, err := s.Driver.Sweep(ctx, func(string) bool { return false })
		st.result.Swept += n
		if err != nil {
			return st.result, fmt.Errorf("sweep %s: %w", s.address, err)
		}
	}
	return st.result, nil
}

type settler struct {
	r      *run
	theirs map[string]bool // destinations, by name, that are left alone
	result Settlement
}

// journal settles heads first, because nothing can be written before it is
// known which is the highest; then one batch after another. Batches are bounded,
// and so is the number that a run can leave open.
func (st *settler) journal(ctx context.Context) error {
	batches, err := st.open(ctx)
	if err != nil {
		return err
	}
	if err := st.tellApart(ctx, batches); err != nil {
		return err
	}
	var rest [][]Intent
	for _, batch := range batches {
		if s := st.site(batch[0].Destination); s == nil || st.theirs[s.Name] {
			st.result.Left += int64(len(batch))
			continue
		}
		own, err := st.own(ctx, batch)
		if err != nil {
			return err
		}
		if !own {
			rest = append(rest, batch)
		}
	}
	for _, batch := range rest {
		if err := st.batch(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// open reads the journal by batch. A run that was resumed may have given one
// number to batches of two destinations.
func (st *settler) open(ctx context.Context) (batches [][]Intent, err error) {
	for i, err := range st.r.Journal.OpenIntents(ctx) {
		if err != nil {
			return nil, inJournal("read open intents", err)
		}
		last := len(batches) - 1
		if last < 0 || !sameBatch(&batches[last][0], &i) {
			batches = append(batches, nil)
			last++
		}
		batches[last] = append(batches[last], i)
	}
	return batches, nil
}

func sameBatch(a, b *Intent) bool {
	return a.Run == b.Run && a.Batch == b.Batch && a.Destination == b.Destination
}

// own settles a batch that wrote nothing but marker, heads and what closing
// heads name. A file that got its name is ours; a head is then the state's.
func (st *settler) own(ctx context.Context, intents []Intent) (bool, error) {
	first := &intents[0]
	s := st.site(first.Destination)
	out := Outcome{Run: first.Run, N: first.Batch, Destination: s.Name, Clean: true}
	for i := range intents {
		in := &intents[i]
		switch in.Kind {
		case state.IntentMarker, state.IntentHead:
			head, err := st.head(ctx, s, in)
			if err != nil {
				return true, err
			}
			if head != nil {
				out.Head = head
			}
		case state.IntentManifest, state.IntentCheckpoint, state.IntentAudit:
		default:
			return false, nil
		}
	}
	st.result.Intents += int64(len(intents))
	return true, inJournal("settle", st.r.Journal.Commit(ctx, out))
}

// batch settles the intents of one batch. What its catalogue segments say came
// about first; then what lies at the destination speaks for itself.
func (st *settler) batch(ctx context.Context, intents []Intent) error {
	first := &intents[0]
	s := st.site(first.Destination)
	st.result.Intents += int64(len(intents))
	known, events, err := st.segments(ctx, s, intents)
	if err != nil {
		return err
	}
	found, err := st.look(ctx, s, intents, known, events)
	if err != nil {
		return err
	}
	return st.record(ctx, s, Outcome{
		Run: first.Run, N: first.Batch, Destination: s.Name, Events: events, Clean: proofs(events) && len(found) == 0,
	}, found)
}

// look finds out what came of the acts that no segment tells of.
func (st *settler) look(ctx context.Context, s *site, intents []Intent, known map[string]bool, told []record.Event) (found []record.Event, err error) {
	var shifts, rights []*Intent
	for i := range intents {
		in := &intents[i]
		switch {
		case in.Kind == state.IntentRevoke:
			if !tells(told, in.Key) {
				rights = append(rights, in)
			}
		case in.Copy == nil:
		case known[rowOf(in.Copy)]:
			st.result.Recorded++
		case in.Kind == state.IntentArchive || in.Kind == state.IntentUnarchive:
			shifts = append(shifts, in)
		default:
			more, err := st.object(ctx, s, in)
			if err != nil {
				return nil, err
			}
			found = append(found, more...)
		}
	}
	moved, err := st.tiers(ctx, s, shifts)
	if err != nil {
		return nil, err
	}
	taken, err := st.rights(ctx, s, rights)
	return append(append(found, moved...), taken...), err
}

// record writes what no segment has into the catalogue, and then ends the batch.
func (st *settler) record(ctx context.Context, s *site, out Outcome, found []record.Event) error {
	if len(found) > 0 {
		if err := s.claim(ctx); err != nil {
			return err
		}
		n := st.r.batchN.Add(1)
		if err := s.publish(ctx, s.lanes[0], n, s.attempt(n), found); err != nil {
			return err
		}
	}
	return inJournal("settle", st.r.Journal.Commit(ctx, out))
}

func (st *settler) site(name string) *site {
	return st.r.siteNamed(name)
}

// rowOf names a row.
func rowOf(c *record.Copy) string {
	return fmt.Sprintf("%s\x00%s\x00%d", c.Source, c.Path, c.Seq)
}

// segments reads the catalogue segments of the batch that got their name: what
// they say came about, because a segment is written after what it records.
func (st *settler) segments(ctx context.Context, s *site, intents []Intent) (known map[string]bool, events []record.Event, err error) {
	known = map[string]bool{}
	for i := range intents {
		in := &intents[i]
		if in.Kind != state.IntentSegment {
			continue
		}
		more, err := st.segment(ctx, s, in)
		if err != nil {
			return nil, nil, err
		}
		for _, e := range more {
			if e.Copy != nil {
				known[rowOf(e.Copy)] = true
			}
		}
		events = append(events, more...)
	}
	return known, events, nil
}

func (st *settler) segment(ctx context.Context, s *site, in *Intent) ([]record.Event, error) {
	ours, err := st.ours(ctx, s, in)
	if !ours || err != nil {
		return nil, err
	}
	r, _, err := s.Driver.Open(ctx, in.Key)
	if err != nil {
		return nil, fmt.Errorf("settle %s: %w", in.Key, err)
	}
	defer r.Close()
	var events []record.Event
	for e, err := range catalogue.ReadSegment(r) {
		if err != nil {
			return nil, fmt.Errorf("settle %s: %w", in.Key, err)
		}
		events = append(events, e)
	}
	return events, nil
}

// ours tells whether what lies at an intent's key is what was to be written.
func (st *settler) ours(ctx context.Context, s *site, in *Intent) (bool, error) {
	r, o, err := s.Driver.Open(ctx, in.Key)
	if errors.Is(err, storage.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("settle %s: %w", in.Key, err)
	}
	defer r.Close()
	err = compare(r, in.Digest, o.Size)
	if errors.Is(err, errMismatch) {
		return false, nil
	}
	return err == nil, err
}

// object settles a copy or a removal by what lies at its key.
func (st *settler) object(ctx context.Context, s *site, in *Intent) ([]record.Event, error) {
	rows, err := st.rows(ctx, s, in)
	if err != nil {
		return nil, err
	}
	at := st.r.Clock.Now()
	if in.Kind == state.IntentRemove {
		return st.removed(ctx, s, in, rows, at)
	}
	return st.copied(ctx, s, in, rows, at)
}

// rows are those of an intent's object at its destination.
func (st *settler) rows(ctx context.Context, s *site, in *Intent) (versions, error) {
	all, err := st.r.Journal.Object(ctx, in.Copy.Source, in.Copy.Path)
	if err != nil {
		return nil, inJournal("read "+in.Copy.Path, err)
	}
	var rows versions
	for _, row := range all {
		if row.Destination == s.Name {
			rows = rows.put(row)
		}
	}
	return rows, nil
}

func (st *settler) copied(ctx context.Context, s *site, in *Intent, rows versions, at time.Time) ([]record.Event, error) {
	r, o, err := s.Driver.Open(ctx, in.Key)
	if errors.Is(err, storage.ErrNotExist) {
		st.result.Dropped++
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("settle %s: %w", in.Key, err)
	}
	defer r.Close()
	row := *in.Copy
	if err := compare(r, row.Digest, row.Size); errors.Is(err, errMismatch) {
		// The key was taken before ours could get it.
		st.problem(s, in, Foreign, err)
		st.result.Dropped++
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("settle %s: %w", in.Key, err)
	}
	if had := rows.bySeq(row.Seq); had != nil {
		return nil, nil // recorded by an outcome that this intent outlived
	}
	row.Status, row.ID = record.Verified, o.ID
	row.VerifiedAt, row.VerifyMethod = at.UnixMilli(), method(s.Driver)
	rows = rows.put(row)
	now := rows.bySeq(row.Seq)
	st.r.Terms.retain(now, rows)
	events := []record.Event{event(record.OpCopy, now, at, st.r.Run)}
	st.result.Recorded++
	return append(events, st.r.Terms.supersede(rows, now, nil, at, st.r.Run)...), nil
}

func (st *settler) removed(ctx context.Context, s *site, in *Intent, rows versions, at time.Time) ([]record.Event, error) {
	row := rows.bySeq(in.Copy.Seq)
	if row == nil {
		return nil, nil
	}
	o, err := s.Driver.Stat(ctx, in.Key)
	switch {
	case err == nil && (row.ID == "" || o.ID == row.ID):
		st.result.Dropped++
		return nil, nil // nothing came of it: the next plan proposes it again
	case err != nil && !errors.Is(err, storage.ErrNotExist):
		return nil, fmt.Errorf("settle %s: %w", in.Key, err)
	}
	row.Status = record.Expired
	st.result.Recorded++
	return []record.Event{event(record.OpExpire, row, at, st.r.Run)}, nil
}

// head tells whether a marker or head of the dead run got its name; then it is
// ours and the state's.
func (st *settler) head(ctx context.Context, s *site, in *Intent) (*Head, error) {
	ours, err := st.ours(ctx, s, in)
	if err != nil || !ours {
		return nil, err
	}
	marker, err := catalogue.ReadMarker(ctx, Files(s.Driver))
	if err != nil {
		return nil, fmt.Errorf("settle %s: %w", in.Key, err)
	}
	if in.Kind == state.IntentMarker {
		return &Head{Destination: s.Name, MarkerID: marker.ID}, nil
	}
	n, err := strconv.ParseInt(strings.TrimPrefix(in.Key, catalogue.HeadPrefix), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("settle %s: %w", in.Key, err)
	}
	head, err := catalogue.ReadHead(ctx, Files(s.Driver), n)
	if err != nil {
		return nil, fmt.Errorf("settle %s: %w", in.Key, err)
	}
	row := headRow(s.Name, head)
	return &row, nil
}

func (st *settler) problem(s *site, in *Intent, what What, err error) {
	st.name(Problem{
		Destination: s.Name, Source: in.Copy.Source, Path: in.Copy.Path, Key: in.Key, What: what, Detail: err.Error(),
	})
}

func (st *settler) name(p Problem) {
	if len(st.result.Problems) < maxProblems {
		st.result.Problems = append(st.result.Problems, p)
	}
}
