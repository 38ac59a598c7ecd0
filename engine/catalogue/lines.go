package catalogue

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// Segments and checkpoints are gzip'd JSON Lines: a first line that says what
// the file is, the records, and a last line with their number and the digest
// of all bytes before it. gzip and not a stronger packer, because zcat is on
// every machine on the worst day.

// lineWriter writes such a file as a stream.
type lineWriter struct {
	gz    *gzip.Writer
	plain hash.Hash // of what goes into gz
	n     int64
	err   error
}

// packers are kept because each has tables of over a megabyte. The fastest
// level: one thousand lines are packed while files wait to be recorded.
var packers = sync.Pool{New: func() any {
	gz, err := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
	if err != nil {
		panic(err) // only an unknown level does that
	}
	return gz
}}

func newLineWriter(w io.Writer) *lineWriter {
	gz := packers.Get().(*gzip.Writer)
	gz.Reset(w)
	return &lineWriter{gz: gz, plain: sha256.New()}
}

// line writes one line, which has no newline yet.
func (w *lineWriter) line(b []byte) error {
	if w.err != nil {
		return w.err
	}
	b = append(b, '\n')
	w.plain.Write(b)
	_, w.err = w.gz.Write(b)
	return w.err
}

func (w *lineWriter) record(b []byte) error {
	w.n++
	return w.line(b)
}

// close writes the last line and ends the stream.
func (w *lineWriter) close() error {
	end := fmt.Sprintf(`{"end":{"records":%d,"digest":"sha256:%s"}}`, w.n, hex.EncodeToString(w.plain.Sum(nil)))
	if err := w.line([]byte(end)); err != nil {
		return err
	}
	defer packers.Put(w.gz)
	return w.gz.Close()
}

type endLine struct {
	End *struct {
		Records int64  `json:"records"`
		Digest  string `json:"digest"`
	} `json:"end"`
}

var endStart = []byte(`{"end":`)

// maxLine bounds a line: extended attributes can be long.
const maxLine = 64 << 20

// readLines yields the first line and the records of a file. The slice is
// valid until the next step. The stream ends without an error only if the last
// line agrees with all that went before and nothing follows it.
func readLines(r io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		fail := func(err error) { yield(nil, err) }
		in := bufio.NewReader(r)
		gz, err := gzip.NewReader(in)
		if err != nil {
			fail(fmt.Errorf("unpack: %w", err))
			return
		}
		defer gz.Close()
		gz.Multistream(false)
		lines := bufio.NewScanner(gz)
		lines.Buffer(make([]byte, 0, 64<<10), maxLine)
		lines.Split(wholeLines)
		plain, n := sha256.New(), int64(-1) // the first line is no record
		for lines.Scan() {
			line := lines.Bytes()
			if bytes.HasPrefix(line, endStart) {
				if err := checkEnd(line, n, plain); err != nil {
					fail(err)
				} else if err := nothingMore(lines, in); err != nil {
					fail(err)
				}
				return
			}
			plain.Write(line)
			n++
			if !yield(line, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			fail(fmt.Errorf("unpack: %w", err))
			return
		}
		fail(errors.New("file is cut off: it has no last line"))
	}
}

// wholeLines splits at newlines and keeps them; what has none is cut off.
func wholeLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, errors.New("file ends within a line")
	}
	return 0, nil, nil
}

func checkEnd(line []byte, n int64, plain hash.Hash) error {
	var e endLine
	if err := json.Unmarshal(line, &e); err != nil || e.End == nil {
		return errors.New("the last line cannot be read")
	}
	if e.End.Records != n {
		return fmt.Errorf("it has %d records, and its last line says %d", n, e.End.Records)
	}
	if e.End.Digest != "sha256:"+hex.EncodeToString(plain.Sum(nil)) {
		return errors.New("digest of its lines does not match")
	}
	return nil
}

func nothingMore(lines *bufio.Scanner, in *bufio.Reader) error {
	if lines.Scan() {
		return errors.New("there are lines after the last one")
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.New("there are bytes after its end")
	}
	return nil
}
