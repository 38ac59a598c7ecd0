package planfile

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/gzip"

	"github.com/backstay/backstay/plan"
)

// blockSize is how much JSON goes into one gzip member of changes.
const blockSize = 256 << 10

// Writer writes one plan. It is used by one goroutine: NewWriter, any number
// of Change, then Close. After an error it is of no use; the file must not be
// kept.
type Writer struct {
	out   io.Writer
	whole hash.Hash // of the file so far
	part  hash.Hash // of the section so far
	gz    *gzip.Writer
	block []byte
	end   end
	err   error
}

// NewWriter starts a plan file on w and writes its header. An empty
// FormatVersion becomes Version; another one than Version is an error.
func NewWriter(w io.Writer, h plan.Header) (*Writer, error) {
	if h.FormatVersion == "" {
		h.FormatVersion = Version
	}
	if h.FormatVersion != Version {
		return nil, fmt.Errorf("writing a plan file: version %q cannot be written", h.FormatVersion)
	}
	line, err := json.Marshal(first{Backstay: "plan", FormatVersion: h.FormatVersion, Header: h})
	if err != nil {
		return nil, fmt.Errorf("writing a plan file: %w", err)
	}
	gz, err := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
	if err != nil {
		return nil, fmt.Errorf("writing a plan file: %w", err)
	}
	pw := &Writer{out: w, whole: sha256.New(), part: sha256.New(), gz: gz, block: make([]byte, 0, blockSize+blockSize/4)}
	pw.line(&pw.end.Header, line)
	pw.finish(&pw.end.Header)
	return pw, pw.err
}

// Change writes the next change. It keeps nothing of it.
func (w *Writer) Change(c *plan.Change) error {
	if w.err != nil {
		return w.err
	}
	from := len(w.block)
	w.block = c.AppendJSON(w.block)
	if len(w.block)-from >= maxLine {
		w.err = fmt.Errorf("writing a plan file: change %q is longer than %d bytes", c.Address, maxLine)
		return w.err
	}
	w.block = append(w.block, '\n')
	w.end.Changes.Lines++
	if len(w.block) >= blockSize {
		w.flush(&w.end.Changes)
	}
	return w.err
}

// Close writes totals, findings (each one JSON object) and the end. It does not
// close what it writes to.
func (w *Writer) Close(s plan.Summary, findings []json.RawMessage) error {
	w.finish(&w.end.Changes)
	w.note(note{Summary: &s})
	for _, f := range findings {
		w.note(note{Finding: f})
	}
	w.finish(&w.end.Trailer)
	w.end.SHA256 = hexSum(w.whole.Sum(nil))
	w.write(w.end.encode())
	err := w.err
	if err == nil {
		w.err = errors.New("writing a plan file: it is closed")
	}
	return err
}

// Digest is the plan's digest, "sha256:<hex>", once Close has returned nil.
func (w *Writer) Digest() string { return "sha256:" + hexSum(w.whole.Sum(nil)) }

func (w *Writer) note(n note) {
	line, err := json.Marshal(n)
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("writing a plan file's trailer: %w", err)
	}
	w.line(&w.end.Trailer, line)
}

func (w *Writer) line(s *section, line []byte) {
	if len(line) >= maxLine && w.err == nil {
		w.err = fmt.Errorf("writing a plan file: a line is longer than %d bytes", maxLine)
	}
	w.block = append(append(w.block, line...), '\n')
	s.Lines++
	if len(w.block) >= blockSize {
		w.flush(s)
	}
}

// flush writes what is gathered as one gzip member of a section.
func (w *Writer) flush(s *section) {
	if len(w.block) == 0 || w.err != nil {
		return
	}
	counted := &counter{w: w}
	w.gz.Reset(counted)
	if _, err := w.gz.Write(w.block); err != nil {
		w.err = err
	} else if err := w.gz.Close(); err != nil {
		w.err = err
	}
	s.Bytes += counted.n
	w.block = w.block[:0]
}

// finish ends a section: its digest is that of the file since the last one.
func (w *Writer) finish(s *section) {
	w.flush(s)
	s.SHA256 = hexSum(w.part.Sum(nil))
	w.part.Reset()
}

func (w *Writer) write(b []byte) {
	if w.err != nil {
		return
	}
	w.whole.Write(b)
	w.part.Write(b)
	if _, err := w.out.Write(b); err != nil {
		w.err = fmt.Errorf("writing a plan file: %w", err)
	}
}

// counter is the gzip writer's way into a Writer.
type counter struct {
	w *Writer
	n int64
}

// Write passes compressed bytes on and counts them.
func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	c.w.write(b)
	return len(b), c.w.err
}
