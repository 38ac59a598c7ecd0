package diff

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/scope"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// source is the merge of one source: its inventory, the recorded copies, and
// what the backup plans that read it ask for.
type source struct {
	d        *run
	name     string
	addr     string
	backups  []*backup
	claims   []*claim
	archives []*archive
	totals   plan.SourceTotals
	loss     float64 // strictest limits of its backup plans
	change   float64

	owned map[string]*owners
	known map[mask]*want
	last  *want

	rows    rowStream
	bad     badStream
	present storage.Entry
	stack   []*folder // live folders above the present entry, outermost first
	spare   []*folder
	g       group // of the present entry; its buffers are used again
}

func (s *source) run() error {
	s.rows.start(s.d.r.Recorded(s.name), s.name)
	defer s.rows.stop()
	s.bad.start(s.d.r.Deviations, s.name)
	defer s.bad.stop()
	if inventory := s.d.r.Inventories(s.name); inventory != nil {
		if err := s.merge(inventory); err != nil {
			return err
		}
	} else if len(s.backups) > 0 {
		return fmt.Errorf("source %s is read by %s and was not listed", s.name, s.backups[0].addr)
	}
	for s.rows.row != nil {
		if err := s.vanished(s.rows.row.Path); err != nil {
			return err
		}
	}
	if err := s.leave(""); err != nil {
		return err
	}
	return s.rows.err
}

func (s *source) merge(inventory iter.Seq2[storage.Entry, error]) error {
	before, n := "", 0
	for e, err := range inventory {
		if err != nil {
			return fmt.Errorf("listing source %s: %w", s.name, err)
		}
		if e.Path <= before {
			return fmt.Errorf("listing source %s: %q comes after %q: the driver lists out of order, which is a bug in it", s.name, e.Path, before)
		}
		before = e.Path
		if n++; n%4096 == 0 && s.d.ctx.Err() != nil {
			return s.d.ctx.Err()
		}
		if s.rows.err != nil {
			return s.rows.err
		}
		for s.rows.row != nil && s.rows.row.Path < e.Path {
			if err := s.vanished(s.rows.row.Path); err != nil {
				return err
			}
		}
		s.present = e
		if err := s.object(); err != nil {
			return err
		}
	}
	return s.d.ctx.Err()
}

// vanished handles recorded copies whose object is not in the inventory.
func (s *source) vanished(path string) error {
	if err := s.rows.checkPath(); err != nil {
		return err
	}
	if err := s.leave(path); err != nil {
		return err
	}
	g := &s.g
	g.reset(s, nil)
	if err := s.take(g, path); err != nil {
		return err
	}
	g.object = objectOf(&g.rows[len(g.rows)-1])
	pair, err := s.d.from.at(s.name, path)
	if err != nil {
		return err
	}
	if pair != nil {
		g.handOver(pair)
	}
	if len(g.rows) == 0 {
		return nil
	}
	if err := g.settle(s.wants(&mask{})); err != nil {
		return err
	}
	return g.offerGone()
}

// take reads the rows of a path, and what a deep refresh says of them.
func (s *source) take(g *group, path string) error {
	for s.rows.row != nil && s.rows.row.Path == path {
		g.rows = append(g.rows, *s.rows.row)
		s.rows.step()
	}
	if s.rows.err != nil {
		return s.rows.err
	}
	return s.bad.apply(g, path)
}

// special counts a file that cannot be copied, and names the first of them.
func (s *source) special(e *storage.Entry) {
	s.totals.Special++
	if len(s.totals.SpecialFirst) < plan.MaxSpecial {
		s.totals.SpecialFirst = append(s.totals.SpecialFirst, plan.Special{Path: strings.Clone(e.Path), Kind: specialKind(e.Mode)})
	}
}

// specialKind reads the type bits of a mode, which is 0 where the system has none.
func specialKind(mode uint32) string {
	switch mode & 0o170000 {
	case 0o140000:
		return "socket"
	case 0o010000:
		return "pipe"
	case 0o020000, 0o060000:
		return "device"
	}
	return "special file"
}

// object compares the present entry.
func (s *source) object() error {
	e := &s.present
	if err := s.leave(e.Path); err != nil {
		return err
	}
	g := &s.g
	g.reset(s, e)
	if e.Kind == storage.Special {
		s.special(e)
		g.entry = nil
	}
	if err := s.take(g, e.Path); err != nil {
		return err
	}
	g.object = scope.ObjectOf(e)
	if g.entry == nil {
		if len(g.rows) == 0 {
			return nil
		}
		return g.settle(s.wants(&mask{}))
	}
	var m mask
	s.match(g, &m)
	if e.Kind == storage.Directory {
		return s.enter(g, &m)
	}
	if m.empty() && len(g.rows) == 0 {
		return s.inPlace(g, false)
	}
	if err := s.reach(&m); err != nil {
		return err
	}
	w := s.wants(&m)
	if g.unchanged(w) {
		return s.inPlace(g, false)
	}
	if len(g.rows) == 0 {
		if err := s.arrived(g, w); err != nil {
			return err
		}
	}
	if err := g.settle(w); err != nil {
		return err
	}
	return s.inPlace(g, g.moving)
}

// arrived looks where a new object may have been before.
func (s *source) arrived(g *group, w *want) (err error) {
	if g.pair, err = s.d.to.at(s.name, g.entry.Path); err != nil || g.pair != nil {
		return err
	}
	return g.offerNew(w)
}

// match asks every backup plan for the object of the group and counts it.
func (s *source) match(g *group, m *mask) {
	in, excluded, file := false, false, g.entry.Kind == storage.File
	for _, b := range s.backups {
		d := b.match.Match(&g.object)
		if d.In {
			in = true
			m.add(&b.bits)
			if g.class == "" {
				g.class = d.Class
			}
			if file {
				b.includes[max(0, d.Include)].Add(g.entry.Size)
			}
		} else if d.Exclude != nil && d.Exclude.Reason != "" {
			excluded = true
		}
	}
	if len(s.d.plans.retires) > 0 {
		s.voided(m, &g.object)
	}
	if !file {
		return
	}
	s.totals.Live.Add(g.entry.Size)
	switch {
	case in:
		s.totals.InScope.Add(g.entry.Size)
	case excluded:
		s.totals.Excluded.Add(g.entry.Size)
	default:
		g.bare = true
		s.totals.Uncovered.Add(g.entry.Size)
	}
}

// folder is a folder above the present entry. It is wanted by who wants
// anything below it; done are the claims that it was compared for.
type folder struct {
	g     group
	entry storage.Entry
	done  mask
	was   []*destination // those it was compared for
}

// enter puts a folder on the stack, and compares it at once for the backup
// plans that match it.
func (s *source) enter(g *group, m *mask) error {
	var f *folder
	if n := len(s.spare); n > 0 {
		f, s.spare = s.spare[n-1], s.spare[:n-1]
	} else {
		f = new(folder)
	}
	f.entry, f.done, f.was = *g.entry, mask{}, f.was[:0]
	f.g.reset(s, &f.entry)
	f.g.object, f.g.class = g.object, g.class
	f.g.rows = append(f.g.rows, g.rows...)
	f.g.bad = append(f.g.bad, g.bad...)
	s.stack = append(s.stack, f)
	return s.reach(m)
}

// reach makes sure that the folders above an object in scope are compared for
// its claims.
func (s *source) reach(m *mask) error {
	for _, f := range s.stack {
		if m.within(&f.done) {
			continue
		}
		fresh := f.done
		fresh.add(m)
		f.done = fresh
		if err := f.compare(s.wants(&fresh), false); err != nil {
			return err
		}
	}
	return nil
}

// leave takes the folders off the stack that path is not in, and settles what
// nobody below them asked for.
func (s *source) leave(path string) error {
	for n := len(s.stack); n > 0; n = len(s.stack) {
		f := s.stack[n-1]
		if path != "" && strings.HasPrefix(path, f.entry.Path) {
			return nil
		}
		s.stack = s.stack[:n-1]
		if len(f.g.rows) > 0 {
			if err := f.compare(s.wants(&f.done), true); err != nil {
				return err
			}
		}
		s.spare = append(s.spare, f)
	}
	return nil
}

// compare settles a folder at the destinations of a want that it was not
// compared for yet; at the end, at all others that have a row of it.
func (f *folder) compare(w *want, rest bool) error {
	f.g.skip, f.g.part, f.g.rest = f.was, !rest, rest
	if !rest && f.g.unchanged(w) {
		f.note(w)
		return nil
	}
	err := f.g.settle(w)
	f.note(w)
	return err
}

func (f *folder) note(w *want) {
	for i := range w.dests {
		if !slices.Contains(f.was, w.dests[i].dest) {
			f.was = append(f.was, w.dests[i].dest)
		}
	}
}
