package catalogue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
)

// checkpointHeader is the first line of a checkpoint.
type checkpointHeader struct {
	Format      int    `json:"format"`
	Marker      string `json:"marker"`
	Lineage     string `json:"lineage"`
	Destination string `json:"destination"`
	Covers      int64  `json:"covers"` // all that heads up to this number tell of
	Prev        string `json:"prev"`   // digest of the head before it
}

// WriteCheckpoint streams a checkpoint to w: all rows of the destination in
// the order of (source, path, seq), then the rest (holds, tombstones,
// evidence). It covers everything up to the head after last, which must be the
// next one that is written and must name what is returned. Key and digest are
// known only at the end, so w is a temporary file.
func WriteCheckpoint(w io.Writer, last *Head, destination string,
	rows iter.Seq2[record.Copy, error], rest iter.Seq2[record.Event, error],
) (CheckpointRef, error) {
	sum := sha256.New()
	out := newLineWriter(io.MultiWriter(w, sum))
	ref := CheckpointRef{Covers: last.N + 1}
	head := checkpointHeader{FormatVersion, last.Marker, last.Lineage, destination, ref.Covers, last.Digest}
	first, err := json.Marshal(map[string]checkpointHeader{"checkpoint": head})
	if err != nil {
		return ref, fmt.Errorf("checkpoint: %w", err)
	}
	_ = out.line(first) // kept and given by the next write
	if err := errors.Join(writeRows(out, destination, rows), writeRest(out, rest)); err != nil {
		return ref, fmt.Errorf("checkpoint: %w", err)
	}
	ref.Records = out.n
	if err := out.close(); err != nil {
		return ref, fmt.Errorf("checkpoint: %w", err)
	}
	digits := hex.EncodeToString(sum.Sum(nil))
	ref.Digest = "sha256:" + digits
	ref.Key = CheckpointPrefix + strconv.FormatInt(ref.Covers, 10) + "-" + digits[:16] + ".jsonl.gz"
	return ref, nil
}

func writeRows(out *lineWriter, destination string, rows iter.Seq2[record.Copy, error]) error {
	var line []byte
	var order rowOrder
	for c, err := range rows {
		if err != nil {
			return err
		}
		if err := errors.Join(c.Validate(), order.next(&c)); err != nil {
			return err
		}
		if c.Destination != destination {
			return fmt.Errorf("bug: a row of %s in a checkpoint of %s", c.Destination, destination)
		}
		line = record.AppendEvent(line[:0], &record.Event{Op: record.OpRecord, Copy: &c})
		if err := out.record(line); err != nil {
			return err
		}
	}
	return nil
}

func writeRest(out *lineWriter, rest iter.Seq2[record.Event, error]) error {
	var line []byte
	for e, err := range rest {
		if err != nil {
			return err
		}
		if err := e.Validate(); err != nil {
			return err
		}
		line = record.AppendEvent(line[:0], &e)
		if err := out.record(line); err != nil {
			return err
		}
	}
	return nil
}

// rowOrder checks that rows come in the order of (source, path, seq).
type rowOrder struct {
	source, path string
	seq          int
}

func (o *rowOrder) next(c *record.Copy) error {
	order := strings.Compare(o.source, c.Source)
	if order == 0 {
		order = strings.Compare(o.path, c.Path)
	}
	if order == 0 {
		order = o.seq - c.Seq
	}
	if order >= 0 {
		return fmt.Errorf("row %d of %q is out of order", c.Seq, c.Path)
	}
	o.source, o.path, o.seq = c.Source, c.Path, c.Seq
	return nil
}

// checkpoint yields the records of the checkpoint in force. Its digest is
// known to hold only once the stream has ended without an error.
func (c *Catalogue) checkpoint(ctx context.Context) iter.Seq2[record.Event, error] {
	ref := c.Head.Checkpoint
	return func(yield func(record.Event, error) bool) {
		fail := func(err error) { yield(record.Event{}, damaged(ref.Key, err)) }
		r, err := c.store.Get(ctx, ref.Key)
		if errors.Is(err, storage.ErrNotExist) {
			fail(err)
			return
		}
		if err != nil {
			yield(record.Event{}, fmt.Errorf("read %s: %w", ref.Key, err))
			return
		}
		defer r.Close()
		sum := sha256.New()
		in := checkpointReader{c: c, ref: ref, sum: sum}
		for line, err := range readLines(io.TeeReader(r, sum)) {
			var e *record.Event
			if err == nil {
				e, err = in.parse(line)
			}
			if err != nil {
				fail(err)
				return
			}
			if e != nil && !yield(*e, nil) {
				return
			}
		}
		if err := in.finish(); err != nil {
			fail(err)
		}
	}
}

// checkpointReader checks a checkpoint line by line.
type checkpointReader struct {
	c     *Catalogue
	ref   *CheckpointRef
	sum   hash.Hash
	begun bool
	n     int64
	order rowOrder
}

func (r *checkpointReader) parse(line []byte) (*record.Event, error) {
	if !r.begun {
		r.begun = true
		return nil, r.first(line)
	}
	r.n++
	e, err := record.ParseEvent(line)
	if err != nil {
		return nil, fmt.Errorf("record %d: %w", r.n, err)
	}
	if e.Copy != nil {
		if err := r.order.next(e.Copy); err != nil {
			return nil, err
		}
	}
	return &e, nil
}

func (r *checkpointReader) first(line []byte) error {
	var first struct {
		Checkpoint *checkpointHeader `json:"checkpoint"`
	}
	if err := json.Unmarshal(line, &first); err != nil || first.Checkpoint == nil {
		return errors.New("its first line is not that of a checkpoint")
	}
	switch h := first.Checkpoint; {
	case h.Format > FormatVersion:
		return fmt.Errorf("%w: format %d", ErrNewer, h.Format)
	case h.Marker != r.c.Marker.ID:
		return errors.New("it belongs to another destination")
	case h.Covers != r.ref.Covers:
		return fmt.Errorf("it covers head %d, not %d", h.Covers, r.ref.Covers)
	}
	return nil
}

func (r *checkpointReader) finish() error {
	if r.n != r.ref.Records {
		return fmt.Errorf("it has %d records, not %d", r.n, r.ref.Records)
	}
	if got := "sha256:" + hex.EncodeToString(r.sum.Sum(nil)); got != r.ref.Digest {
		return errors.New("digest is not the one in its head")
	}
	return nil
}
