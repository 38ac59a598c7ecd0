package sorted

import (
	"errors"
	"iter"
	"slices"
)

// Options say how Sort works on a type.
type Options[T any] struct {
	// Dir is where values are spilled: a folder that is there, on a disk with
	// room for all of them. Files in it are removed at the end; a killed
	// process leaves some named "sorted-*.spill".
	Dir string
	// Memory bounds what is held, in the units of Size. 0 takes 32 MiB.
	Memory int64
	// Compare is the order.
	Compare func(a, b T) int
	// Size is how many bytes a value holds.
	Size func(v T) int64
	// Append encodes a value after dst; Decode reads it back. b is used again
	// once Decode has returned.
	Append func(dst []byte, v T) []byte
	Decode func(b []byte) (T, error)
}

// fanIn is how many runs are merged to a larger one. It bounds the open files
// to a few dozen and makes the work n log n.
const fanIn = 16

// Sort gives the values of a stream in order; equal ones as they came. The
// first error, of the stream or of a spill, ends it.
func Sort[T any](in iter.Seq2[T, error], o Options[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		s := newSorter(o)
		err := s.fill(in)
		if err == nil {
			err = s.emit(yield)
		}
		// A spill that cannot be removed is told, unless nobody listens any more.
		if err = errors.Join(err, s.close()); err != nil && !errors.Is(err, errDone) {
			fail(yield, err)
		}
	}
}

// Sorter sorts values that come one by one, where Sort asks for a stream. It is
// used by one goroutine.
type Sorter[T any] struct{ s sorter[T] }

// New makes a sorter. Whoever makes one closes it.
func New[T any](o Options[T]) *Sorter[T] { return &Sorter[T]{newSorter(o)} }

// Add takes in one value.
func (s *Sorter[T]) Add(v T) error { return s.s.add(v) }

// All gives the values in order; equal ones as they came. It is called once, and
// nothing is added any more.
func (s *Sorter[T]) All() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		slices.SortStableFunc(s.s.values, s.s.Compare)
		if err := s.s.emit(yield); err != nil && !errors.Is(err, errDone) {
			fail(yield, err)
		}
	}
}

// Close removes what was spilled. A second call does nothing.
func (s *Sorter[T]) Close() error {
	err := s.s.close()
	s.s.levels, s.s.values = nil, nil
	return err
}

var errDone = errors.New("consumer is done")

// sorter holds what fits in memory and knows the runs that did not. Runs of
// level n+1 were merged from runs of level n; older runs come first.
type sorter[T any] struct {
	Options[T]
	values []T
	held   int64
	levels [][]*run
}

func newSorter[T any](o Options[T]) sorter[T] {
	if o.Memory <= 0 {
		o.Memory = 32 << 20
	}
	return sorter[T]{Options: o}
}

func (s *sorter[T]) fill(in iter.Seq2[T, error]) error {
	for v, err := range in {
		if err == nil {
			err = s.add(v)
		}
		if err != nil {
			return err
		}
	}
	slices.SortStableFunc(s.values, s.Compare)
	return nil
}

func (s *sorter[T]) add(v T) error {
	s.values = append(s.values, v)
	if s.held += s.Size(v); s.held < s.Memory {
		return nil
	}
	return s.spill()
}

// spill writes what is held as a run, and merges runs where there are enough.
func (s *sorter[T]) spill() error {
	slices.SortStableFunc(s.values, s.Compare)
	r, err := s.write(seq(s.values))
	if err != nil {
		return err
	}
	clear(s.values)
	s.values, s.held = s.values[:0], 0
	for level := 0; ; level++ {
		if level == len(s.levels) {
			s.levels = append(s.levels, nil)
		}
		s.levels[level] = append(s.levels[level], r)
		if len(s.levels[level]) < fanIn {
			return nil
		}
		if r, err = s.write(s.merged(s.levels[level], nil)); err != nil {
			return err
		}
		old := s.levels[level]
		s.levels[level] = nil
		if err := closeAll(old); err != nil {
			return errors.Join(err, r.close())
		}
	}
}

// seq makes a stream of values.
func seq[T any](values []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range values {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// merged gives the values of runs, oldest first, and of a slice after them.
func (s *sorter[T]) merged(runs []*run, values []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		m := merger[T]{compare: s.Compare}
		for i, r := range runs {
			if err := m.add(i, reader(r, s.Decode)); err != nil {
				fail(yield, err)
				return
			}
		}
		i := 0
		rest := func() (v T, err error, ok bool) {
			if i == len(values) {
				return v, nil, false
			}
			i++
			return values[i-1], nil, true
		}
		if err := m.add(len(runs), rest); err != nil {
			fail(yield, err)
			return
		}
		m.run(yield)
	}
}

// emit gives everything. An error that was given already is errDone here.
func (s *sorter[T]) emit(yield func(T, error) bool) error {
	var runs []*run
	for _, level := range slices.Backward(s.levels) {
		runs = append(runs, level...) // higher levels are older
	}
	for v, err := range s.merged(runs, s.values) {
		if !yield(v, err) || err != nil {
			return errDone
		}
	}
	return nil
}

func (s *sorter[T]) close() error {
	var all error
	for _, level := range s.levels {
		all = errors.Join(all, closeAll(level))
	}
	return all
}
