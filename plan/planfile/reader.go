package planfile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/backstay/backstay/plan"
)

// Reader reads one plan file that was checked whole. Its methods may be called
// in any order and again, by one goroutine at a time.
type Reader struct {
	file     *checked
	header   plan.Header
	end      *end
	summary  plan.Summary
	findings []json.RawMessage
}

// Open checks a plan file of size bytes from its first to its last byte, and
// reads header and trailer. Its error wraps ErrNotPlan, ErrNewer or ErrDamaged,
// or is that of r.
func Open(r io.ReaderAt, size int64) (*Reader, error) {
	if err := checkVersion(io.NewSectionReader(r, 0, size)); err != nil {
		return nil, err
	}
	if size < endLength {
		return nil, fmt.Errorf("%w: it is cut short", ErrDamaged)
	}
	tail := make([]byte, endLength)
	if _, err := r.ReadAt(tail, size-endLength); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading a plan file: %w", err)
	}
	e, err := decodeEnd(tail)
	if err != nil {
		return nil, err
	}
	pr := &Reader{end: e}
	if pr.file, err = check(r, size, e); err != nil {
		return nil, err
	}
	if err := pr.readHeader(); err != nil {
		return nil, err
	}
	return pr, pr.readTrailer()
}

// Header is what the plan is bound to.
func (r *Reader) Header() plan.Header { return r.header }

// Summary is the plan's totals.
func (r *Reader) Summary() plan.Summary { return r.summary }

// Findings are what policies said when the plan was made, each one JSON object.
// They are for readers: apply judges again.
func (r *Reader) Findings() []json.RawMessage { return r.findings }

// Count is the number of changes.
func (r *Reader) Count() int64 { return r.end.Changes.Lines }

// Digest is the plan's digest, "sha256:<hex>": that of the whole file.
func (r *Reader) Digest() string { return r.file.digest }

// Changes streams the changes in their order. A change is the caller's. After
// an error nothing more comes.
func (r *Reader) Changes() iter.Seq2[*plan.Change, error] {
	return decode(r.lines(r.end.Header.Bytes, r.end.Changes))
}

// checkVersion reads no more than the first line, whose checksum gzip has: what
// a later version looks like behind it is not known.
func checkVersion(r io.Reader) error {
	gz, err := gzip.NewReader(bufio.NewReader(r))
	if err != nil {
		return fmt.Errorf("%w: it does not begin as one", ErrNotPlan)
	}
	gz.Multistream(false)
	line, err := io.ReadAll(io.LimitReader(gz, maxLine+1))
	if err != nil {
		return fmt.Errorf("%w: its header cannot be read: %w", ErrDamaged, err)
	}
	var f struct {
		Backstay      string `json:"backstay"`
		FormatVersion string `json:"format_version"`
	}
	if json.Unmarshal(line, &f) != nil || f.Backstay != "plan" {
		return fmt.Errorf("%w: its first line is not a plan's header", ErrNotPlan)
	}
	return compareVersion(f.FormatVersion)
}

func compareVersion(v string) error {
	major, minor, ok := parseVersion(v)
	ownMajor, ownMinor, _ := parseVersion(Version)
	switch {
	case !ok || major < ownMajor:
		return fmt.Errorf("%w: its version is %q, which this program does not know", ErrNotPlan, v)
	case major > ownMajor || minor > ownMinor:
		return fmt.Errorf("%w: it has version %s, this program reads up to %s", ErrNewer, v, Version)
	}
	return nil
}

func parseVersion(v string) (major, minor int, ok bool) {
	a, b, _ := strings.Cut(v, ".")
	major, err1 := strconv.Atoi(a)
	minor, err2 := strconv.Atoi(b)
	return major, minor, err1 == nil && err2 == nil && major > 0 && minor >= 0
}

func (r *Reader) readHeader() error {
	for line, err := range r.lines(0, r.end.Header) {
		if err != nil {
			return err
		}
		var f first
		if err := json.Unmarshal(line, &f); err != nil {
			return fmt.Errorf("%w: its header cannot be read: %w", ErrDamaged, err)
		}
		if f.Header.FormatVersion != f.FormatVersion || r.end.Header.Lines != 1 {
			return fmt.Errorf("%w: its header contradicts itself", ErrDamaged)
		}
		r.header = f.Header
	}
	return nil
}

func (r *Reader) readTrailer() error {
	total := 0
	for line, err := range r.lines(r.end.Header.Bytes+r.end.Changes.Bytes, r.end.Trailer) {
		var n note
		if err == nil {
			err = json.Unmarshal(line, &n)
		}
		if total += len(line); err != nil || total > maxTrailer {
			return fmt.Errorf("%w: its trailer cannot be read: %w", ErrDamaged, errors.Join(err))
		}
		switch {
		case n.Summary != nil:
			r.summary = *n.Summary
		case n.Finding != nil:
			r.findings = append(r.findings, bytes.Clone(n.Finding))
		}
	}
	return nil
}

// lines streams the lines of a section that begins at an offset. A line is
// valid until the next one.
func (r *Reader) lines(at int64, s section) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var n int64
		if s.Bytes > 0 {
			gz, err := gzip.NewReader(bufio.NewReaderSize(io.NewSectionReader(r.file, at, s.Bytes), 64<<10))
			if err != nil {
				yield(nil, damaged(err))
				return
			}
			scan := bufio.NewScanner(gz)
			scan.Buffer(make([]byte, 64<<10), maxLine)
			scan.Split(wholeLines)
			for scan.Scan() {
				if n++; !yield(scan.Bytes(), nil) {
					return
				}
			}
			if err := scan.Err(); err != nil {
				yield(nil, damaged(err))
				return
			}
		}
		if n != s.Lines {
			yield(nil, fmt.Errorf("%w: a section has %d lines, its end says %d", ErrDamaged, n, s.Lines))
		}
	}
}

// wholeLines splits at line feeds; a last line without one is an error.
func wholeLines(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, errors.New("a line lacks its end")
	}
	return 0, nil, nil
}

func damaged(err error) error {
	if errors.Is(err, ErrDamaged) || errors.Is(err, errRead) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}
