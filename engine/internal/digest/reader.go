package digest

import (
	"hash"
	"io"
	"sync"
	"sync/atomic"

	"github.com/backstay/backstay/engine/internal/guard"
)

// Reader hands on the bytes of another reader and makes a digest of them.
type Reader interface {
	io.Reader
	// Sum is the digest of what was handed on, and its length in bytes. It
	// counts once Read has returned io.EOF and before Close; else whole is false.
	Sum() (digest string, n int64, whole bool)
	// Close ends what reads ahead and waits for it. The source stays open.
	Close()
}

var (
	_ Reader = (*tee)(nil)
	_ Reader = (*ring)(nil)
)

// ringFrom is the size from which reading, digesting and writing overlap. Below
// it the goroutines would cost more than they save.
const ringFrom = 4 * bufferSize

// NewReader reads from r; size is what r is believed to hold (-1 unknown), and
// only decides how. Large contents are read and digested on goroutines of their
// own while the caller writes.
func NewReader(algorithm string, r io.Reader, size int64) (Reader, error) {
	if size < 0 || size >= ringFrom {
		h, err := New(algorithm)
		if err != nil {
			return nil, err
		}
		return newRing(r, h, algorithm), nil
	}
	h, err := borrow(algorithm)
	if err != nil {
		return nil, err
	}
	return &tee{r: r, h: h, algorithm: algorithm}, nil
}

type tee struct {
	r         io.Reader
	h         hash.Hash // nil once closed
	algorithm string
	n         int64
	whole     bool
}

func (t *tee) Read(p []byte) (int, error) {
	if t.h == nil {
		return 0, io.ErrClosedPipe
	}
	n, err := t.r.Read(p)
	t.h.Write(p[:n])
	t.n += int64(n)
	t.whole = err == io.EOF
	return n, err
}

func (t *tee) Sum() (string, int64, bool) {
	if t.h == nil {
		return "", t.n, false
	}
	return Format(t.algorithm, t.h), t.n, t.whole
}

func (t *tee) Close() {
	if t.h != nil {
		giveBack(t.algorithm, t.h)
		t.h = nil
	}
}

// ring is a small circle of buffers: one goroutine fills them, another digests
// them, the caller takes the bytes; a buffer goes round once both are done.
type ring struct {
	algorithm string
	h         hash.Hash
	free      chan *block
	filled    chan *block // for the caller
	digest    chan *block // for the hash
	stop      chan struct{}
	once      sync.Once
	work      sync.WaitGroup
	hashed    chan struct{}

	now   *block // what Read is handing out
	rest  []byte
	n     int64
	whole bool
	err   error // what Read returns from now on
}

type block struct {
	buf  *[]byte
	data []byte
	err  error // io.EOF or a failure, after data
	held atomic.Int32
}

const ringBlocks = 4

func newRing(r io.Reader, h hash.Hash, algorithm string) *ring {
	g := &ring{
		algorithm: algorithm, h: h,
		free:   make(chan *block, ringBlocks),
		filled: make(chan *block, ringBlocks),
		digest: make(chan *block, ringBlocks),
		stop:   make(chan struct{}),
		hashed: make(chan struct{}),
	}
	for range ringBlocks {
		g.free <- &block{buf: buffers.Get().(*[]byte)}
	}
	g.work.Add(2)
	go g.fill(r)
	go g.sum()
	return g
}

func (g *ring) fill(r io.Reader) {
	defer guard.Recover()
	defer g.work.Done()
	defer close(g.filled)
	defer close(g.digest)
	for {
		var b *block
		select {
		case b = <-g.free:
		case <-g.stop:
			return
		}
		n, err := io.ReadFull(r, *b.buf)
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		b.data, b.err = (*b.buf)[:n], err
		b.held.Store(2)
		g.digest <- b // never blocks: as many places as blocks
		g.filled <- b
		if err != nil {
			return
		}
	}
}

func (g *ring) sum() {
	defer guard.Recover()
	defer g.work.Done()
	defer close(g.hashed)
	for b := range g.digest {
		g.h.Write(b.data)
		g.release(b)
	}
}

func (g *ring) release(b *block) {
	if b.held.Add(-1) == 0 {
		g.free <- b
	}
}

func (g *ring) Read(p []byte) (int, error) {
	for len(g.rest) == 0 {
		if g.now != nil {
			g.err = g.now.err
			g.release(g.now)
			g.now = nil
		}
		if g.err != nil {
			g.whole = g.err == io.EOF
			return 0, g.err
		}
		b, ok := <-g.filled
		if !ok {
			return 0, io.ErrClosedPipe
		}
		g.now, g.rest = b, b.data
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	g.n += int64(n)
	return n, nil
}

// WriteTo hands the buffers themselves to the writer, so that the bytes are not
// copied once more in memory.
func (g *ring) WriteTo(w io.Writer) (int64, error) {
	var n int64
	for {
		if len(g.rest) > 0 {
			k, err := w.Write(g.rest)
			n, g.n, g.rest = n+int64(k), g.n+int64(k), g.rest[k:]
			if err != nil {
				return n, err
			}
		}
		if _, err := g.Read(nil); err == io.EOF {
			return n, nil
		} else if err != nil {
			return n, err
		}
	}
}

// Sum waits for the hash, which may lag a buffer behind the caller.
func (g *ring) Sum() (string, int64, bool) {
	if !g.whole {
		return "", g.n, false
	}
	<-g.hashed
	return Format(g.algorithm, g.h), g.n, true
}

func (g *ring) Close() {
	g.once.Do(func() {
		close(g.stop)
		g.work.Wait()
		if g.now != nil {
			g.release(g.now)
			g.now, g.rest = nil, nil
		}
		for b := range g.filled {
			g.release(b)
		}
		close(g.free)
		for b := range g.free {
			buffers.Put(b.buf)
		}
		g.err = io.ErrClosedPipe
	})
}
