package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/record"
)

// Fold is what an event makes of a copy's row: the row as the event has it,
// whatever it was before, or nil once the copy expired or became another
// object's. So the last event wins, and folding one twice changes nothing.
func Fold(_ *record.Copy, e record.Event) *record.Copy {
	if e.Copy == nil || ended(&e) {
		return nil
	}
	return e.Copy
}

func ended(e *record.Event) bool {
	return e.Copy != nil && (e.Op == record.OpExpire || e.Op == record.OpMove || e.Copy.Status == record.Expired)
}

// fold brings rows, tombstones, holds and evidence up to date with events; with
// merge, see Outcome.
func (u *unit) fold(ctx context.Context, events []record.Event, merge bool) error {
	last, err := lastEvents(events)
	if err != nil {
		return err
	}
	var rows []*record.Copy
	for _, e := range last {
		if row := Fold(nil, *e); row != nil {
			rows = append(rows, row)
		} else if err := u.bury(ctx, e); err != nil {
			return err
		}
	}
	if merge {
		if err := u.mergeRows(ctx, rows); err != nil {
			return err
		}
	}
	if err := u.upsert(ctx, rows); err != nil {
		return err
	}
	return u.foldRest(ctx, events, merge)
}

// foldRest takes in what events say besides copies.
func (u *unit) foldRest(ctx context.Context, events []record.Event, merge bool) error {
	hold := u.setHold
	if merge {
		hold = u.mergeHold
	}
	for i := range events {
		e := &events[i]
		var errs [3]error
		if e.Hold != nil {
			errs[0] = hold(ctx, e.Hold)
		}
		if e.Tombstone != nil {
			errs[1] = u.addTombstone(ctx, e.Tombstone)
		}
		if e.Evidence != nil {
			errs[2] = u.addEvidence(ctx, e.Evidence)
		}
		if err := errors.Join(errs[:]...); err != nil {
			return err
		}
	}
	return nil
}

// lastEvents gives the last event of each copy, in key order: the database
// then writes neighbouring rows together.
func lastEvents(events []record.Event) ([]*record.Event, error) {
	list := make([]*record.Event, 0, len(events))
	for i := range events {
		if err := events[i].Validate(); err != nil {
			return nil, fmt.Errorf("event %d: %w", i, err)
		}
		if events[i].Copy != nil {
			list = append(list, &events[i])
		}
	}
	slices.SortStableFunc(list, func(a, b *record.Event) int { return compareCopies(a.Copy, b.Copy) })
	kept := list[:0]
	for i, e := range list {
		if i+1 == len(list) || compareCopies(e.Copy, list[i+1].Copy) != 0 {
			kept = append(kept, e)
		}
	}
	return kept, nil
}

// compareCopies is the order of the primary key.
func compareCopies(a, b *record.Copy) int {
	if c := strings.Compare(a.Source, b.Source); c != 0 {
		return c
	}
	if c := strings.Compare(a.Path, b.Path); c != 0 {
		return c
	}
	if c := strings.Compare(a.Destination, b.Destination); c != 0 {
		return c
	}
	return a.Seq - b.Seq
}

// upsertRows is how many rows one statement records.
const upsertRows = 50

func (u *unit) upsert(ctx context.Context, rows []*record.Copy) error {
	args := make([]any, 0, upsertRows*copyPlaces)
	for len(rows) > 0 {
		n, stmt := 1, u.s.upsertOne
		if len(rows) >= upsertRows {
			n, stmt = upsertRows, u.s.upsertMany
		}
		args = args[:0]
		for _, c := range rows[:n] {
			var err error
			if args, err = u.appendArgs(ctx, args, c); err != nil {
				return fmt.Errorf("copy of %q: %w", c.Path, err)
			}
		}
		values := args
		if packed, ok := alike(args); ok && n == upsertRows {
			values, stmt = packed, u.s.upsertAlike
		}
		if err := execStmt(ctx, u.tx, stmt, values); err != nil {
			return fmt.Errorf("record copies: %w", err)
		}
		rows = rows[n:]
	}
	return nil
}

func execStmt(ctx context.Context, tx *sql.Tx, stmt *sql.Stmt, args []any) error {
	_, err := tx.StmtContext(ctx, stmt).ExecContext(ctx, args...)
	return err
}

// appendArgs appends the values of a row in the order of copyInsertColumns.
func (u *unit) appendArgs(ctx context.Context, args []any, c *record.Copy) ([]any, error) {
	p, err := u.pack(ctx, c)
	if err != nil {
		return nil, err
	}
	var extra any
	if p.extra != nil {
		extra = string(p.extra)
	}
	return append(args,
		c.Source, []byte(c.Path), c.Destination, int64(c.Seq), p.facts, int64(p.facts[1]), int64(p.facts[2]), c.Size, c.MTime,
		c.CopiedAt, c.VerifiedAt, c.SupersededAt, c.GoneAt, int64(c.RetainUntil), c.RetiredAt, p.claims, p.holds,
		p.key, c.ID, p.digest, p.method, p.reason, p.run, extra, p.tier, c.TieredAt), nil
}

// packed is a copy as columns have it.
type packed struct {
	factWords
	method, reason, run, tier int64
	facts, key, digest, extra []byte
}

func (u *unit) pack(ctx context.Context, c *record.Copy) (p packed, err error) {
	for _, w := range [...]struct {
		id   *int64
		word string
	}{
		{&p.destination, c.Destination},
		{&p.claims, u.lists[0].word(c.Claims)},
		{&p.holds, u.lists[1].word(c.Holds)},
		{&p.class, c.Class},
		{&p.lockMode, c.LockMode},
		{&p.method, c.VerifyMethod},
		{&p.reason, c.TermReason},
		{&p.run, c.Run},
	} {
		if *w.id, err = u.words.id(ctx, w.word); err != nil {
			return p, err
		}
	}
	if p.facts, err = appendFacts(make([]byte, 0, 64), c, p.factWords); err != nil {
		return p, err
	}
	if c.Tier != "" {
		code, _ := codeOf(tiers, c.Tier) // facts has it already
		p.tier = int64(code)
	}
	p.key, p.digest, p.extra = packKey(c), packDigest(c.Digest), record.AppendExtra(nil, c)
	return p, nil
}
