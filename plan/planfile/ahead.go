package planfile

import (
	"iter"
	"sync"

	"github.com/backstay/backstay/plan"
)

// Changes are unpacked on one goroutine, decoded block by block on a few others,
// and handed out in order on the caller's: of a long plan, decoding is what a
// reader waits for. They all end before the iteration function returns.

const (
	// aheadBlock is how much JSON is decoded at once, aheadBlocks how many such
	// blocks are on their way: a few MiB in all, whatever the plan's length.
	aheadBlock  = 64 << 10
	aheadBlocks = 4
	decoders    = 2
)

// text is a stretch of lines.
type text struct {
	bytes []byte
	ends  []int // of each line
}

// block is a stretch of lines, then the changes that stand in them.
type block struct {
	text
	changes []*plan.Change
	err     error // after changes
	panic   any   // what went wrong here: a bug, which the caller's goroutine reports
	ready   chan struct{}
}

// ahead is one reading of the changes.
type ahead struct {
	lines   iter.Seq2[[]byte, error]
	ordered chan *block // as they stand in the file
	work    chan *block
	spare   chan text // of blocks that were decoded: nothing of them is kept
	stop    chan struct{}
	running sync.WaitGroup
}

// decode streams the changes that stand in lines.
func decode(lines iter.Seq2[[]byte, error]) iter.Seq2[*plan.Change, error] {
	return func(yield func(*plan.Change, error) bool) {
		a := &ahead{
			lines: lines, ordered: make(chan *block, aheadBlocks), work: make(chan *block, aheadBlocks),
			spare: make(chan text, aheadBlocks+decoders), stop: make(chan struct{}),
		}
		a.running.Go(a.split)
		for range decoders {
			a.running.Go(a.decode)
		}
		defer a.running.Wait()
		defer close(a.stop)
		for b := range a.ordered {
			<-b.ready
			if !b.hand(yield) {
				return
			}
		}
	}
}

// hand gives a block to the caller and tells whether more is wanted.
func (b *block) hand(yield func(*plan.Change, error) bool) bool {
	for _, c := range b.changes {
		if !yield(c, nil) {
			return false
		}
	}
	if b.panic != nil {
		panic(b.panic)
	}
	if b.err != nil {
		yield(nil, b.err)
	}
	return b.err == nil
}

// split cuts the lines into blocks. Its last block has the error that ended
// them.
func (a *ahead) split() {
	defer close(a.ordered)
	defer close(a.work)
	defer func() {
		if p := recover(); p != nil {
			a.send(&block{panic: p, ready: make(chan struct{})})
		}
	}()
	b := a.block()
	for line, err := range a.lines {
		if err != nil {
			b.err = err
			break
		}
		b.bytes = append(b.bytes, line...)
		b.ends = append(b.ends, len(b.bytes))
		if len(b.bytes) < aheadBlock {
			continue
		}
		if !a.send(b) {
			return
		}
		b = a.block()
	}
	a.send(b)
}

// block gives an empty block, over the text of one that was decoded if there is
// one.
func (a *ahead) block() *block {
	b := &block{ready: make(chan struct{})}
	select {
	case b.text = <-a.spare:
	default:
		b.bytes = make([]byte, 0, aheadBlock+aheadBlock/8)
	}
	return b
}

// again keeps the text of a block that was decoded.
func (a *ahead) again(b *block) {
	select {
	case a.spare <- text{b.bytes[:0], b.ends[:0]}:
	default:
	}
	b.text = text{}
}

// send hands a block on, unless nobody wants more.
func (a *ahead) send(b *block) bool {
	select {
	case a.ordered <- b:
	case <-a.stop:
		return false
	}
	a.work <- b // has as many places as ordered, and is emptied without waiting for anyone
	return true
}

func (a *ahead) decode() {
	var d plan.Decoder
	for b := range a.work {
		b.decode(&d)
		a.again(b)
		close(b.ready)
	}
}

// decode makes changes of a block's lines; the first that cannot be read ends
// it.
func (b *block) decode(d *plan.Decoder) {
	defer func() {
		if p := recover(); p != nil {
			b.panic = p
		}
	}()
	b.changes = make([]*plan.Change, 0, len(b.ends))
	from := 0
	for _, end := range b.ends {
		c, err := d.Change(b.bytes[from:end])
		if err != nil {
			b.err = damaged(err)
			return
		}
		b.changes = append(b.changes, c)
		from = end
	}
}
