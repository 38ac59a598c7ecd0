package sorted

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
)

// run is a file of sorted values, each after its length.
type run struct{ f *os.File }

const runBuffer = 64 << 10

// write makes a run of a stream.
func (s *sorter[T]) write(values iter.Seq2[T, error]) (*run, error) {
	f, err := os.CreateTemp(s.Dir, "sorted-*.spill")
	if err != nil {
		return nil, fmt.Errorf("spill: %w", err)
	}
	r := &run{f}
	w := bufio.NewWriterSize(f, runBuffer)
	var buf, length []byte
	for v, err := range values {
		if err != nil {
			return nil, errors.Join(err, r.close())
		}
		buf = s.Append(buf[:0], v)
		length = binary.AppendUvarint(length[:0], uint64(len(buf)))
		if _, err := w.Write(length); err != nil {
			return nil, errors.Join(fmt.Errorf("spill: %w", err), r.close())
		}
		if _, err := w.Write(buf); err != nil {
			return nil, errors.Join(fmt.Errorf("spill: %w", err), r.close())
		}
	}
	if err := w.Flush(); err != nil {
		return nil, errors.Join(fmt.Errorf("spill: %w", err), r.close())
	}
	return r, nil
}

// reader reads a run from its beginning.
func reader[T any](r *run, decode func([]byte) (T, error)) func() (T, error, bool) {
	in := bufio.NewReaderSize(io.NewSectionReader(r.f, 0, 1<<62), runBuffer)
	var buf []byte
	return func() (v T, err error, ok bool) {
		n, err := binary.ReadUvarint(in)
		if errors.Is(err, io.EOF) {
			return v, nil, false
		}
		if err == nil {
			if uint64(cap(buf)) < n {
				buf = make([]byte, n)
			}
			buf = buf[:n]
			_, err = io.ReadFull(in, buf)
		}
		if err == nil {
			v, err = decode(buf)
		}
		if err != nil {
			return v, fmt.Errorf("read spill: %w", err), false
		}
		return v, nil, true
	}
}

// close removes the run.
func (r *run) close() error {
	return errors.Join(r.f.Close(), os.Remove(r.f.Name()))
}

func closeAll(runs []*run) error {
	var all error
	for _, r := range runs {
		all = errors.Join(all, r.close())
	}
	return all
}
