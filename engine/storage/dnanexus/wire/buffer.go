package wire

import (
	"io"
	"sync"
)

// buffer holds a part while it is sent.
type buffer struct{ b []byte }

// full are buffers of the usual part; small ones are made as they are needed.
var full = sync.Pool{New: func() any { return &buffer{b: make([]byte, 0, partSize)} }}

func takeBuffer(expect int64) *buffer {
	if expect > partSize/2 && expect <= partSize {
		b := full.Get().(*buffer)
		b.b = b.b[:0]
		return b
	}
	return &buffer{b: make([]byte, 0, expect)}
}

func (b *buffer) release() {
	if cap(b.b) == partSize {
		full.Put(b)
	}
}

// fill reads until limit bytes are there or r ends, and tells which. What was
// expected may be less than what comes: then the buffer grows.
func (b *buffer) fill(r io.Reader, limit int64) (n int64, end bool, err error) {
	for int64(len(b.b)) < limit {
		if len(b.b) == cap(b.b) {
			b.grow(limit)
		}
		k, err := r.Read(b.b[len(b.b):min(cap(b.b), int(limit))])
		b.b = b.b[:len(b.b)+k]
		if err == io.EOF { // and only this: a stream that broke off has no end
			return int64(len(b.b)), true, nil
		}
		if err != nil {
			return int64(len(b.b)), false, err
		}
	}
	return int64(len(b.b)), false, nil
}

// grow doubles the buffer, up to limit.
func (b *buffer) grow(limit int64) {
	more := make([]byte, len(b.b), min(limit, max(2*int64(cap(b.b)), int64(cap(b.b))+512)))
	copy(more, b.b)
	b.b = more
}
