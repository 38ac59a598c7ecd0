package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/backstay/backstay/engine/internal/fault"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// InPlaceEvidence is the kind of evidence that says what an archive block moved
// at a source: Backup is the block's address, Detail source and action.
const InPlaceEvidence = "in_place"

// Sources keep no catalogue, and what was moved there is seen in their next
// listing: so that nothing is journalled, and a run that died is carried on by
// the next plan.

// mover gathers changes in place, of one block and direction, up to a call.
type mover struct {
	r     *run
	kinds map[string][]*plan.Change
	order []string
	dead  bool
}

// block is the address of the archive block that a change in place is of.
func block(c *plan.Change) string {
	name, _, _ := strings.Cut(c.Address, "[")
	return name
}

func (m *mover) offer(ctx context.Context, c *plan.Change) error {
	if m.dead {
		return nil // counted as left by the totals
	}
	kind := block(c) + "\x00" + c.Object.Source + "\x00" + string(c.Action)
	if m.kinds == nil {
		m.kinds = map[string][]*plan.Change{}
	}
	if len(m.kinds[kind]) == 0 {
		m.order = append(m.order, kind)
	}
	m.kinds[kind] = append(m.kinds[kind], c)
	if len(m.kinds[kind]) < maxBatchChanges {
		return nil
	}
	return m.flush(ctx)
}

// over tells whether nothing more is moved here.
func (m *mover) over(ctx context.Context) bool { return m.dead || ctx.Err() != nil }

// flush moves what is gathered.
func (m *mover) flush(ctx context.Context) error {
	order, kinds := m.order, m.kinds
	m.order, m.kinds = nil, nil
	for _, kind := range order {
		if m.over(ctx) {
			return nil
		}
		err := m.carry(ctx, kinds[kind])
		if isJournal(err) {
			return err
		}
		if err != nil && ctx.Err() == nil {
			m.dead = true
			d := stopDiagnostic("source."+kinds[kind][0].Object.Source, err)
			d.Summary = strings.Replace(d.Summary, "Destination", "Source", 1)
			m.r.stop(d)
		}
	}
	return nil
}

// carry asks for one group and looks at what came of it.
func (m *mover) carry(ctx context.Context, list []*plan.Change) error {
	driver, ok := m.r.Sources[list[0].Object.Source].(storage.Tiered)
	if !ok {
		for _, c := range list {
			m.fail(c, Unsupported, fmt.Errorf("this source cannot %s", c.Action))
		}
		return nil
	}
	list, err := m.proved(ctx, list)
	if err != nil || len(list) == 0 {
		return err
	}
	objects := make([]storage.Object, len(list))
	for i, c := range list {
		objects[i] = storage.Object{Key: c.Object.Path, ID: c.Object.ID, Size: c.Object.Size}
	}
	refused := m.ask(ctx, driver, list[0], objects)
	if fatal(refused) {
		return refused
	}
	if err := fault.Point("inplace.asked"); err != nil {
		return err
	}
	tiers, err := driver.Tiers(ctx, objects)
	if err != nil {
		return fmt.Errorf("look at tiers: %w", err)
	}
	var done []*plan.Change
	e := record.Evidence{Kind: InPlaceEvidence, Backup: block(list[0]), Method: "read-back", Outcome: "pass", Detail: list[0].Object.Source + ": " + string(list[0].Action)}
	for i, c := range list {
		switch {
		case tiers[i] == "":
			m.r.skipped(Problem{Source: c.Object.Source, Path: c.Object.Path, What: Moved, Detail: storage.ErrNotExist.Error()})
		case came(c.Action, tiers[i]):
			done = append(done, c)
			e.Objects++
			e.Bytes += c.Object.Size
		default:
			e.Failed++
			m.fail(c, Unwritten, fmt.Errorf("it is still %s: %w", tiers[i], orSilent(refused)))
		}
	}
	return m.tell(ctx, e, done)
}

func (m *mover) ask(ctx context.Context, driver storage.Tiered, first *plan.Change, objects []storage.Object) error {
	if first.Action == plan.Unarchive {
		return driver.Unarchive(ctx, objects, "")
	}
	if !m.r.AllCopies[block(first)] {
		return driver.Archive(ctx, objects)
	}
	all, ok := driver.(storage.AllCopies)
	if !ok {
		return errors.New("this source cannot archive copies in other places")
	}
	return all.ArchiveAll(ctx, objects)
}

// proved leaves out what lost a verified copy since the plan: what is archived
// cannot be copied again.
func (m *mover) proved(ctx context.Context, list []*plan.Change) (kept []*plan.Change, err error) {
	for _, c := range list {
		if c.Action == plan.Archive && c.Remaining > 0 {
			rows, err := m.r.Journal.Object(ctx, c.Object.Source, c.Object.Path)
			if err != nil {
				return nil, inJournal("read "+c.Object.Path, err)
			}
			n := 0
			for i := range rows {
				if rows[i].Current() && rows[i].Status == record.Verified {
					n++
				}
			}
			if n < c.Remaining {
				m.r.skipped(Problem{
					Source: c.Object.Source, Path: c.Object.Path, What: Refused,
					Detail: fmt.Sprintf("%d verified copies are on record, %d when it was planned", n, c.Remaining),
				})
				continue
			}
		}
		kept = append(kept, c)
	}
	return kept, nil
}

func (m *mover) tell(ctx context.Context, e record.Evidence, done []*plan.Change) error {
	if e.Failed > 0 {
		e.Outcome = "fail"
	}
	e.At, e.Run = m.r.Clock.Now().UnixMilli(), m.r.Run
	err := m.r.Journal.Commit(ctx, Outcome{Run: m.r.Run, N: m.r.batchN.Add(1), Evidence: []record.Evidence{e}})
	if err != nil {
		return inJournal("record what was moved in place", err)
	}
	m.r.done(done)
	return nil
}

func (m *mover) fail(c *plan.Change, what What, err error) {
	n := m.r.failed(Problem{Source: c.Object.Source, Path: c.Object.Path, What: what, Detail: err.Error()})
	if n >= int64(m.r.Budget) {
		m.r.halt(errBudget)
	}
}
