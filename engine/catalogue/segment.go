package catalogue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/backstay/backstay/engine/record"
)

// MaxEvents is how many events a segment holds at most.
const MaxEvents = 1000

// SegmentRef is a segment's line in its run's manifest.
type SegmentRef struct {
	Ref
	Records int64 `json:"records"`
}

// segmentHeader is the first line of a segment.
type segmentHeader struct {
	Format int    `json:"format"`
	Run    string `json:"run"`
	Head   int64  `json:"head"` // the open head under which it was written
	Worker string `json:"worker"`
	N      int64  `json:"n"`
	// Order is greater than that of any segment made before under this head:
	// clocks jump, so a replay does not go by time.
	Order int64 `json:"order"`
	// Prev is the digest of segment n-1, of the open head for the first.
	Prev string `json:"prev"`
}

func (h *segmentHeader) key() string {
	return fmt.Sprintf("%s%s/%d-%s-%d.jsonl.gz", RunPrefix, h.Run, h.Head, h.Worker, h.N)
}

// Chain makes the segments of one worker of a run. It is used by one goroutine.
type Chain struct {
	head     segmentHeader
	order    *atomic.Int64
	segments []SegmentRef
}

// NewChain begins a worker's chain under a run's open head. The worker's name
// is unique under that head: letters, digits, "_" and ".". Chains of one run
// begin under the same Head value or copies of it, which number their segments
// together: of two changes of a copy, the later segment has the higher number.
func NewChain(open *Head, worker string) (*Chain, error) {
	switch {
	case open.Kind != HeadOpen || open.order == nil:
		return nil, fmt.Errorf("bug: a chain under head %d, which is not open or not yet a file", open.N)
	case !plainName(worker, false):
		return nil, fmt.Errorf("bug: worker %q cannot be part of a key", worker)
	}
	head := segmentHeader{Format: FormatVersion, Run: open.Run, Head: open.N, Worker: worker, Prev: open.Digest}
	return &Chain{head: head, order: open.order}, nil
}

// Segment makes the next segment: first its list of checksums, then the
// segment itself, to be written in this order. A batch whose segment could not
// be written must not be followed by another one of the chain.
func (c *Chain) Segment(events []record.Event) ([]File, error) {
	if len(events) == 0 || len(events) > MaxEvents {
		return nil, fmt.Errorf("bug: a segment of %d events", len(events))
	}
	head := c.head
	head.N++
	head.Order = c.order.Add(1)
	data, err := encodeSegment(&head, events)
	if err != nil {
		return nil, fmt.Errorf("segment %s: %w", head.key(), err)
	}
	segment := newFile(KindSegment, head.key(), data)
	sums := newFile(KindSums, sumsKey(segment.Key), Sums(events, segment))
	c.head.N, c.head.Prev = head.N, segment.Digest
	c.segments = append(c.segments, SegmentRef{Ref{segment.Key, segment.Digest}, int64(len(events))})
	return []File{sums, segment}, nil
}

func encodeSegment(head *segmentHeader, events []record.Event) ([]byte, error) {
	first, err := json.Marshal(map[string]*segmentHeader{"segment": head})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w := newLineWriter(&b)
	_ = w.line(first) // kept and given by close
	var line []byte
	for i := range events {
		if err := events[i].Validate(); err != nil {
			return nil, err
		}
		line = record.AppendEvent(line[:0], &events[i])
		_ = w.record(line)
	}
	if err := w.close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// DecodeSegment yields the events of a segment. The whole file is checked
// before the first of them, so that its record count and digest hold.
func DecodeSegment(data []byte) iter.Seq2[record.Event, error] {
	return func(yield func(record.Event, error) bool) {
		_, events, err := parseSegment(data)
		if err != nil {
			yield(record.Event{}, err)
			return
		}
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// ReadSegment is DecodeSegment over a reader, which it reads to its end.
func ReadSegment(r io.Reader) iter.Seq2[record.Event, error] {
	return func(yield func(record.Event, error) bool) {
		data, err := io.ReadAll(io.LimitReader(r, maxSmall))
		if err != nil {
			yield(record.Event{}, fmt.Errorf("read a segment: %w", err))
			return
		}
		DecodeSegment(data)(yield)
	}
}

func parseSegment(data []byte) (head *segmentHeader, events []record.Event, err error) {
	for line, err := range readLines(bytes.NewReader(data)) {
		if err != nil {
			return nil, nil, err
		}
		if head == nil {
			if head, err = parseSegmentHeader(line); err != nil {
				return nil, nil, err
			}
			continue
		}
		if len(events) == MaxEvents {
			return nil, nil, errors.New("it has more records than a segment may")
		}
		e, err := record.ParseEvent(line)
		if err != nil {
			return nil, nil, fmt.Errorf("record %d: %w", len(events)+1, err)
		}
		events = append(events, e)
	}
	if head == nil {
		return nil, nil, errors.New("it has no first line")
	}
	return head, events, nil
}

func parseSegmentHeader(line []byte) (*segmentHeader, error) {
	var first struct {
		Segment *segmentHeader `json:"segment"`
	}
	if err := json.Unmarshal(line, &first); err != nil || first.Segment == nil {
		return nil, errors.New("its first line is not that of a segment")
	}
	h := first.Segment
	if h.Format > FormatVersion {
		return nil, fmt.Errorf("%w: format %d", ErrNewer, h.Format)
	}
	if !plainName(h.Run, true) || !plainName(h.Worker, false) || h.Head < 1 || h.N < 1 || h.Order < h.N {
		return nil, errors.New("its first line names no place in a chain")
	}
	return h, nil
}

// place is what a segment's name says of it.
type place struct {
	head   int64
	worker string
	n      int64
}

// parseSegmentName reads HEAD-WORKER-N.jsonl.gz.
func parseSegmentName(name string) (p place, ok bool) {
	name, ok = strings.CutSuffix(name, ".jsonl.gz")
	parts := strings.Split(name, "-")
	if !ok || len(parts) != 3 || !plainName(parts[1], false) {
		return p, false
	}
	head, okHead := number(parts[0])
	n, okN := number(parts[2])
	return place{head, parts[1], n}, okHead && okN
}

func (p place) key(run string) string {
	return RunPrefix + run + "/" + strconv.FormatInt(p.head, 10) + "-" + p.worker + "-" + strconv.FormatInt(p.n, 10) + ".jsonl.gz"
}
