package planfile

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
)

// checked is a file that was read once from end to end. It remembers a digest
// for every stretch of it, 32 bytes a MiB, and compares again when a stretch is
// read for its content: a file that changes under the reader is refused before
// a changed byte is used. It keeps the last stretch that it read.
type checked struct {
	r       io.ReaderAt
	size    int64
	digest  string
	sums    [][sha256.Size]byte
	block   []byte
	present int64 // number of the stretch in block, -1 none
}

const stretch = 1 << 20

// errRead marks an error of the file itself, which is no damage.
var errRead = errors.New("reading a plan file")

// check reads the whole file and compares the digests that its end names.
func check(r io.ReaderAt, size int64, e *end) (*checked, error) {
	total := size - endLength
	// Each is compared with what is left, so that no sum can overflow.
	if e.Header.Bytes > total || e.Changes.Bytes > total-e.Header.Bytes ||
		e.Trailer.Bytes != total-e.Header.Bytes-e.Changes.Bytes {
		return nil, fmt.Errorf("%w: its sections do not fill it", ErrDamaged)
	}
	c := &checked{r: r, size: size, present: -1}
	whole := sha256.New()
	parts := []struct {
		section
		name string
	}{{e.Header, "header"}, {e.Changes, "changes"}, {e.Trailer, "trailer"}}
	var at int64
	for _, p := range parts {
		sum := sha256.New()
		if err := c.hash(at, p.Bytes, sum, whole); err != nil {
			return nil, err
		}
		if hexSum(sum.Sum(nil)) != p.SHA256 {
			return nil, fmt.Errorf("%w: the digest of its %s does not fit", ErrDamaged, p.name)
		}
		at += p.Bytes
	}
	if hexSum(whole.Sum(nil)) != e.SHA256 {
		return nil, fmt.Errorf("%w: its digest does not fit", ErrDamaged)
	}
	if err := c.hash(at, endLength, whole); err != nil {
		return nil, err
	}
	c.digest = "sha256:" + hexSum(whole.Sum(nil))
	return c, nil
}

// hash passes a part of the file through digests, by way of ReadAt, so that
// the digests of stretches are of the same bytes.
func (c *checked) hash(at, n int64, digests ...hash.Hash) error {
	part := io.NewSectionReader(c, at, n)
	buffer := make([]byte, 64<<10)
	for {
		k, err := part.Read(buffer)
		for _, d := range digests {
			d.Write(buffer[:k])
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// ReadAt reads bytes that were checked, or are being checked now.
func (c *checked) ReadAt(b []byte, at int64) (int, error) {
	n := 0
	for n < len(b) && at < c.size {
		if err := c.load(at / stretch); err != nil {
			return n, err
		}
		k := copy(b[n:], c.block[at%stretch:])
		n, at = n+k, at+int64(k)
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (c *checked) load(i int64) error {
	if i == c.present {
		return nil
	}
	c.present = -1
	c.block = append(c.block[:0], make([]byte, min(stretch, c.size-i*stretch))...)
	if _, err := c.r.ReadAt(c.block, i*stretch); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", errRead, err)
	} else if err != nil && (i+1)*stretch < c.size {
		return fmt.Errorf("%w: it became shorter", ErrDamaged)
	}
	sum := sha256.Sum256(c.block)
	switch {
	case i == int64(len(c.sums)):
		c.sums = append(c.sums, sum)
	case i > int64(len(c.sums)) || sum != c.sums[i]:
		return fmt.Errorf("%w: it changed while it was read", ErrDamaged)
	}
	c.present = i
	return nil
}
