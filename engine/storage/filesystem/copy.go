package filesystem

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
)

// Bytes are written through pooled buffers, and runs of zeros become holes, so
// that a disk image of a terabyte that holds a gigabyte stays one gigabyte.

const (
	smallBuffer = 32 << 10
	largeBuffer = 1 << 20
	// window is how much of a large file is written before the disk is set to
	// work on it, while the next is read and digested.
	window = 8 << 20
	// behind is how far the disk may lag: what bounds dirty memory.
	behind = 4 * window
)

var (
	smallPool = sync.Pool{New: func() any { return new([smallBuffer]byte) }}
	largePool = sync.Pool{New: func() any { return new([largeBuffer]byte) }}
	zeros     [smallBuffer]byte
)

// borrow gives a buffer that suits a size (-1 unknown), and what returns it.
func borrow(size int64) (buf []byte, giveBack func()) {
	if size >= 0 && size < smallBuffer {
		b := smallPool.Get().(*[smallBuffer]byte)
		return b[:], func() { smallPool.Put(b) }
	}
	b := largePool.Get().(*[largeBuffer]byte)
	return b[:], func() { largePool.Put(b) }
}

// writer writes a stream to a new file.
type writer struct {
	f       *file
	hole    int // zeros that are skipped, aligned; a power of two
	at      int64
	end     int64 // of the last byte written: a hole may follow
	flushed int64
	settled int64
}

// copyInto writes all of content and gives its size.
func copyInto(ctx context.Context, f *file, content io.Reader, size int64, hole int) (int64, error) {
	buf, giveBack := borrow(size)
	defer giveBack()
	w := writer{f: f, hole: hole}
	for {
		if err := context.Cause(ctx); err != nil {
			return w.at, err
		}
		n, err := readFull(content, buf)
		if werr := w.write(buf[:n]); werr != nil {
			return w.at, werr
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return w.at, err
		}
	}
	if w.end < w.at {
		return w.at, f.truncate(w.at)
	}
	return w.at, nil
}

// readFull fills buf as far as the stream goes; io.EOF comes with the last
// bytes. The end of a stream is what a verifying reader may refuse, so its
// error is never taken for a mere end.
func readFull(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var more int
		more, err = r.Read(buf[n:])
		n += more
	}
	return n, err
}

// write appends p, holes left out, and keeps the disk busy.
func (w *writer) write(p []byte) error {
	for len(p) > 0 {
		skip := w.zeroRun(p)
		w.at += int64(skip)
		p = p[skip:]
		n := w.dataRun(p)
		if n == 0 {
			continue
		}
		if err := w.f.writeAt(p[:n], w.at); err != nil {
			return err
		}
		w.at += int64(n)
		w.end = w.at
		p = p[n:]
	}
	if w.at-w.flushed >= window {
		w.f.flush(w.flushed, w.at-w.flushed)
		w.flushed = w.at
	}
	if w.flushed-w.settled > behind {
		w.f.settle(w.settled, window)
		w.settled += window
	}
	return nil
}

// zeroRun is how many bytes of p are whole blocks of zeros.
func (w *writer) zeroRun(p []byte) int {
	if w.at%int64(w.hole) != 0 {
		return 0
	}
	n := 0
	for n+w.hole <= len(p) && isZero(p[n:n+w.hole]) {
		n += w.hole
	}
	return n
}

// dataRun is how many bytes of p come before the next block of zeros.
func (w *writer) dataRun(p []byte) int {
	n := min(len(p), w.hole-int(w.at%int64(w.hole)))
	for n < len(p) {
		block := p[n:min(n+w.hole, len(p))]
		if len(block) == w.hole && isZero(block) {
			break
		}
		n += len(block)
	}
	return n
}

func isZero(p []byte) bool {
	return p[0] == 0 && p[len(p)-1] == 0 && bytes.Equal(p, zeros[:len(p)])
}
