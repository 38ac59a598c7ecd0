package diff

import (
	"cmp"
	"fmt"
	"iter"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/schema/addr"
)

// rowStream is the recorded copies of one source, one row ahead. It checks
// their order: a merge of unsorted streams would call objects vanished.
type rowStream struct {
	next   func() (*record.Copy, error, bool)
	stop   func()
	source string
	row    *record.Copy // nil at the end
	err    error

	path, destination string // of the row
	seq               int
}

func (s *rowStream) start(rows iter.Seq2[*record.Copy, error], source string) {
	s.source = source
	if rows == nil {
		s.stop = func() {}
		return
	}
	s.next, s.stop = iter.Pull2(rows)
	s.step()
}

func (s *rowStream) step() {
	row, err, ok := s.next()
	switch {
	case !ok:
		s.row = nil
		return
	case err != nil:
		s.row, s.err = nil, fmt.Errorf("reading copies of source %s: %w", s.source, err)
		return
	}
	if row.Path == s.path {
		if c := cmp.Or(cmp.Compare(row.Destination, s.destination), cmp.Compare(row.Seq, s.seq)); c <= 0 {
			s.refuse(row, "comes twice or out of order")
			return
		}
	} else if row.Path < s.path {
		s.refuse(row, "comes out of order")
		return
	}
	if row.Source != s.source {
		s.refuse(row, "is of source "+row.Source)
		return
	}
	s.row, s.path, s.destination, s.seq = row, row.Path, row.Destination, row.Seq
}

// checkPath refuses a path that no source could have listed. It is asked for
// rows whose path the inventory does not have too.
func (s *rowStream) checkPath() error {
	if row := s.row; !addr.CheckPath(row.Path) {
		s.refuse(row, "has a path that leads out of its source")
	}
	return s.err
}

func (s *rowStream) refuse(row *record.Copy, why string) {
	s.row = nil
	s.err = fmt.Errorf("reading copies of source %s: the copy of %q at %s, version %d, %s: the state is damaged", s.source, row.Path, row.Destination, row.Seq, why)
}

// badStream is what a deep refresh found, one deviation ahead.
type badStream struct {
	next func() (Deviation, error, bool)
	stop func()
	one  Deviation
	more bool
	err  error
}

func (s *badStream) start(of func(string) iter.Seq2[Deviation, error], source string) {
	s.stop = func() {}
	if of == nil {
		return
	}
	if found := of(source); found != nil {
		s.next, s.stop = iter.Pull2(found)
		s.step(source)
	}
}

func (s *badStream) step(source string) {
	before := s.one
	s.one, s.err, s.more = s.next()
	if s.err != nil {
		s.err, s.more = fmt.Errorf("comparing the copies of source %s with their destinations: %w", source, s.err), false
		return
	}
	if s.more && cmp.Or(cmp.Compare(s.one.Path, before.Path), cmp.Compare(s.one.Destination, before.Destination), cmp.Compare(s.one.Seq, before.Seq)) <= 0 {
		s.err, s.more = fmt.Errorf("comparing the copies of source %s with their destinations: %q comes out of order", source, s.one.Path), false
	}
}

// apply notes on the rows of a path what was found of them.
func (s *badStream) apply(g *group, path string) error {
	for s.more && s.one.Path <= path {
		if s.one.Path == path {
			g.note(&s.one)
		}
		s.step(g.s.name)
	}
	return s.err
}
