package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/restore"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// A restore test of what is archived brings its sample back, tests it, and
// archives it again. It waits without the lease: others may write meanwhile.

// woken is what a drill brought back.
type woken struct {
	rows    []record.Copy              // as they were on record
	samples map[string]map[string]bool // by backup plan and destination
}

// of counts what had to come back for one backup plan's test at a place.
func (w *woken) of(b *schema.Backup, place string) (n int) {
	for i := range w.rows {
		if c := &w.rows[i]; c.Destination == place && claimedBy(c, b.Addr.String()) {
			n++
		}
	}
	return n
}

// wakeSamples chooses samples of destinations with tiers, and brings back what
// lies in a cold one. All are asked for before any is waited for.
func (e *Engine) wakeSamples(ctx context.Context, l *loaded, r DrillRequest) (*woken, diag.List) {
	got := &woken{samples: map[string]map[string]bool{}}
	st, ds := e.openState(ctx, l.cfg, state.Options{ReadOnly: true})
	if st == nil {
		return got, nil // whoever writes says why, or migrates it
	}
	defer e.closing("state", st.Close)
	stores, closeAll, _ := e.openForReading(ctx, l.cfg, "")
	defer closeAll()
	a := &asking{e: e, l: l, command: "drill", strict: true}
	s := &sleeper{e: e, st: st, stores: stores, a: a, r: r, seed: e.runID(), got: got}
	for _, leave := range []bool{true, false} {
		err := s.wakeAll(ctx, drilled(l.cfg, r), leave)
		if err = errors.Join(err, a.close(ctx)); err != nil {
			ds = append(ds, problem(err, "unarchive_failed", "Copies could not be brought back from the archive", runAgain))
			break
		}
	}
	got.rows = a.woken
	return got, ds
}

// sleeper wakes samples.
type sleeper struct {
	e      *Engine
	st     *state.State
	stores map[string]storage.Destination
	a      *asking
	r      DrillRequest
	seed   string
	got    *woken
}

func (s *sleeper) wakeAll(ctx context.Context, backups []*schema.Backup, leave bool) error {
	for _, b := range backups {
		for _, c := range b.Copies {
			if err := s.wake(ctx, b, c.To.Instance(), leave); err != nil {
				return fmt.Errorf("%s: %w", c.To, err)
			}
		}
	}
	return nil
}

func (s *sleeper) wake(ctx context.Context, b *schema.Backup, place string, leave bool) (err error) {
	store := s.stores[place]
	if _, tiered := storage.Ability[storage.Tiered](store); !tiered {
		return nil
	}
	key := b.Addr.String() + "\x00" + place
	if s.got.samples[key] == nil {
		if s.got.samples[key], err = sampleOf(ctx, s.st, b, place, s.r, s.seed); err != nil {
			return err
		}
	}
	w := s.a.waker(ctx, s.r.Rate)
	if w.Leave, w.AllAsked = leave, nil; !leave {
		w.Announce = nil // it was
	}
	_, err = restore.Wake(ctx, restore.Request{
		Sources: []restore.Source{{Name: b.Source.Instance(), Copies: s.st.Copies(ctx, b.Source.Instance())}},
		Stores:  map[string]storage.Destination{place: store}, Clock: s.e.clock,
		Want: func(c *record.Copy) bool { return s.got.samples[key][c.Path] },
	}, w)
	return err
}

// drilled are the backup plans that a request tests.
func drilled(cfg *schema.Configuration, r DrillRequest) []*schema.Backup {
	return slices.DeleteFunc(slices.Clone(cfg.Backups), func(b *schema.Backup) bool {
		if r.Backup != "" {
			return backupAddress(r.Backup) != b.Addr.String()
		}
		return b.RestoreTest == nil
	})
}

// archiveAgain puts back into the archive what the drill brought back.
func (d *drilling) archiveAgain() diag.List {
	if d.ctx.Err() != nil {
		return nil
	}
	var ds diag.List
	for _, p := range d.places.list {
		rows := slices.DeleteFunc(slices.Clone(d.woken.rows), func(c record.Copy) bool { return c.Destination != p.name })
		for group := range slices.Chunk(rows, adoptBatch) {
			if err := d.archiveGroup(p, group); err != nil {
				ds = append(ds, diag.Diagnostic{
					Severity: diag.Warning, Code: "archive_again", Summary: "Copies are still live",
					Detail:  fmt.Sprintf("%d copies that were brought back for this restore test could not be archived again (%v). A plan proposes it after %s.", len(group), err, rested()),
					Address: p.address,
				})
			}
		}
	}
	return ds
}

func (d *drilling) archiveGroup(p *place, rows []record.Copy) error {
	if p.driver == nil || p.brake != "" {
		return fmt.Errorf("%s is not as the state knows it", p.address)
	}
	driver, ok := storage.Ability[storage.Tiered](p.driver)
	if !ok {
		return fmt.Errorf("%s has no tiers any more", p.address)
	}
	objects := make([]storage.Object, len(rows))
	for i := range rows {
		objects[i] = storage.Object{Key: rows[i].Key, ID: rows[i].ID, Size: rows[i].Size}
	}
	refused := driver.Archive(d.ctx, objects)
	tiers, err := driver.Tiers(d.ctx, objects)
	if err != nil {
		return err
	}
	var events []record.Event
	for i := range rows {
		row, err := d.unchanged(d.ctx, &rows[i])
		if err != nil {
			return err
		}
		if row == nil || tiers[i] == "" || tiers[i] == storage.TierLive {
			continue // it is proposed again by a plan
		}
		now := d.e.clock.Now()
		row.Tier, row.TieredAt, row.Run = string(tiers[i]), now.UnixMilli(), d.runID
		events = append(events, record.Event{Op: record.OpArchive, At: now, Run: d.runID, Copy: row})
	}
	if len(events) > 0 {
		if err := d.recorder.Found(d.ctx, p.name, events, false); err != nil {
			return err
		}
	}
	return refused
}
