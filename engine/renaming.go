package engine

import (
	"path/filepath"

	"github.com/backstay/backstay/engine/diff"
	"github.com/backstay/backstay/engine/renames"
)

// movedObjects ends an attempt at a plan that found that objects were moved at
// their source: the next one is given the pairs.
type movedObjects struct{ pairs *renames.Pairs }

func (m *movedObjects) Error() string { return "objects were moved at their source" }

// searching looks, while a plan is made, for objects that were moved or renamed
// at their source. Once it found some the plan is made again with the pairs: that
// costs a second listing, and saves the copies.
type searching struct {
	finder *renames.Finder // nil: nothing is looked for
	pairs  *renames.Pairs  // nil: none are known
}

// searching begins. Where no object is on record there is nothing that moved, and a
// plan of some objects alone does not see what became of the others.
func (p *planning) searching(recorded []string, pairs *renames.Pairs) *searching {
	s := &searching{pairs: pairs}
	if pairs == nil && len(recorded) > 0 && len(p.r.Targets)+len(p.r.Excludes) == 0 {
		s.finder = renames.New(filepath.Dir(statePath(p.l.cfg)))
	}
	return s
}

func (s *searching) unpaired() func(*renames.Object) error {
	if s.finder == nil {
		return nil
	}
	return s.finder.Add
}

func (s *searching) renamed() (r diff.Renames) {
	if s.pairs != nil {
		r.To, r.From = s.pairs.To(), s.pairs.From()
	}
	return r
}

// end tells by its error that the plan is to be made again.
func (s *searching) end() error {
	if s.finder == nil {
		return nil
	}
	pairs, err := s.finder.Pair()
	if err != nil || pairs == nil {
		return err
	}
	return &movedObjects{pairs}
}

// close lets go of what was spilled; what could not be removed is a file beside the
// state that nobody reads.
func (s *searching) close() {
	if s.finder != nil {
		_ = s.finder.Close()
	}
}
