// Package sorted merges sorted streams and sorts those that are not.
//
// In go streams of any type with a comparison; out comes one sorted stream.
// What does not fit in a bound on memory is spilled to files in a folder that
// the caller names, and read back in order. The package never holds a whole
// stream, and never drops or repeats a value: equal ones keep their order.
package sorted

import (
	"errors"
	"iter"
)

// ErrOrder is what Merge gives for a stream that is not sorted.
var ErrOrder = errors.New("stream is out of order")

// Merge gives the values of all streams in order; of equal ones those of
// earlier streams first. The first error of any stream ends it, as does a
// stream that is out of order. Memory: one value a stream.
func Merge[T any](compare func(a, b T) int, streams ...iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		m := merger[T]{compare: compare}
		defer m.stop()
		for i, s := range streams {
			next, stop := iter.Pull2(s)
			m.stops = append(m.stops, stop)
			if err := m.add(i, next); err != nil {
				fail(yield, err)
				return
			}
		}
		m.run(yield)
	}
}

func fail[T any](yield func(T, error) bool, err error) {
	var none T
	yield(none, err)
}

// merger is a heap of streams, the one with the least value on top.
type merger[T any] struct {
	compare func(a, b T) int
	heads   []head[T]
	stops   []func()
}

// head is a stream and its next value.
type head[T any] struct {
	value T
	order int
	next  func() (T, error, bool)
}

func (m *merger[T]) stop() {
	for _, stop := range m.stops {
		stop()
	}
}

// add puts a stream in, unless it is empty.
func (m *merger[T]) add(order int, next func() (T, error, bool)) error {
	value, err, ok := next()
	if err != nil || !ok {
		return err
	}
	m.heads = append(m.heads, head[T]{value, order, next})
	for i := len(m.heads) - 1; i > 0 && m.less(i, (i-1)/2); i = (i - 1) / 2 {
		m.swap(i, (i-1)/2)
	}
	return nil
}

func (m *merger[T]) run(yield func(T, error) bool) {
	for len(m.heads) > 0 {
		if !yield(m.heads[0].value, nil) {
			return
		}
		if err := m.advance(); err != nil {
			fail(yield, err)
			return
		}
	}
}

// advance takes the next value of the stream on top.
func (m *merger[T]) advance() error {
	top := &m.heads[0]
	value, err, ok := top.next()
	switch {
	case err != nil:
		return err
	case !ok:
		last := len(m.heads) - 1
		m.heads[0], m.heads[last] = m.heads[last], head[T]{}
		m.heads = m.heads[:last]
	case m.compare(value, top.value) < 0:
		return ErrOrder
	default:
		top.value = value
	}
	m.down()
	return nil
}

func (m *merger[T]) down() {
	for i := 0; ; {
		least := i
		for kid := 2*i + 1; kid <= 2*i+2 && kid < len(m.heads); kid++ {
			if m.less(kid, least) {
				least = kid
			}
		}
		if least == i {
			return
		}
		m.swap(i, least)
		i = least
	}
}

func (m *merger[T]) less(i, j int) bool {
	c := m.compare(m.heads[i].value, m.heads[j].value)
	return c < 0 || c == 0 && m.heads[i].order < m.heads[j].order
}

func (m *merger[T]) swap(i, j int) { m.heads[i], m.heads[j] = m.heads[j], m.heads[i] }
